"""The 1,797 handwritten digits that come with the app, so that the first recipe needs no network.

They are the test set of "Optical Recognition of Handwritten Digits" (E. Alpaydin and C. Kaynak, 1998, UCI Machine
Learning Repository, licence CC BY 4.0; see `digits.LICENCE.md`), in the order in which scikit-learn has them.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_FILE = Path(__file__).with_suffix(".npz")
_BRIGHTEST = 16  # the file holds brightness as 0 to 16


def digits() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images, uint8 [1797, 1, 8, 8] with brightness 0 to 255, and labels, int64 [1797], 0 to 9."""
    with np.load(_FILE, allow_pickle=False) as content:
        brightness, labels = content["images"], content["labels"]
    images = np.rint(brightness * (255 / _BRIGHTEST)).astype(np.uint8)
    return images[:, None], labels.astype(np.int64)
