"""The split into training and validation images."""

import numpy as np
from numpy.typing import NDArray

from core.config import DataConfig
from core.data.own import stored


def held_out(labels: NDArray[np.int64], amount: float | int, seed: int = 0) -> NDArray[np.bool_]:
    """A mask of the validation images: a fraction (float), or about this number of images (int).

    Each class gives the same share: at least one image if it has two, and never its last one.
    """
    generator = np.random.default_rng(seed)
    mask = np.zeros(len(labels), dtype=bool)
    fraction = amount if isinstance(amount, float) else amount / max(1, len(labels))
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        wanted = min(max(1, round(fraction * len(members))), len(members) - 1)
        mask[generator.permutation(members)[:wanted]] = True
    return mask


def few_of_each(labels: NDArray[np.int64], number: int, seed: int = 0) -> NDArray[np.int64]:
    """Positions of so many images of each class, or of all where there are fewer, in ascending order.

    With the same seed, a smaller number gives a part of the images that a larger number gives.
    """
    chosen = [np.zeros(0, np.int64)]
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        chosen.append(np.random.default_rng([seed, int(label)]).permutation(members)[:number])
    return np.sort(np.concatenate(chosen))


def validation_mask(images: stored.StoredImages, config: DataConfig) -> stored.Mask:
    """Which of one's own images are held out: drawn from all of them, or those that came in a validation folder."""
    if config.validation_fraction:
        return held_out(images.labels, config.validation_fraction, config.split_seed)
    return np.zeros(len(images), dtype=bool) if images.validation is None else images.validation
