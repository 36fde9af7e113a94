"""The concepts compute what PyTorch computes, and their drawings show it."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from torch.nn import functional

from core.concepts.softmax import softmax
from core.concepts.windows import KERNELS, convolve, pool
from core.data.builtin.digits import digits
from core.figures.concepts import share_bars, window_picture

IMAGE = digits()[0][3, 0].astype(float) / 255


@pytest.mark.parametrize("name", KERNELS)
def test_a_convolution_is_pytorchs(name: str) -> None:
    kernel = KERNELS[name][1]
    theirs = functional.conv2d(torch.tensor(IMAGE)[None, None], torch.tensor(kernel)[None, None])[0, 0]
    assert convolve(IMAGE, kernel) == pytest.approx(theirs.numpy())


def test_pooling_is_pytorchs() -> None:
    image = torch.tensor(IMAGE)[None]
    assert pool(IMAGE, 2, "max") == pytest.approx(functional.max_pool2d(image, 2)[0].numpy())
    assert pool(IMAGE, 2, "mean") == pytest.approx(functional.avg_pool2d(image, 2)[0].numpy())


@pytest.mark.parametrize("temperature", [0.1, 1.0, 5.0])
def test_softmax_is_pytorchs_also_for_large_numbers(temperature: float) -> None:
    scores = [5.0, -3.0, 800.0]
    theirs = torch.softmax(torch.tensor(scores, dtype=torch.float64) / temperature, 0)
    assert softmax(scores, temperature) == pytest.approx(theirs.tolist())


def test_the_drawing_has_every_number_and_one_frame_for_the_window_and_one_for_its_result() -> None:
    kernel = KERNELS["upright"][1]
    result = convolve(IMAGE, kernel)
    drawing = window_picture(IMAGE, kernel, result, (2, 4), "a <label>")
    ElementTree.fromstring(drawing)
    assert drawing.count("<rect") == 64 + 9 + 36 + 2
    frames = re.findall(r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="\d+" fill="none"', drawing)
    assert frames[0] == ("120", "60", "90")
    assert f">{abs(result[2, 4]):.1f}<".replace(".0<", "<") in drawing.replace("−", "")
    assert "NaN" not in drawing
    assert "−0<" not in drawing


def test_without_a_kernel_windows_lie_side_by_side() -> None:
    drawing = window_picture(IMAGE, None, pool(IMAGE, 2, "max"), (1, 3), "pooling")
    frames = re.findall(r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="\d+" fill="none"', drawing)
    assert frames[0] == ("180", "60", "60")


def test_shares_have_bars_in_proportion() -> None:
    drawing = share_bars(["cat", "<dog>"], [0.75, 0.25], "shares")
    ElementTree.fromstring(drawing)
    widths = [float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)"', drawing)]
    assert widths[0] == pytest.approx(3 * widths[1])
    assert "75.0 %" in drawing
    assert np.isclose(sum(softmax([1, 2, 3])), 1)
