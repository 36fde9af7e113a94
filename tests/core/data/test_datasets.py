"""Built-in data sets: prepared once, mapped, never half-written; their batches are those of a DataLoader."""

import gzip
import hashlib
import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from core.config import DataConfig
from core.data import catalog, datasets
from core.data.batches import Batches
from core.data.datasets import ImageSet
from core.errors import DataError
from core.torchvision_compat import torchvision
from tests.core.data.idx import idx

DIGITS = DataConfig(dataset="digits", validation_fraction=0.2)


def ready(config: DataConfig) -> datasets.ImageData:
    for _ in datasets.prepare(config):
        pass
    return datasets.load(config)


def test_digits_come_with_the_app_and_are_split_by_class() -> None:
    data = ready(DIGITS)
    assert len(data.train) + len(data.validation) == 1_797
    assert data.train.images.dtype == torch.uint8
    assert data.train.images.shape[1:] == (1, 8, 8)
    shares = torch.bincount(data.validation.labels) / (
        torch.bincount(data.train.labels) + torch.bincount(data.validation.labels)
    )
    assert shares.sub(0.2).abs().max() < 0.005, "every class is held out alike"


def test_the_split_is_the_same_every_time() -> None:
    assert torch.equal(ready(DIGITS).validation.images, ready(DIGITS).validation.images)


def test_what_is_ready_is_not_prepared_again() -> None:
    ready(DIGITS)
    assert list(datasets.prepare(DIGITS)) == []


def test_nobody_can_change_the_prepared_images() -> None:
    ready(DIGITS).train.images.fill_(7)
    config = DIGITS.model_copy(update={"image_size": 8})
    whole = np.load(datasets._folder("digits", None) / "train_images.npy")
    assert whole.max() > 7
    assert ready(config).train.images.max() > 7


def test_another_size_is_what_pil_would_make_of_it() -> None:
    from PIL import Image

    native = datasets._mapped("digits", None, "train") if ready(DIGITS) else None
    assert native is not None
    ready(DIGITS.model_copy(update={"image_size": 12}))
    ours = datasets._mapped("digits", 12, "train").images
    for index in (0, 500, 1_796):
        image = Image.fromarray(native.images[index, 0]).resize((12, 12), Image.Resampling.BILINEAR)
        assert np.array_equal(ours[index, 0], np.asarray(image))


def test_a_batch_is_what_totensor_and_normalize_compute() -> None:
    images = ImageSet(torch.randint(0, 256, (6, 3, 4, 4), dtype=torch.uint8), torch.arange(6))
    mean, std = (0.4, 0.5, 0.6), (0.2, 0.3, 0.4)
    ours, labels = next(Batches(images, 6, mean=mean, std=std, device=torch.device("cpu")).epoch())
    torchvision()
    from torchvision import transforms

    normalise = transforms.Normalize(mean, std)
    expected = torch.stack([normalise(image.float().div(255)) for image in images.images])
    assert torch.equal(ours, expected)
    assert torch.equal(labels, torch.arange(6))


def test_batches_visit_the_images_in_the_order_of_a_dataloader() -> None:
    images = ImageSet(torch.zeros(50, 1, 1, 1, dtype=torch.uint8), torch.arange(50))
    ours = Batches(
        images, 8, mean=(0.0,), std=(1.0,), device=torch.device("cpu"), generator=torch.Generator().manual_seed(5)
    )
    theirs = DataLoader(
        TensorDataset(torch.arange(50)), batch_size=8, shuffle=True, generator=torch.Generator().manual_seed(5)
    )
    for _ in range(3):
        mine = [labels.tolist() for _, labels in ours.epoch()]
        assert mine == [batch.tolist() for (batch,) in theirs]
    assert len(ours) == len(theirs) == len(mine)


def test_an_epoch_begun_in_the_middle_has_the_rest_of_its_batches() -> None:
    images = ImageSet(torch.zeros(50, 1, 1, 1, dtype=torch.uint8), torch.arange(50))

    def labels(start: int) -> list[list[int]]:
        generator = torch.Generator().manual_seed(5)
        cpu = torch.device("cpu")
        batches = Batches(images, 8, mean=(0.0,), std=(1.0,), device=cpu, generator=generator)
        return [labels.tolist() for _, labels in batches.epoch(start)]

    assert labels(3) == labels(0)[3:]


def test_old_sizes_make_room_for_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "RESIZED_BYTES", 0)
    for size in (9, 10, 11):
        ready(DIGITS.model_copy(update={"image_size": size}))
    assert sorted(path.name for path in datasets._prepared().glob("digits*px")) == ["digits-11px"]
    assert len(ready(DIGITS).train), "the data set itself stays"


# --- downloads, from a server of our own --------------------------------------------------------------------------


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder served on this machine, from which torchvision downloads a tiny Kuzushiji-MNIST."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    generator = np.random.default_rng(0)
    resources = []
    for name, size in (("train", 30), ("t10k", 10)):
        images = generator.integers(0, 256, (size, 28, 28), dtype=np.uint8)
        labels = generator.integers(0, 10, size, dtype=np.uint8)
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            file = folder / f"{name}-{kind}-ubyte.gz"
            file.write_bytes(gzip.compress(idx(array)))
            resources.append((file.name, hashlib.md5(file.read_bytes()).hexdigest()))
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    reader = torchvision().datasets.KMNIST
    monkeypatch.setattr(reader, "mirrors", [f"http://127.0.0.1:{server.server_port}/"])
    monkeypatch.setattr(reader, "resources", resources)
    monkeypatch.setitem(catalog.DATASETS["kmnist"].splits, "train", 30)
    monkeypatch.setitem(catalog.DATASETS["kmnist"].splits, "test", 10)
    yield folder
    server.shutdown()
    server.server_close()


KMNIST = DataConfig(dataset="kmnist")


def test_a_download_reports_its_progress_and_ends_with_complete_data(mirror: Path, tmp_path: Path) -> None:
    progress = list(datasets.prepare(KMNIST))
    assert any("Downloading Kuzushiji-MNIST" in str(step.message) for step in progress)
    data = datasets.load(KMNIST)
    assert (len(data.train), len(data.validation)) == (30, 10)
    assert list((tmp_path / "data").rglob("*.gz")) == [], "archives aren't kept"


def test_a_damaged_download_is_reported_and_leaves_nothing_behind(mirror: Path, tmp_path: Path) -> None:
    good = (mirror / "t10k-images-idx3-ubyte.gz").read_bytes()
    (mirror / "t10k-images-idx3-ubyte.gz").write_bytes(good[:-9])
    with pytest.raises(DataError, match=r"it arrived damaged.*Try again"):
        list(datasets.prepare(KMNIST))
    assert [path.name for path in (tmp_path / "data").iterdir()] == []
    (mirror / "t10k-images-idx3-ubyte.gz").write_bytes(good)
    assert len(ready(KMNIST).train) == 30, "trying again works"


def test_without_a_network_one_sentence_says_what_to_do(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torchvision().datasets.KMNIST, "mirrors", ["http://127.0.0.1:9/"])
    with pytest.raises(
        DataError, match=r"can't be downloaded: its server doesn't answer.*choose images that come with the app"
    ):
        list(datasets.prepare(KMNIST))


def test_files_cut_short_are_downloaded_again_not_read(mirror: Path, tmp_path: Path) -> None:
    raw = tmp_path / "data" / "KMNIST" / "raw"
    raw.mkdir(parents=True)
    for split in ("train", "t10k"):
        for kind in ("images-idx3", "labels-idx1"):
            (raw / f"{split}-{kind}-ubyte").write_bytes(b"\0\0\x08\x01\0\0")
    assert len(ready(KMNIST).train) == 30


def test_a_folder_that_cannot_be_written_is_reported(mirror: Path, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(DataError, match="can't be downloaded"):
        list(datasets.prepare(KMNIST))


def test_two_processes_prepare_the_same_data_once(tmp_path: Path) -> None:
    from filelock import FileLock

    prepared = tmp_path / "state" / "prepared"
    prepared.mkdir(parents=True)
    with FileLock(prepared / "digits.lock", thread_local=False):
        waiting = datasets.prepare(DIGITS)
        assert "Waiting: another run" in str(next(waiting).message)
    assert [str(step.message) for step in waiting] == ["Reading Handwritten digits, small"]


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_the_real_data_is_whole(name: str, real_data: Path) -> None:
    data = ready(DataConfig(dataset=name))
    assert (len(data.train), len(data.validation)) == (60_000, 10_000)
    assert torch.bincount(data.train.labels).min() > 5_000
