"""The page Gradient descent: walks from the cache, and the film that shows them step by step.

The browser gets a whole walk at once and plays it by itself (`descent.js`): playing costs the server nothing.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.config import Optimizer, Settings
from core.descent.lesson import HelloWorld
from core.descent.surfaces import SURFACES, Point, Range, hello_world_loss
from pages.components import plotly_asset
from pages.components.words import _

if TYPE_CHECKING:  # importing torch takes two seconds: not before the page is on the screen
    from core.descent.walk import Grid, HelloWalk, Walk

HERE = Path(__file__)
TRAIN_COLOR = "#2f6fde"

# --- walks --------------------------------------------------------------------------------------------------------


def load_torch() -> None:
    """Import torch, and say so while it takes its two seconds."""
    if "core.descent.walk" not in sys.modules:
        with st.spinner(_("Starting PyTorch. This takes a few seconds the first time.")):
            import core.descent.walk  # noqa: F401


# Each is computed once for everybody who visits, and again only when something it depends on has changed.
@st.cache_data(max_entries=1_000, show_spinner=False)
def hello_walk(settings: HelloWorld) -> "HelloWalk":
    """`hello_world`, remembered."""
    from core.descent.walk import hello_world

    return hello_world(settings)


def race_walks(surface: str, racers: dict[str, Optimizer], start: Point, steps: int) -> "dict[str, Walk]":
    """`descend`, remembered for each racer: only who hasn't walked so before is computed, all of these at once."""
    from core.descent.walk import descend

    known = _walks()
    keys = {name: (surface, optimizer.model_dump_json(), start, steps) for name, optimizer in racers.items()}
    new = [name for name, key in keys.items() if key not in known]
    walks = {name: known[key] for name, key in keys.items() if name not in new}
    if new:
        walks |= zip(new, descend(SURFACES[surface], [racers[name] for name in new], start, steps), strict=True)
        if len(known) > 1_000:
            known.clear()
        known.update({keys[name]: walks[name] for name in new})
    return {name: walks[name] for name in racers}


@st.cache_resource(show_spinner=False)
def _walks() -> "dict[tuple[str, str, Point, int], Walk]":
    """All walks of races that are remembered. A walk can't be changed, so everybody may share it."""
    return {}


@st.cache_data(max_entries=100, show_spinner=False)
def hello_ground(value: float, window: tuple[Range, Range]) -> "Grid":
    """Hello world's bowl for this input, over weight and bias."""
    from core.descent.walk import grid

    return grid(hello_world_loss(value), window)


@st.cache_data(max_entries=100, show_spinner=False)
def race_ground(surface: str) -> "Grid":
    """A surface of the race over its window."""
    from core.descent.walk import grid

    return grid(SURFACES[surface].height, SURFACES[surface].window)


@st.cache_data(max_entries=1_000, show_spinner=False)
def hello_curvature(value: float) -> float:
    """How sharply hello world's bowl bends, which is the same everywhere in it."""
    from core.descent.walk import curvature

    return curvature(hello_world_loss(value), (0.0, 0.0))


@st.cache_data(max_entries=100, show_spinner=False)
def race_curvature(surface: str) -> float:
    """How sharply a surface bends at its lowest point."""
    from core.descent.walk import curvature

    return curvature(SURFACES[surface].height, SURFACES[surface].minima[0])


# --- settings -----------------------------------------------------------------------------------------------------


def knob(settings: type[Settings], name: str, low: float, high: float, value: float, step: float) -> float:
    """A slider for a setting, with the setting's own name and help. The link keeps it."""
    return st.slider(
        setting_title(settings, name),
        low,
        high,
        value,
        step,
        key=name,
        bind="query-params",
        help=setting_help(settings, name),
    )


def setting_title(settings: type[Settings], name: str) -> str:
    """What a setting is called."""
    return _(settings.model_fields[name].title or name)


def setting_help(settings: type[Settings], name: str) -> str:
    """The help beside a setting."""
    return _(settings.model_fields[name].description or name)


# --- the film -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Axis:
    """Title and range of an axis. Where `log`, the range and what is drawn are powers of ten."""

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
    """Who walks: the name, and the look of its track."""

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
    """The film with its controls: Play, Step, Reset and a slider. It begins with the whole walk on the screen."""
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
    """What a panel needs to draw contour lines at these levels."""
    heights = [clean(row) for row in ground.heights]
    return {"x": clean(ground.xs), "y": clean(ground.ys), "z": heights, "levels": clean(levels)}


def deep_panel(title: str, x: Axis, y: Axis, ground: "Grid", walks: Iterable["Walk"]) -> Panel:
    """The surface from the side, with the walks on it."""
    tracks = [track(*zip(*walk.points, strict=True)) | {"z": clean(walk.losses)} for walk in walks]
    return Panel(title, x, y, tracks, grid=contours(ground, []), deep=True)


def track(xs: Iterable[float | None], ys: Iterable[float | None]) -> dict[str, Sequence[float | None]]:
    """One walker's way through a panel."""
    return {"x": clean(xs), "y": clean(ys)}


def between(edges: Range, count: int = 41) -> list[float]:
    """`count` numbers from edge to edge."""
    return [edges[0] + (edges[1] - edges[0]) * index / (count - 1) for index in range(count)]


def clean(values: Iterable[float | None]) -> list[float | None]:
    """Numbers as short JSON, which knows neither infinity nor NaN. What is far off any picture is left out, too."""
    return [float(f"{value:.5g}") if value is not None and abs(value) < 1e12 else None for value in values]


_player = st.components.v2.component(
    "classroom_descent",
    html="""
<div class="player">
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
    js=plotly_asset.loader(HERE),
)
