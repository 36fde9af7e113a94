"""Drawings of what a part of a network computes, as SVG, in colours for light and dark."""

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from core.figures.style import QUIET, TRAIN_COLOR, VALIDATION_COLOR

Floats = NDArray[np.float64]
CELL = 30  # pixels of a number's square
GAP = 44  # between two grids, with a sign in it
INK = "#7a8793"  # of texts, readable on white and on dark
ON_CELL = "#12161d"
BAR, ROW = 130, 30  # of the chart of shares: the longest bar, the height of a row


def window_picture(image: Floats, kernel: Floats | None, result: Floats, place: tuple[int, int], label: str) -> str:
    """An image with its window, the kernel if there is one, and the result with the number that comes of the window.

    `place` is the row and column of that number in the result. Without a kernel, windows lie side by side, for pooling.
    """
    size = image.shape[0] // result.shape[0] if kernel is None else kernel.shape[0]
    step = size if kernel is None else 1
    row, column = place
    grids: list[tuple[Floats, tuple[int, int, int] | None]] = [(image, (row * step, column * step, size))]
    if kernel is not None:
        grids.append((kernel, None))
    grids.append((result, (row, column, 1)))
    tall = CELL * image.shape[0]
    parts, left = [], 0.0
    for number, (values, window) in enumerate(grids):
        top = (tall - CELL * values.shape[0]) / 2
        parts += _grid(values, left, top, signed=kernel is not None and number > 0)
        if window:
            parts.append(_frame(window, left, top))
        left += CELL * values.shape[1]
        if number < len(grids) - 1:
            sign = "→" if number == len(grids) - 2 else "×"
            parts.append(_text(left + GAP / 2, tall / 2 + 8, sign, 24))
            left += GAP
    return _svg(left, tall, label, parts)


def _grid(values: Floats, left: float, top: float, *, signed: bool) -> list[str]:
    """A square for each number: the larger, the darker; negative ones in orange."""
    largest = max(1e-9, float(np.abs(values).max()))
    parts = []
    for (row, column), value in np.ndenumerate(values):
        x, y = left + CELL * column, top + CELL * row
        colour = VALIDATION_COLOR if signed and value < 0 else TRAIN_COLOR
        parts.append(
            f'<rect x="{x:.0f}" y="{y:.0f}" width="{CELL}" height="{CELL}" stroke="{QUIET}" '
            f'fill="{_tinted(colour, abs(value) / largest)}"/>'
        )
        parts.append(_text(x + CELL / 2, y + CELL / 2 + 4, _short(float(value)), 11, colour=ON_CELL))
    return parts


def _tinted(colour: str, strength: float) -> str:
    """White with at most so much of a colour that a dark number on it can be read, in both themes."""
    share = 0.6 * strength
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(255 + share * (part - 255)):02x}" for part in parts)


def _frame(window: tuple[int, int, int], left: float, top: float) -> str:
    row, column, size = window
    return (
        f'<rect x="{left + CELL * column:.0f}" y="{top + CELL * row:.0f}" width="{CELL * size}" '
        f'height="{CELL * size}" fill="none" stroke="#d1495b" stroke-width="3"/>'
    )


def share_bars(names: Sequence[str], shares: Sequence[float], label: str) -> str:
    """A bar for each share (0..1), with its name and percent."""
    parts = []
    for row, (name, share) in enumerate(zip(names, shares, strict=True)):
        y = ROW * row
        parts.append(_text(60, y + 19, escape(name), 14, "end"))
        parts.append(f'<rect x="68" y="{y + 5}" width="{max(1.0, BAR * share):.1f}" height="20" fill="{TRAIN_COLOR}"/>')
        parts.append(_text(74 + BAR * share, y + 19, f"{100 * share:.1f} %", 14, "start"))
    return _svg(68 + BAR + 70, ROW * len(names), label, parts)


def _short(value: float) -> str:
    """At most four signs: the square has no room for more."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text.replace("-", "−")


def _text(x: float, y: float, text: str, size: int, anchor: str = "middle", colour: str = INK) -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" font-family="sans-serif" text-anchor="{anchor}" '
        f'fill="{colour}">{text}</text>'
    )


def _svg(width: float, height: float, label: str, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 {width + 4:.0f} {height + 4:.0f}" '
        f'width="{width + 4:.0f}" height="{height + 4:.0f}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )
