"""Whether an answer stays the same when a drawing is moved, turned, scaled or slanted a little.

A person would read each of these copies alike. Where a network doesn't, its answer hangs on details, however sure it
is. The copies are made from the drawing before it is resized, so the input changes by fractions of a pixel.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from core.config import DataConfig
from core.inference.predictor import predict
from core.inference.preparation import Steps, adjustable, resized_input, source
from core.training.weights import Trained

OTHERS = 2  # copies of the ten that may not be read otherwise together


@dataclass(frozen=True)
class _Move:
    """A small change of a picture about its middle."""

    turn: float = 0.0  # degrees
    right: float = 0.0  # share of the width
    down: float = 0.0  # share of the height
    scale: float = 1.0
    slant: float = 0.0  # the tangent of the angle


_MOVES = (
    *(_Move(turn=sign * 8) for sign in (-1, 1)),
    *(_Move(right=sign * 0.04) for sign in (-1, 1)),  # a pixel of 28
    *(_Move(down=sign * 0.04) for sign in (-1, 1)),
    *(_Move(scale=factor) for factor in (0.93, 1.07)),
    *(_Move(slant=sign * 0.12) for sign in (-1, 1)),
)


def copies(image: Image.Image, config: DataConfig, steps: Steps) -> torch.Tensor:
    """The inputs of ten copies of an upright RGB image, float32 [10, C, H, W]."""
    pixels = Image.fromarray(source(image, config, steps))
    return torch.stack([resized_input(np.asarray(_moved(pixels, move)), config, steps) for move in _MOVES])


def read_otherwise(found: Trained, image: Image.Image, steps: Steps, answer: int) -> int | None:
    """The class that copies of an image are read as instead of `answer`; None where nearly all are read alike.

    Always None for networks that learned from photos: there a crop or a turn changes what is seen.
    """
    if not adjustable(found.config.data):
        return None
    opinions = predict(found, copies(image, found.config.data, steps))
    others = Counter(opinion.best for opinion in opinions if opinion.best != answer)
    return others.most_common(1)[0][0] if others.total() >= OTHERS else None


def _moved(image: Image.Image, move: _Move) -> Image.Image:
    """The picture after a move; what comes in from outside is black."""
    cos, sin = (float(wave(np.deg2rad(move.turn))) / move.scale for wave in (np.cos, np.sin))
    back = np.array([[cos, -sin], [sin, cos]]) @ np.array([[1, move.slant], [0, 1]])
    middle = np.array(image.size) / 2
    shifted = middle + np.array([move.right, move.down]) * image.size
    start = middle - back @ shifted
    numbers = (back[0, 0], back[0, 1], start[0], back[1, 0], back[1, 1], start[1])
    return image.transform(image.size, Image.Transform.AFFINE, numbers, Image.Resampling.BILINEAR)
