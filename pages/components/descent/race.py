"""The page Gradient descent, tab Race: its settings, its film and its results."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from core.config import Optimizer
from core.descent.hello_world import RACERS
from core.descent.stability import describe, limit, outcome, short
from core.descent.surfaces import SURFACES, Point
from pages.components.descent.walks import race_curvature, race_ground
from pages.components.shell.i18n import _, translate
from pages.components.widgets.film import TRAIN_COLOR, Axis, Film, Panel, Walker, contours, deep_panel, track
from pages.components.widgets.setting import setting_help

if TYPE_CHECKING:  # importing torch takes two seconds: not before the page is on the screen
    from core.descent.walk import Walk

# Optimizer → colour and mark. Readable on light and dark; orange is reserved for validation.
LOOKS: dict[str, tuple[str, str]] = {
    "sgd": (TRAIN_COLOR, "circle"),
    "momentum": ("#2a9d6f", "square"),
    "nesterov": ("#9b5de5", "triangle"),
    "adam": ("#d1495b", "diamond"),
    "adamw": ("#7a8793", "down"),
    "adadelta": ("#b07d0f", "bar"),
    "rmsprop": ("#0e93a0", "beam"),
}

LOWEST = 1e-6  # smaller losses are drawn at this height


@dataclass(frozen=True)
class Race:
    """Optimizers, their surface, their start and their number of steps."""

    surface: str
    racers: dict[str, Optimizer]
    start: Point
    steps: int


def choose_race() -> Race:
    """The widgets for a race. The link keeps their values."""
    surface = st.selectbox(
        _("Surface"),
        list(SURFACES),
        index=list(SURFACES).index("valley"),
        format_func=lambda name: _(SURFACES[name].title),
        key="surface",
        bind="query-params",
    )
    place = SURFACES[surface]
    st.caption(f"{_(place.description)} ${place.formula}$")
    names = st.multiselect(
        _("Optimizers"),
        list(RACERS),
        default=["sgd", "momentum", "adam", "rmsprop"],
        format_func=lambda name: RACERS[name][0],
        key="racers",
        bind="query-params",
        placeholder=_("Choose optimizers"),
    )
    with st.expander(_("Learning rates")):
        racers = {name: _choose_racer(surface, name) for name in names}
    steps = st.slider(_("Number of steps"), 10, 100, 100, 10, key="race_steps", bind="query-params")
    return Race(surface, racers, _choose_start(surface), steps)


def _choose_start(surface: str) -> Point:
    """The start of all optimizers. Each surface has its own default, so each has its own sliders."""
    place = SURFACES[surface]
    x, y = (
        st.slider(
            _("Start: {axis}", axis=_(axis)),
            low,
            high,
            value,
            0.05,
            key=f"{surface}_{name}",
            bind="query-params",
        )
        for name, axis, (low, high), value in zip("xy", place.axes, place.window, place.start, strict=True)
    )
    return x, y


def _choose_racer(surface: str, name: str) -> Optimizer:
    """An optimizer with the learning rate that the reader chose for this surface."""
    label, settings = RACERS[name]
    rate = st.number_input(
        label,
        0.0001,
        10.0,
        float(SURFACES[surface].rates[name]),
        format="%.4g",
        key=f"{surface}_{name}_lr",
        bind="query-params",
        help=setting_help(type(settings), "lr"),
    )
    return settings.model_copy(update={"lr": rate})


def race_film(surface: str, walks: "dict[str, Walk]") -> Film:
    """The race in three panels: the surface from above and from the side, and the losses by step."""
    ground, place = race_ground(surface), SURFACES[surface]
    steps = max(len(walk.losses) for walk in walks.values()) - 1
    floor = place.height(*place.minima[0])
    highest = max(max(row) for row in ground.heights) - floor
    above = {
        name: [math.log10(max(loss - floor, LOWEST)) if math.isfinite(loss) else None for loss in walk.losses]
        for name, walk in walks.items()
    }
    x, y = (Axis(_(axis), edges) for axis, edges in zip(place.axes, place.window, strict=True))

    def root(loss: float) -> float:
        return math.sqrt(max(loss - floor, 0.0)) if math.isfinite(loss) else math.inf

    panels = [
        Panel(
            title=_("From above"),
            x=x,
            y=y,
            tracks=[track(*zip(*walk.points, strict=True)) for walk in walks.values()],
            spots=place.minima if place.pointed else (),
            grid=contours(ground, [floor + highest * (share / 14) ** 3 for share in range(2, 14)]),
        ),
        # Square roots, because the valley's walls are so high that its floor would look flat.
        deep_panel(
            _("From the side (height: √loss). Drag to turn it."),
            x,
            y,
            replace(ground, heights=tuple(tuple(root(value) for value in row) for row in ground.heights)),
            [replace(walk, losses=tuple(root(loss) for loss in walk.losses)) for walk in walks.values()],
        ),
        Panel(
            title=_("Loss above the lowest point"),
            x=Axis(_("step"), (0.0, 1.02 * steps)),
            y=Axis(_("loss"), (math.log10(LOWEST), math.ceil(math.log10(highest) + 0.5)), log=True),
            tracks=[track(range(steps + 1), line) for line in above.values()],
        ),
    ]
    readout = [_("Step {step} of {steps}", step=step, steps=steps) for step in range(steps + 1)]
    return Film(readout, [Walker(RACERS[name][0], *LOOKS[name]) for name in walks], panels)


def results_table(race: Race, walks: "dict[str, Walk]") -> None:
    """A row for each optimizer: result, final loss, learning rate and its limit."""
    place = SURFACES[race.surface]
    curvature = race_curvature(race.surface)
    st.dataframe(
        [
            {
                _("Optimizer"): RACERS[name][0],
                _("Result"): translate(describe(outcome(place, walk), len(place.minima))),
                _("Final loss"): short(walk.losses[-1]),
                _("Learning rate"): f"{race.racers[name].lr:g}",
                _("Limit of the learning rate"): short(highest)
                if (highest := limit(race.racers[name], curvature))
                else "–",
            }
            for name, walk in walks.items()
        ],
        hide_index=True,
    )
    st.caption(
        _(
            "Below the limit, SGD can settle at the lowest point of this surface, where the curvature λ is "
            "{curvature}. On the way there the surface may bend more sharply. The other optimizers have no fixed "
            "limit.",
            curvature=short(curvature),
        )
    )
