"""Whether small moves of a drawing change the answer."""

import numpy as np
import pytest
import torch
from PIL import Image

from core.config import parse
from core.inference.preparation import AS_IT_IS, Steps, automatic, to_input
from core.inference.steadiness import copies, read_otherwise
from core.models import network
from core.recipes import configure
from core.training.weights import Trained
from tests.core.inference.made import glyph

MNIST = configure("mnist-mlp", {}).data


def left_or_right() -> Trained:
    """A linear network that tells on which half of the picture the ink is."""
    layers = [{"kind": "flatten"}, {"kind": "linear", "out_features": 2}]
    config = parse({"data": {"dataset": "mnist", "mean": [0.0], "std": [1.0]}, "model": {"layers": layers}})
    model = network.build(config, 2).eval().requires_grad_(False)
    side = torch.linspace(-1, 1, 28).repeat(28)
    weights = model.state_dict()
    model.load_state_dict({name: torch.zeros_like(one) for name, one in weights.items()} | {
        name: torch.stack([-side, side]) for name, one in weights.items() if one.ndim == 2
    })  # fmt: skip
    return Trained(config, model, ("left", "right"))


def stroke(column: int) -> Image.Image:
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, column : column + 2] = 255
    return Image.fromarray(pixels).convert("RGB")


@pytest.mark.parametrize(("column", "answer", "other"), [(13, 1, 0), (5, 0, None), (21, 1, None)])
def test_an_answer_that_hangs_on_a_pixel_is_named(column: int, answer: int, other: int | None) -> None:
    assert read_otherwise(left_or_right(), stroke(column), AS_IT_IS, answer) == other


def test_the_copies_are_the_drawing_moved_by_less_than_a_stroke() -> None:
    drawn = Image.fromarray(255 - np.pad(glyph("four"), 30)).convert("RGB")
    steps = automatic(drawn, MNIST)
    assert isinstance(steps, Steps)
    assert steps.invert
    original = to_input(drawn, MNIST, steps).flatten()
    found = copies(drawn, MNIST, steps).flatten(1)
    assert found.shape == (10, 784)
    likeness = np.corrcoef(torch.cat([original[None], found]).numpy())[0, 1:]
    assert 0.6 < likeness.min() < likeness.max() < 0.999


def test_photos_are_not_moved() -> None:
    config = configure("cats-dogs-transfer", {})
    colours = Trained(config, torch.nn.Identity(), ("cat", "dog"))
    assert read_otherwise(colours, stroke(5), AS_IT_IS, 0) is None
