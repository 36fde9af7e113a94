"""Torchvision beside any torch, also one it wasn't linked against."""

import subprocess
import sys
from pathlib import Path

USE = """
import core.torchvision_compat
core.torchvision_compat.torchvision()
core.torchvision_compat.torchvision()  # a second time declares nothing twice
import torch
from torchvision import datasets, models, transforms
from torchvision.transforms import v2
assert v2.functional.resize(torch.zeros(1, 1, 8, 8, dtype=torch.uint8), [4, 4]).shape == (1, 1, 4, 4)
assert datasets.MNIST.resources
assert models.squeezenet1_1(num_classes=2)(torch.zeros(1, 3, 64, 64)).shape == (1, 2)
"""


def test_datasets_transforms_and_models_work() -> None:
    run = subprocess.run(
        [sys.executable, "-c", USE], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
