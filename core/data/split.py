"""The split into training and validation images."""

import numpy as np
from numpy.typing import NDArray


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
