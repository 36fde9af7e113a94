"""From an image to its answer, against a bare decode and forward pass; a thousand at once; and others meanwhile."""

import io
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from PIL import Image

from core.config import RunConfig
from core.data import datasets
from core.inference.predictor import Read, opened, predict, predict_files
from core.inference.preparation import automatic, to_input
from core.models import network
from core.models.backbones import suited
from core.recipes import configure
from core.runs import history
from core.runs.store import Store
from core.training.weights import Trained

pytestmark = [pytest.mark.benchmark, pytest.mark.filterwarnings("ignore::ResourceWarning")]
MANY = 1_000


def untrained(config: RunConfig, classes: int) -> Trained:
    """How good it is doesn't change how long it takes."""
    model = network.build(config, classes).eval().requires_grad_(False)
    return Trained(config, model, tuple(map(str, range(classes))))


def digits(real_data: Path) -> list[bytes]:
    """A hundred digits as a phone takes them: JPEGs of 1200×900 pixels with noise."""
    config = configure("mnist-mlp", {}).data
    for _ in datasets.prepare(config):
        pass
    images = datasets.load(config).validation.at(slice(100))[:, 0].numpy()
    random = np.random.default_rng(0)
    files = []
    for digit in images:
        ink = np.zeros((900, 1200), np.float32)
        ink[150:710, 300:860] = np.asarray(Image.fromarray(digit).resize((560, 560), Image.Resampling.BICUBIC)) / 255
        paper = 210 - 160 * ink + random.normal(0, 6, ink.shape)
        file = io.BytesIO()
        Image.fromarray(paper.clip(0, 255).astype(np.uint8)).convert("RGB").save(file, "JPEG", quality=88)
        files.append(file.getvalue())
    return files


def cats(real_data: Path) -> list[bytes]:
    """A hundred photos as they are."""
    return [path.read_bytes() for path in sorted((real_data / "PetImages" / "Cat").iterdir())[:100]]


def resnet() -> Trained:
    data = suited("resnet18").model_copy(update={"dataset": "cats_dogs"})
    return untrained(RunConfig.model_validate({"data": data, "model": {"name": "resnet18"}}), 2)


CASES = {
    "digits with the CNN": (digits, lambda: untrained(configure("mnist-cnn-8x8", {}), 10)),
    "photos with ResNet-18": (cats, resnet),
}


def bare(found: Trained, data: bytes, ready: torch.Tensor) -> None:
    """What can't be saved: decoding the file, and one forward pass."""
    Image.open(io.BytesIO(data)).convert("RGB")
    with torch.no_grad():
        found.model(ready)


def ours(found: Trained, data: bytes) -> None:
    """What the page does."""
    image = opened(data, [found])
    predict(found, to_input(image, found.config.data, automatic(image, found.config.data))[None])


def readers(files: list[bytes]) -> Iterator[tuple[str, Read]]:
    for number in range(MANY):
        yield str(number), lambda number=number: files[number % len(files)]  # type: ignore[misc]


@pytest.mark.parametrize("case", CASES)
def test_from_image_to_answer(case: str, real_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_files, make_network = CASES[case]
    files, found = make_files(real_data), make_network()
    image = opened(files[0], [found])
    ready = to_input(image, found.config.data, automatic(image, found.config.data))[None]
    pairs = []
    for data in files[:5] + files:
        began = time.perf_counter()
        bare(found, data, ready)
        between = time.perf_counter()
        ours(found, data)
        pairs.append((between - began, time.perf_counter() - between))
    theirs, mine = (statistics.median(pair[place] for pair in pairs[5:]) for place in (0, 1))

    began = time.perf_counter()
    for number in range(MANY):
        bare(found, files[number % len(files)], ready)
    bare_seconds = time.perf_counter() - began
    process, sizes = psutil.Process(), []
    began = time.perf_counter()
    for number, answer in enumerate(predict_files([found], readers(files)), 1):
        assert not answer.error
        if number % 100 == 0:
            sizes.append(process.memory_info().rss)
    seconds = time.perf_counter() - began
    growth = (max(sizes[2:]) - sizes[1]) / 1e6
    with capsys.disabled():
        print(
            f"\n{case}: one image {1e3 * mine:.1f} ms, bare {1e3 * theirs:.1f} ms, {mine / theirs:.2f} times; "
            f"{MANY} images {seconds:.1f} s, bare {bare_seconds:.1f} s, {seconds / bare_seconds:.2f} times; "
            f"memory grew by {growth:.0f} MB from the 200th to the last"
        )
    assert mine <= 2 * theirs
    assert seconds <= 2 * bare_seconds
    assert growth < 60


def test_others_hardly_notice(real_data: Path, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """What an open page asks for at every tick, while a thousand images are named in the same process."""
    run_id = store.create(configure("digits", {}), owner="me", name="watched")
    files, found = digits(real_data), untrained(configure("mnist-cnn-8x8", {}), 10)
    over = threading.Event()

    def name_all() -> None:
        while not over.is_set():
            for _answer in predict_files([found], readers(files)):
                if over.is_set():
                    return

    def ticks(number: int) -> list[float]:
        times = []
        for _ in range(number):
            began = time.perf_counter()
            store.get(run_id)
            history.loss_curve(store.database, run_id, since=0, total_steps=100, ended=False)
            history.epoch_records(store.database, run_id, 0)
            times.append(time.perf_counter() - began)
            time.sleep(0.02)
        return sorted(times)

    alone = ticks(100)
    busy = threading.Thread(target=name_all)
    busy.start()
    time.sleep(1)
    beside = ticks(200)
    over.set()
    busy.join()
    middle, slowest = (1e3 * beside[place] for place in (100, 190))
    with capsys.disabled():
        print(
            f"\na tick: {1e3 * alone[50]:.1f} ms alone; beside a thousand images: "
            f"median {middle:.1f} ms, 95th percentile {slowest:.1f} ms"
        )
    assert slowest < 100
