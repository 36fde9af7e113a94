"""Transfer learning on photos of cats and dogs: how fast a frozen ResNet-34 gets a new head, and what each way brings.

The tutorial decodes, transforms and passes every photo through the whole network in every epoch.
"""

import contextlib
import io
import re
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest
import torch

from core import environment
from core.config import Augmentation, RunConfig, with_settings
from core.config.variants import three_ways
from core.data import datasets
from core.export import five_steps
from core.models.backbones import PACKAGED
from core.recipes import configure
from core.runs import history
from core.runs.queue import WORKERS, Queue
from core.runs.run import owner_of
from core.runs.schema import connect
from core.runs.state import State
from core.runs.store import Store
from core.torchvision_compat import torchvision
from core.training.__main__ import train
from core.training.device import use_threads
from core.training.loop import Trainer

pytestmark = [pytest.mark.benchmark, pytest.mark.filterwarnings("ignore::ResourceWarning")]
PHOTOS = 1_000
FEW = 300  # for networks that learn as a whole


def few_photos(real_data: Path, folder: Path, number: int) -> None:
    """Put the first so many photos of cats and dogs into a data folder, half of each."""
    for label in ("Cat", "Dog"):
        (folder / "PetImages" / label).mkdir(parents=True)
        for path in islice(sorted((real_data / "PetImages" / label).iterdir()), number // 2):
            (folder / "PetImages" / label / path.name).write_bytes(path.read_bytes())


@pytest.fixture
def photos(real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a thousand of the photos."""
    folder = tmp_path / "photos"
    few_photos(real_data, folder, PHOTOS)
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
    resnet = {"model.name": "resnet34", "data.mean": [0.485, 0.456, 0.406], "data.std": [0.229, 0.224, 0.225]}
    config = configure(
        "cats-dogs-transfer", resnet | {"transfer.weights": "random", "epochs": epochs, "precision": "float32"}
    )
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


def test_the_three_ways_on_the_same_photos(
    real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Callable[[str], None]
) -> None:
    """A new head, the last blocks as well, and everything from random weights, with the network that needs no download.

    All three see the same photos in the same order as often.
    """
    few_photos(real_data, tmp_path, FEW)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    config = configure("cats-dogs-transfer", {"epochs": 3, "data.augmentation": {}, "optimizer.lr": 0.01})
    assert config.model.name == PACKAGED
    ways = three_ways(config, "features.6,features.7,features.8")
    ways["all"] = with_settings(ways["all"], {"transfer.weights": "random"})
    found = {}
    for way, one in ways.items():
        *_epochs, end = train(one)
        found[way] = end["best_val_accuracy"]
        figure(f"{FEW} photos, three epochs, {way}: {found[way]:.3f} after {end['seconds']:.0f} s of training")
    assert min(found["head"], found["parts"]) >= found["all"] + 0.15
