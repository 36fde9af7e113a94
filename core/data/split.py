"""Which images are held out for validation."""

import numpy as np
from numpy.typing import NDArray


def held_out(labels: NDArray[np.int64], amount: float | int, seed: int = 0) -> NDArray[np.bool_]:
    """A mask of the images to validate with: a fraction (float), or about so many in all (int).

    The share is the same of each class. Each gives at least one where it has two, and keeps at least one to train with.
    """
    generator = np.random.default_rng(seed)
    mask = np.zeros(len(labels), dtype=bool)
    fraction = amount if isinstance(amount, float) else amount / max(1, len(labels))
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        wanted = min(max(1, round(fraction * len(members))), len(members) - 1)
        mask[generator.permutation(members)[:wanted]] = True
    return mask
