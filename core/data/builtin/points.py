"""Points in the plane, of two classes: what a network must bend its boundary around."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from core.config import PointCloud
from core.messages import N_

Floats = NDArray[np.float64]
Maker = Callable[[Floats, NDArray[np.int64], Generator], Floats]


@dataclass(frozen=True, eq=False)
class Points:
    """N points within about -1 to 1: where they are, float32 [N, 2], and their classes, int64 [N], 0 or 1."""

    places: NDArray[np.float32]
    labels: NDArray[np.int64]


def drawn(cloud: PointCloud) -> Points:
    """The points of these settings."""
    return points(cloud.shape, cloud.number, cloud.noise, cloud.seed)


def points(shape: str, number: int, noise: float, seed: int) -> Points:
    """Draw `number` points of one of `SHAPES`, half of each class, shifted at random.

    Args:
        noise: Standard deviation of the shift, in the unit of the plane.
    """
    generator = np.random.default_rng(seed)
    labels = np.arange(number) % 2
    along = (np.arange(number) // 2 + 0.5) / max(1, -(-number // 2))  # 0..1, evenly in each class
    places = SHAPES[shape][1](along, labels, generator)
    return Points((places + generator.normal(0, noise, places.shape)).astype(np.float32), labels)


def _moons(along: Floats, labels: NDArray[np.int64], _generator: Generator) -> Floats:
    angle = np.pi * along
    upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], 1)
    lower = np.stack([0.5 - np.cos(angle), 0.25 - np.sin(angle)], 1)
    places: Floats = np.where(labels[:, None] == 0, upper, lower) / 1.6
    return places


def _circles(along: Floats, labels: NDArray[np.int64], _generator: Generator) -> Floats:
    angle = 2 * np.pi * along
    radius: Floats = np.where(labels == 0, 0.9, 0.4)
    return _round(angle) * radius[:, None]


def _xor(_along: Floats, labels: NDArray[np.int64], generator: Generator) -> Floats:
    places: Floats = generator.uniform(0.08, 0.95, (len(labels), 2)) * generator.choice([-1, 1], (len(labels), 1))
    places[:, 1] *= np.where(labels == 0, 1, -1)
    return places


def _spiral(along: Floats, labels: NDArray[np.int64], _generator: Generator) -> Floats:
    angle = 3.2 * np.pi * np.sqrt(along) + np.pi * labels
    return _round(angle) * (0.95 * np.sqrt(along))[:, None]


def _round(angle: Floats) -> Floats:
    """Places on the circle of radius 1."""
    return np.stack([np.cos(angle), np.sin(angle)], 1)


SHAPES: dict[str, tuple[str, Maker]] = {
    "moons": (N_("Two moons"), _moons),
    "circles": (N_("Circles"), _circles),
    "xor": (N_("XOR"), _xor),
    "spiral": (N_("Spiral"), _spiral),
}
