"""ImageNet's weights: torchvision's own download, from a file server on this machine that behaves or doesn't."""

import hashlib
import io
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from core import environment
from core.errors import DataError
from core.models import backbones
from core.recipes import configure
from core.training.loop import Trainer
from tests.core.training.test_transfer import SMALL, images

NAME = "squeezenet1_1"
Publish = Callable[..., dict[str, torch.Tensor]]


class Files(BaseHTTPRequestHandler):
    """Serves one file, or breaks off in the middle of it."""

    content = b""
    sent = 1.0  # share of the file before the connection is cut

    def do_GET(self) -> None:
        """Answer as a plain file server."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        self.wfile.write(self.content[: int(len(self.content) * self.sent)])

    def log_message(self, *_arguments: object) -> None:
        """Be quiet."""


@pytest.fixture
def address() -> Iterator[str]:
    """A file server on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def publish(address: str, monkeypatch: pytest.MonkeyPatch) -> Publish:
    """Offer generated weights where torchvision looks for ImageNet's; returns them."""

    def offer(*, checksum: str | None = None, sent: float = 1.0, at: str = address) -> dict[str, torch.Tensor]:
        torch.manual_seed(11)
        state = backbones.build(NAME, 1_000).state_dict()
        file = io.BytesIO()
        torch.save(state, file)
        monkeypatch.setattr(Files, "content", file.getvalue())
        monkeypatch.setattr(Files, "sent", sent)
        digest = checksum or hashlib.sha256(file.getvalue()).hexdigest()[:8]
        weights = backbones.weights_of(NAME)
        monkeypatch.setattr(weights, "_value_", replace(weights.value, url=f"{at}/{NAME}-{digest}.pth"))
        return dict(state)

    return offer


def leftovers() -> list[Path]:
    """What lies in the folder of weights beside its lock."""
    return [path for path in (environment.data_dir() / "weights").glob("*") if path.suffix != ".lock"]


def test_weights_are_downloaded_once_with_progress_and_begin_a_run(publish: Publish) -> None:
    state = publish()
    assert not backbones.downloaded(NAME)
    told = list(backbones.download(NAME))
    assert "SqueezeNet 1.1" in str(told[0].message)
    assert "5 MB" in str(told[0].message)
    assert all(0 <= (progress.fraction or 0) <= 1 for progress in told)
    assert backbones.downloaded(NAME)
    assert list(backbones.download(NAME)) == []
    config = configure("cats-dogs-transfer", SMALL | {"model.name": NAME, "transfer.weights": "imagenet"})
    begun = Trainer(config, images(config), torch.device("cpu")).model.state_dict()
    for name, tensor in begun.items():
        if name.startswith("classifier.1."):
            assert len(tensor) == 2, "a head for two classes"
        else:
            assert torch.equal(tensor, state[name])


def test_a_wrong_checksum_is_refused_and_can_be_tried_again(publish: Publish) -> None:
    publish(checksum="00000000")
    with pytest.raises(DataError, match="it arrived damaged"):
        list(backbones.download(NAME))
    assert leftovers() == []
    publish()
    assert list(backbones.download(NAME))
    assert backbones.downloaded(NAME)


def test_a_connection_that_is_cut_leaves_nothing_behind(publish: Publish) -> None:
    publish(sent=0.5)
    with pytest.raises(DataError, match="can't be downloaded"):
        list(backbones.download(NAME))
    assert leftovers() == []


def test_without_a_network_one_sentence_says_what_else_there_is(publish: Publish) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    publish(at=f"http://127.0.0.1:{port}")
    with pytest.raises(DataError, match="or start with random weights or one of your runs"):
        list(backbones.download(NAME))
    assert leftovers() == []


def test_a_full_disk_is_reported(publish: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    publish()

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("torch.hub.shutil.move", full)  # the last thing before the file is there
    with pytest.raises(DataError, match="no room for SqueezeNet"):
        list(backbones.download(NAME))
    assert not backbones.downloaded(NAME)
    assert leftovers() == []
