"""A run that never ends. Its points follow from the clock, so that every tab and every server sees the same."""

import math
import os
import time
from collections.abc import Mapping

import streamlit as st

from pages.components.widgets.live_chart import ChartSpec, Curve, Mark, live_chart, training, validation

BEGAN = float(os.environ["BEGAN"])  # seconds since 1970
RATE = 20.0  # points that become visible a second
EVERY = 10  # training points for each validation point

SPEC = ChartSpec(
    traces=(training("Training"), validation("Validation <b>set</b>")),
    x_title="Step",
    y_title="Loss",
    title="Loss by step",
    description="Loss of training and validation by step",
)


def points_between(first: int, last: int, grid: int) -> list[Curve]:
    """Points number `first` to `last`, `grid` steps apart."""
    steps = range(first * grid, last * grid, grid)
    ends = steps[(-1 - first) % EVERY :: EVERY]
    return [(steps, [loss(step) for step in steps]), (ends, [loss(step) * 1.1 for step in ends])]


def loss(step: int) -> float:
    return 2.3 * math.exp(-step / 3000) + 0.05 * math.sin(step)


def watch(asked: Mapping[str, str], stream: str, *, hold: bool = False) -> None:
    """The chart. `asked["past"]` points exist at the beginning, `asked["grid"]` steps apart; none with `hold`."""
    past, grid = int(asked.get("past", "0")), int(asked.get("grid", "1"))

    @st.fragment(run_every=0.2)
    def tick() -> None:
        elapsed = time.time() - BEGAN
        last = 0 if hold else past + int(elapsed * RATE)
        best = Mark(grid * (last // 20) * 10, 1.0, f"best: epoch {last // 20}")
        live_chart(
            SPEC,
            lambda cursor: (points_between(cursor or 0, last, grid), last),
            stream=f"{stream}/{past}/{grid}",
            key="loss",
            marks=[best] if last else [],
        )

    tick()
