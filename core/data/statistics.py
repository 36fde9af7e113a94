"""Statistics of a data set: images of each class, pixel values, mean and standard deviation."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.data.datasets import ImageSet

# Counting a billion pixels would take too long. This many give the same mean to three digits.
AT_MOST = 150_000_000
_CHUNK = 2_000_000


@dataclass(frozen=True)
class PixelStatistics:
    """How often each pixel value occurs in a set."""

    counts: NDArray[np.int64]  # [C, 256]: how many pixels of each colour have each of the values 0 to 255
    images: int  # number of counted images, evenly spread

    @property
    def mean(self) -> tuple[float, ...]:
        """Of each colour, with pixels in 0 to 1."""
        return tuple(float(mean) for mean in self._mean())

    @property
    def std(self) -> tuple[float, ...]:
        """Of each colour, with pixels in 0 to 1."""
        squares = (self.counts * self._values() ** 2).sum(1) / self.counts.sum(1)
        return tuple(float(std) for std in np.sqrt(np.maximum(squares - self._mean() ** 2, 0)))

    def _mean(self) -> NDArray[np.float64]:
        mean: NDArray[np.float64] = (self.counts * self._values()).sum(1) / self.counts.sum(1)
        return mean

    def _values(self) -> NDArray[np.float64]:
        return np.arange(256) / 255


def pixel_statistics(images: ImageSet) -> PixelStatistics:
    """Count the pixels of a set. If it is large, only of some images."""
    channels, height, width = images.images.shape[1:]
    each = channels * height * width
    step = max(1, -(-len(images) * each // AT_MOST))
    chosen = torch.arange(0, len(images), step)
    counts = torch.zeros(channels, 256, dtype=torch.int64)
    for some in chosen.split(max(1, _CHUNK // each)):
        pixels = images.at(some)
        for channel in range(channels):
            counts[channel] += torch.bincount(pixels[:, channel].flatten(), minlength=256)
    return PixelStatistics(counts.numpy(), len(chosen))


def class_counts(labels: torch.Tensor, classes: int) -> tuple[int, ...]:
    """Images of each class."""
    return tuple(torch.bincount(labels, minlength=classes).tolist())
