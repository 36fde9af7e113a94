"""Convolution and pooling: a small window that moves over an image."""

from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from core.messages import N_

Floats = NDArray[np.float64]

# Kernel → its title and its weights. A trained network finds its own.
KERNELS: dict[str, tuple[str, Floats]] = {
    "upright": (N_("Upright edges"), np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])),
    "level": (N_("Level edges"), np.array([[-1.0, -2, -1], [0, 0, 0], [1, 2, 1]])),
    "spots": (N_("Bright spots"), np.array([[0.0, -1, 0], [-1, 4, -1], [0, -1, 0]])),
    "blur": (N_("Blur"), np.full((3, 3), 1 / 9)),
}


def convolve(image: Floats, kernel: Floats) -> Floats:
    """The sum of products at each place, as `nn.Conv2d` without bias or padding: [H, W] → [H − k + 1, W − k + 1]."""
    result: Floats = (sliding_window_view(image, kernel.shape) * kernel).sum((-1, -2))
    return result


def pool(image: Floats, size: int, how: Literal["max", "mean"]) -> Floats:
    """The largest number, or the mean, of each window of `size` × `size`: [H, W] → [H // size, W // size]."""
    windows = sliding_window_view(image, (size, size))[::size, ::size]
    result: Floats = windows.max((-1, -2)) if how == "max" else windows.mean((-1, -2))
    return result
