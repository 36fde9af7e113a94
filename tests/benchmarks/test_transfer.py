"""Ten epochs of a frozen ResNet-34 with a new head: in the app, and as the tutorial of cats-dogs-transfer writes them.

The tutorial decodes, transforms and passes every photo through the whole network in every epoch.
"""

import contextlib
import io
import re
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
import torch

from core import environment
from core.config import Augmentation, RunConfig
from core.data import datasets
from core.export import five_steps
from core.recipes import configure
from core.runs import history
from core.runs.queue import WORKERS, Queue
from core.runs.run import owner_of
from core.runs.schema import connect
from core.runs.state import State
from core.runs.store import Store
from core.torchvision_compat import torchvision
from core.training.device import use_threads
from core.training.loop import Trainer

pytestmark = [pytest.mark.benchmark, pytest.mark.filterwarnings("ignore::ResourceWarning")]
PHOTOS = 1_000


@pytest.fixture
def photos(real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a thousand of the photos."""
    folder = tmp_path / "photos"
    for label in ("Cat", "Dog"):
        (folder / "PetImages" / label).mkdir(parents=True)
        for path in islice(sorted((real_data / "PetImages" / label).iterdir()), PHOTOS // 2):
            (folder / "PetImages" / label / path.name).write_bytes(path.read_bytes())
    monkeypatch.setenv("DATA_DIR", str(folder))
    return folder


@pytest.fixture
def queue(photos: Path) -> Iterator[Queue]:
    running = Queue(Store(connect(environment.database_url())), slots=1)
    running.start()
    yield running
    running.close()
    WORKERS.close()


def extractor(epochs: int = 10) -> RunConfig:
    """cats-dogs-transfer with everything frozen but the head, and nothing random about its images."""
    config = configure("cats-dogs-transfer", {"transfer.weights": "random", "epochs": epochs, "precision": "float32"})
    return config.model_copy(update={"data": config.data.model_copy(update={"augmentation": Augmentation()})})


def tutorial(config: RunConfig, folder: Path) -> tuple[float, list[float]]:
    """Seconds, and the validation accuracy of each epoch, of the plain PyTorch code on the folder of photos."""
    torchvision()  # works beside any torch from then on
    *setup, training = five_steps(config)
    names: dict[str, object] = {}
    output = io.StringIO()
    with contextlib.chdir(folder):
        for step in setup:
            exec(step.code, names)
        began = time.perf_counter()
        with contextlib.redirect_stdout(output):
            exec(training.code, names)
    found = re.findall(r"accuracy ([\d.]+)", output.getvalue())
    return time.perf_counter() - began, [float(accuracy) for accuracy in found]


def test_ten_epochs_of_an_extractor_against_its_tutorial(
    queue: Queue, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = extractor()
    for _ in datasets.prepare(config.data):  # decoding a thousand photos once is told apart
        pass
    store = queue.store
    run_id = store.create(config, owner=owner_of("me"), name="benchmark")
    queue.wake()
    while not store.get(run_id).ended:
        time.sleep(0.1)
    run = store.get(run_id)
    assert run.state == State.FINISHED
    ours = [record.val_accuracy for record in history.epoch_records(store.database, run_id)]
    use_threads(config)
    seconds, theirs = tutorial(config, photos)
    with capsys.disabled():
        print(
            f"\nResNet-34 as extractor, {PHOTOS} photos, ten epochs: tutorial {seconds:.1f} s "
            f"(best {max(theirs):.3f}), app {run.seconds:.1f} s (best {max(ours):.3f}): "
            f"{seconds / run.seconds:.1f} times faster"
        )
    assert max(ours) == pytest.approx(max(theirs), abs=0.05)
    assert seconds / run.seconds >= 6


def test_bfloat16_against_float32(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """How much accuracy half the digits cost, which is why auto takes them only where they are faster."""
    found = {}
    for precision in ("float32", "bfloat16"):
        config = extractor(epochs=3).model_copy(update={"precision": precision})
        for _ in datasets.prepare(config.data):
            pass
        use_threads(config)
        trainer = Trainer(config, datasets.load(config.data), torch.device("cpu"))
        began = time.perf_counter()
        accuracy = max(record.val_accuracy for record in trainer.records() if hasattr(record, "val_accuracy"))
        found[precision] = (time.perf_counter() - began, accuracy)
    with capsys.disabled():
        print("\n" + ", ".join(f"{name} {seconds:.1f} s ({best:.3f})" for name, (seconds, best) in found.items()))
    assert abs(found["float32"][1] - found["bfloat16"][1]) < 0.1
