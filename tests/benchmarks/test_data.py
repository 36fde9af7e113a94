"""Augmentation on whole batches, and memory that doesn't grow with one's own images."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from core import environment
from core.config import Augmentation, DataConfig
from core.data import transforms
from core.torchvision_compat import torchvision

PHOTOS = environment.data_dir() / "PetImages"
pytestmark = pytest.mark.benchmark
AUGMENTATION = Augmentation(crop_scale=0.3, rotation=15, horizontal_flip=0.5, brightness=0.2, contrast=0.2)


def fastest(work: Callable[[], object], times: int = 5) -> float:
    """Seconds of the fastest of some runs."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


@pytest.mark.parametrize("size", [32, 64])
def test_augmenting_a_whole_batch_is_faster_than_image_by_image(size: int) -> None:
    torchvision()
    from torchvision.transforms import v2

    images = torch.rand(256, 3, size, size)
    steps = transforms.training(DataConfig(augmentation=AUGMENTATION))
    generator = torch.Generator().manual_seed(0)

    def whole() -> torch.Tensor:
        drawn = transforms.draw(len(images), generator)
        changed = images
        for step in steps:
            changed = step.apply(changed, drawn)
        return changed

    one_by_one = v2.Compose(
        [
            v2.RandomResizedCrop(size, scale=(0.3, 1.0)),
            v2.RandomRotation(15),
            v2.RandomHorizontalFlip(),
            v2.ColorJitter(brightness=0.2, contrast=0.2),
        ]
    )
    ours = fastest(whole)
    theirs = fastest(lambda: torch.stack([one_by_one(image) for image in images]), times=2)
    print(f"\n{size} pixels: {1e6 * ours / 256:.0f} µs an image, torchvision {1e6 * theirs / 256:.0f} µs")
    assert theirs > 3 * ours


IMPORT = """
import sys
from core.data.own import sources, squares
from core.data.own.importing import importing
*_, last = importing(sources.folder(sys.argv[1]), per_class=int(sys.argv[2]))
for _ in squares.resize(last.name, 128):
    pass
print(last.name)
"""
# In a process of its own, where only what isn't shared with the file cache is counted.
EPOCH = """
import json, re, sys, time
import torch
from core.config import parse
from core.data import datasets
from core.data.batches import Randomness, training_batches
augmentation = {"crop_scale": 0.5} if sys.argv[2] == "crops" else {}
data = {"dataset": sys.argv[1], "image_size": 128, "validation_fraction": 0.2, "augmentation": augmentation}
config = parse({"data": data, "model": {"layers": [{"kind": "flatten"}]}})
start = time.perf_counter()
images = datasets.load(config.data).train
opening = time.perf_counter() - start
start, most = time.perf_counter(), 0
batches = training_batches(config, images, torch.device("cpu"), Randomness.of(0))
# As many batches of few images as of many: the first batches of a process take memory that it keeps.
for _ in (batch for epoch in range(2_000 // len(images)) for batch in batches.epoch()):
    most = max(most, int(re.search(r"RssAnon:\\s+(\\d+)", open("/proc/self/status").read())[1]))
print(json.dumps([len(images), opening, (time.perf_counter() - start) / 2_000, most / 1024]))
"""


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="needs PetImages, with a folder for each class, in DATA_DIR")
@pytest.mark.parametrize("kind", ["squares", "crops"])
def test_an_epoch_of_imported_images_takes_no_more_memory_for_more_images(kind: str, tmp_path: Path) -> None:
    def measured(per_class: int) -> tuple[int, float, float, float]:
        state = {"STATE_DIR": str(tmp_path / str(per_class)), "ALLOW_FOLDER_PATHS": "1", "PYTHONPATH": os.getcwd()}
        name = _output(IMPORT, str(PHOTOS), str(per_class), **state).strip()
        output = _output(EPOCH, name, kind, **state)
        images, opening, seconds, memory = json.loads(output)
        print(f"\n{kind}: {images} images, opened in {opening:.3f} s, {1e3 * seconds:.2f} ms an image, {memory:.0f} MB")
        return images, opening, seconds, memory

    few, many = measured(125), measured(1_250)
    assert (few[0], many[0]) == (200, 2_000)
    assert many[3] < 1.4 * few[3]
    assert many[1] < 1


def _output(script: str, *arguments: str, **environment: str) -> str:
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, check=True, text=True, env=os.environ | environment).stdout
