"""A film of walks over a surface, played step by step.

The browser gets the whole film at once and plays it (`film.js`) without the server.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.descent.surfaces import Point, Range
from pages.components.shell.i18n import _
from pages.components.widgets import assets

if TYPE_CHECKING:  # importing torch takes two seconds: not before the page is on the screen
    from core.descent.walk import Grid, Walk

HERE = Path(__file__)
TRAIN_COLOR = "#2f6fde"


@dataclass(frozen=True)
class Axis:
    """Title and range of an axis. With `log`, the range and the values are exponents of ten."""

    label: str
    range: Range
    log: bool = False


@dataclass(frozen=True)
class Panel:
    """One picture of the film. `tracks` holds the x and the y values of each walker; None is a gap."""

    title: str
    x: Axis
    y: Axis
    tracks: Sequence[dict[str, Sequence[float | None]]]
    curves: dict[str, Any] | None = None  # x: values, y: one list for all steps, or one for each
    spots: Sequence[Point] = ()  # places to mark with a cross
    grid: dict[str, Any] | None = None  # x, y, z: heights, levels: where to draw contour lines
    deep: bool = False  # the grid as a surface from the side; its tracks have z values too


@dataclass(frozen=True)
class Walker:
    """A walker: name, colour and mark."""

    name: str
    color: str = TRAIN_COLOR
    mark: str = "circle"


@dataclass(frozen=True)
class Film:
    """Several panels that show the same steps. `readout` has a text for each point, so one more than steps."""

    readout: Sequence[str]
    walkers: Sequence[Walker]
    panels: Sequence[Panel]


def show_film(film: Film, *, key: str) -> None:
    """Show the film with its controls: Play, Step, Reset and a slider. At first it shows the whole walk."""
    words = {
        "play": _("Play"),
        "pause": _("Pause"),
        "forward": _("Step"),
        "reset": _("Reset"),
        "slider": _("Number of the step"),
        "outside": _("outside the picture"),
    }
    data = {
        "steps": len(film.readout) - 1,
        "readout": film.readout,
        "walkers": [vars(walker) for walker in film.walkers],
        "panels": [vars(panel) | {"x": vars(panel.x), "y": vars(panel.y)} for panel in film.panels],
        "words": words,
    }
    _player(key=key, data=data)


def contours(ground: "Grid", levels: Sequence[float]) -> dict[str, Any]:
    """The data for contour lines at these levels."""
    heights = [clean(row) for row in ground.heights]
    return {"x": clean(ground.xs), "y": clean(ground.ys), "z": heights, "levels": clean(levels)}


def deep_panel(title: str, x: Axis, y: Axis, ground: "Grid", walks: Iterable["Walk"]) -> Panel:
    """The surface from the side, with the walks on it."""
    tracks = [track(*zip(*walk.points, strict=True)) | {"z": clean(walk.losses)} for walk in walks]
    return Panel(title, x, y, tracks, grid=contours(ground, []), deep=True)


def track(xs: Iterable[float | None], ys: Iterable[float | None]) -> dict[str, Sequence[float | None]]:
    """The path of a walker in a panel."""
    return {"x": clean(xs), "y": clean(ys)}


def between(edges: Range, count: int = 41) -> list[float]:
    """`count` numbers from edge to edge."""
    return [edges[0] + (edges[1] - edges[0]) * index / (count - 1) for index in range(count)]


def clean(values: Iterable[float | None]) -> list[float | None]:
    """Numbers as short JSON. Infinity, NaN and very large values become None."""
    return [float(f"{value:.5g}") if value is not None and abs(value) < 1e12 else None for value in values]


_player = st.components.v2.component(
    "classroom_descent",
    html="""
<div class="player" hidden>
  <div class="controls">
    <button type="button" class="play"></button>
    <button type="button" class="forward"></button>
    <button type="button" class="reset"></button>
    <input type="range" class="slider" min="0" step="1">
  </div>
  <p class="readout"></p>
  <div class="legend"></div>
  <div class="panels"></div>
</div>
""",
    css=HERE.with_suffix(".css").read_text(encoding="utf-8"),
    js=assets.loader(HERE),
)
