"""Softmax: any numbers as probabilities."""

from collections.abc import Sequence

import numpy as np


def softmax(scores: Sequence[float], temperature: float = 1.0) -> list[float]:
    """Shares of 1 that grow with the scores. A high `temperature` (above 0) makes them alike."""
    scaled = np.array(scores, dtype=np.float64) / temperature
    powers = np.exp(scaled - scaled.max())  # the same shares, without numbers that are too large
    return [float(share) for share in powers / powers.sum()]
