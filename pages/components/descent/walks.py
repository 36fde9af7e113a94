"""Cached walks and surfaces: each is computed once for all visitors."""

import sys
from typing import TYPE_CHECKING

import streamlit as st

from core.config import Optimizer
from core.descent.hello_world import HelloWorld
from core.descent.surfaces import SURFACES, Point, Range, hello_world_loss
from pages.components.shell.i18n import _

if TYPE_CHECKING:  # importing torch takes two seconds: not before the page is on the screen
    from core.descent.walk import Grid, HelloWalk, Walk


def load_torch() -> None:
    """Import torch, with a spinner for the two seconds that it takes."""
    if "core.descent.walk" not in sys.modules:
        with st.spinner(_("Starting PyTorch. This takes a few seconds the first time.")):
            import core.descent.walk  # noqa: F401


@st.cache_data(max_entries=1_000, show_spinner=False)
def hello_walk(settings: HelloWorld) -> "HelloWalk":
    """`hello_world`, cached."""
    from core.descent.walk import hello_world

    return hello_world(settings)


def race_walks(surface: str, racers: dict[str, Optimizer], start: Point, steps: int) -> "dict[str, Walk]":
    """`descend`, cached for each racer; walks that are new are computed in one batch."""
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
    """All cached walks of races. Walks are immutable, so all visitors share them."""
    return {}


@st.cache_data(max_entries=100, show_spinner=False)
def hello_ground(value: float, window: tuple[Range, Range]) -> "Grid":
    """The loss of hello world with this input, over weight and bias."""
    from core.descent.walk import grid

    return grid(hello_world_loss(value), window)


@st.cache_data(max_entries=100, show_spinner=False)
def race_ground(surface: str) -> "Grid":
    """The heights of a race's surface over its window."""
    from core.descent.walk import grid

    return grid(SURFACES[surface].height, SURFACES[surface].window)


@st.cache_data(max_entries=1_000, show_spinner=False)
def hello_curvature(value: float) -> float:
    """The largest curvature of hello world's bowl, which is the same everywhere."""
    from core.descent.walk import curvature

    return curvature(hello_world_loss(value), (0.0, 0.0))


@st.cache_data(max_entries=100, show_spinner=False)
def race_curvature(surface: str) -> float:
    """The largest curvature of a surface at its lowest point."""
    from core.descent.walk import curvature

    return curvature(SURFACES[surface].height, SURFACES[surface].minima[0])
