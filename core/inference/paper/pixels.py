"""Grey pictures, and boxes in them."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.float32]  # [height, width], 0 (black) to 1 (white)
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]  # left, top, right, bottom, in pixels


def values_of(grey: Image.Image) -> Grey:
    """The brightness of each pixel of a grey image."""
    values: Grey = np.asarray(grey, dtype=np.float32) / np.float32(255)
    return values


def bytes_of(values: Grey) -> NDArray[np.uint8]:
    """The same in whole numbers from 0 to 255."""
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def border(values: Grey | Mask) -> Grey:
    """All values along the four edges."""
    edges: Grey = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]]).astype(np.float32)
    return edges


def size_of(box: Box) -> tuple[int, int]:
    """Width and height."""
    return box[2] - box[0], box[3] - box[1]


def touches(box: Box, shape: tuple[int, ...]) -> bool:
    """Whether a box reaches an edge of a picture, [height, width]."""
    return box[0] <= 0 or box[1] <= 0 or box[2] >= shape[1] or box[3] >= shape[0]
