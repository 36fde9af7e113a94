"""The race on the page Gradient descent: who, where and how fast, its film and its results."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from core.config import Optimizer
from core.descent.lesson import RACERS
from core.descent.stability import limit, outcome, short, tell
from core.descent.surfaces import SURFACES, Point
from pages.components.descent.knobs import setting_help
from pages.components.descent.walks import race_curvature, race_ground
from pages.components.shell.i18n import _, translate
from pages.components.widgets.film import TRAIN_COLOR, Axis, Film, Panel, Walker, contours, deep_panel, track

if TYPE_CHECKING:  # importing torch takes two seconds: not before the page is on the screen
    from core.descent.walk import Walk

# Racer → colour and mark. Readable on white and on dark; validation's orange stays free.
LOOKS: dict[str, tuple[str, str]] = {
    "sgd": (TRAIN_COLOR, "circle"),
    "momentum": ("#2a9d6f", "square"),
    "nesterov": ("#9b5de5", "triangle"),
    "adam": ("#d1495b", "diamond"),
    "adamw": ("#7a8793", "down"),
    "adadelta": ("#b07d0f", "bar"),
    "rmsprop": ("#0e93a0", "beam"),
}


LEAST = 1e-6  # losses below are drawn there: who is this close has arrived


@dataclass(frozen=True)
class Race:
    """Who races where, from where, and how long."""

    surface: str
    racers: dict[str, Optimizer]
    start: Point
    steps: int


def choose_race() -> Race:
    """The surface, the racers with their learning rates, the start and the number of steps."""
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
        _("Racers"),
        list(RACERS),
        default=["sgd", "momentum", "adam", "rmsprop"],
        format_func=lambda name: RACERS[name][0],
        key="racers",
        bind="query-params",
        placeholder=_("Choose some optimizers"),
    )
    with st.expander(_("Learning rates")):
        racers = {name: _choose_racer(surface, name) for name in names}
    steps = st.slider(_("Steps of the race"), 10, 100, 100, 10, key="race_steps", bind="query-params")
    return Race(surface, racers, _choose_place(surface), steps)


def _choose_place(surface: str) -> Point:
    """Where everybody starts. Each surface has a start of its own, so each has its own knobs."""
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
    """A race from above and from the side, and its losses over the steps."""
    ground, place = race_ground(surface), SURFACES[surface]
    steps = max(len(walk.losses) for walk in walks.values()) - 1
    floor = place.height(*place.minima[0])
    highest = max(max(row) for row in ground.heights) - floor
    above = {
        name: [math.log10(max(loss - floor, LEAST)) if math.isfinite(loss) else None for loss in walk.losses]
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
        # Square roots, or the valley's walls would leave nothing of its floor to see.
        deep_panel(
            _("From the side, height as square root. Drag to turn it."),
            x,
            y,
            replace(ground, heights=tuple(tuple(root(value) for value in row) for row in ground.heights)),
            [replace(walk, losses=tuple(root(loss) for loss in walk.losses)) for walk in walks.values()],
        ),
        Panel(
            title=_("Loss above the lowest point"),
            x=Axis(_("step"), (0.0, 1.02 * steps)),
            y=Axis(_("loss"), (math.log10(LEAST), math.ceil(math.log10(highest) + 0.5)), log=True),
            tracks=[track(range(steps + 1), line) for line in above.values()],
        ),
    ]
    readout = [_("Step {step} of {steps}", step=step, steps=steps) for step in range(steps + 1)]
    return Film(readout, [Walker(RACERS[name][0], *LOOKS[name]) for name in walks], panels)


def show_results(race: Race, walks: "dict[str, Walk]") -> None:
    """A row for each racer: its learning rate, where its loss ended and what became of it."""
    place = SURFACES[race.surface]
    bend = race_curvature(race.surface)
    st.dataframe(
        [
            {
                _("Racer"): RACERS[name][0],
                _("What became of it"): translate(tell(outcome(place, walk), len(place.minima))),
                _("Loss at the end"): short(walk.losses[-1]),
                _("Learning rate"): f"{race.racers[name].lr:g}",
                _("Limit"): short(highest) if (highest := limit(race.racers[name], bend)) else "–",
            }
            for name, walk in walks.items()
        ],
        hide_index=True,
    )
    st.caption(
        _(
            "Limit: the highest learning rate with which SGD can settle at this surface's lowest point, where λ = "
            "{curvature}. On the way there the ground may bend more sharply still. The other optimizers have no fixed "
            "limit.",
            curvature=short(bend),
        )
    )
