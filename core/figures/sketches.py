"""Small drawings of what a setting does, as SVG: quick to make at every change, in colours for light and dark."""

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from core.figures.style import QUIET, TRAIN_COLOR, VALIDATION_COLOR

Floats = NDArray[np.float64]
WIDTH, HEIGHT, EDGE = 220, 96, 8
STEPS = 8  # of a walk
CALM = 0.15  # the rate at which the walk in the bowl goes calmly down: it stands for the lesson's own
FASTEST = 1.15  # beyond it the walk leaves the picture with its second step


def bowl_walk(times: float, label: str) -> str:
    """A walk down y = x² at `times` the lesson's learning rate. It jumps over the middle where steps are too long."""
    rate = min(FASTEST, CALM * times)
    places = [-1.0]
    for _step in range(STEPS):
        places.append(places[-1] * (1 - 2 * rate))  # the gradient is 2x
    floor = np.linspace(-1.15, 1.15, 60)
    inside = [place for place in places if abs(place) <= 1.15]
    bowl = _line(_across(floor, 1.15), _up(floor**2, 1.15**2), QUIET, 1.5)
    xs, ys = _across(np.array(inside), 1.15), _up(np.array(inside) ** 2, 1.15**2)
    return _svg(label, bowl, _line(xs, ys, TRAIN_COLOR, 1.5), *_dots(xs, ys))


def noisy_curve(batch_size: int, label: str) -> str:
    """A loss that falls, as noisy as batches of so many images make it: by one over the root of their number."""
    steps = np.linspace(0, 1, 140)
    noise = np.random.default_rng(0).normal(0, 1, len(steps)) * min(0.35, 1 / np.sqrt(batch_size))
    smooth = np.exp(-4 * steps)
    xs = EDGE + steps * (WIDTH - 2 * EDGE)
    losses = np.clip(smooth + noise * (0.25 + smooth), 0, 1.15)
    return _svg(
        label,
        _line(xs, _up(losses, 1.15), TRAIN_COLOR, 1.5),
        _line(xs, _up(smooth, 1.15), VALIDATION_COLOR, 1.5, dash="5 4"),
    )


def function_curve(xs: Floats, ys: Floats, label: str) -> str:
    """A function's graph over a cross of axes."""
    reach = float(np.abs(xs).max())
    low, high = min(0.0, float(ys.min())), max(1.0, float(ys.max()))
    tall = (HEIGHT - 2 * EDGE) / (high - low)
    heights = HEIGHT - EDGE - (ys - low) * tall
    zero = HEIGHT - EDGE + low * tall
    axes = [
        _line([EDGE, WIDTH - EDGE], [zero, zero], QUIET, 1),
        _line([WIDTH / 2, WIDTH / 2], [EDGE, HEIGHT - EDGE], QUIET, 1),
    ]
    return _svg(label, *axes, _line(_across(xs, reach), heights, TRAIN_COLOR, 2))


def _across(xs: Floats, reach: float) -> Floats:
    return WIDTH / 2 + xs / reach * (WIDTH / 2 - EDGE)


def _up(ys: Floats, top: float) -> Floats:
    return HEIGHT - EDGE - ys / top * (HEIGHT - 2 * EDGE)


def _line(
    xs: Sequence[float] | Floats,
    ys: Sequence[float] | Floats,
    colour: str,
    width: float,
    dash: str = "none",
) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}" '
        f'stroke-dasharray="{dash}" stroke-linejoin="round"/>'
    )


def _dots(xs: Floats, ys: Floats) -> list[str]:
    return [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{TRAIN_COLOR}"/>' for x, y in zip(xs, ys, strict=True)]


def _svg(label: str, *parts: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )
