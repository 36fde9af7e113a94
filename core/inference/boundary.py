"""What a network that learned points in the plane would call a place, and every place."""

import numpy as np
import torch
from numpy.typing import NDArray

from core.data import plane
from core.inference.predictor import Opinion, predict
from core.training.weights import Trained


def opinion(found: Trained, x: float, y: float) -> Opinion:
    """The prediction for one point."""
    return predict(found, _inputs(found, torch.tensor([[x, y]])))[0]


def surface(found: Trained) -> NDArray[np.uint8]:
    """How probable the second class is at each place of `core.data.plane.grid`, in 255 parts, [48, 48]."""
    shares = [one.probabilities[1] for one in predict(found, _inputs(found, plane.grid()))]
    whole: NDArray[np.float32] = np.nan_to_num(np.array(shares)).reshape(plane.GRID, plane.GRID)
    return (whole * 255).round().astype(np.uint8)


def _inputs(found: Trained, places: torch.Tensor) -> torch.Tensor:
    mean, std = (torch.tensor(values) for values in (found.config.data.mean, found.config.data.std))
    return (places - mean) / std
