"""The page Activations, tab Training: the same network with other activations, trained side by side."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import pandas as pd
import streamlit as st

from core.config.variants import GOAL, Outcome, verdict
from core.figures.inside import variant_look
from core.runs import history
from core.runs.run import Run
from core.training.records import EpochRecord
from pages.components.activations.experiment import (
    Variant,
    all_ended,
    choose_plan,
    compared,
    heading,
    shown_comparison,
    start_button,
)
from pages.components.shell import identity
from pages.components.shell.engine import engine
from pages.components.shell.formats import duration, percent
from pages.components.shell.i18n import _, translate
from pages.components.shell.labels import STATES
from pages.components.shell.layout import errors_shown
from pages.components.widgets.live_chart import ChartSpec, Curve, Trace, live_chart

TICK_SECONDS = 0.5
_SYMBOLS = ("circle", "diamond", "square", "cross")


def training_tab() -> None:
    """The whole tab."""
    st.markdown(
        _("Is another function better? Train the same network with each of them, change nothing else, and look.")
    )
    start_button(choose_plan())
    comparison = shown_comparison()
    if comparison is None:
        st.info(_("Press Train: the curves of all networks grow here, in one chart. The digits take seconds."))
        return
    ended = all_ended(compared(comparison))
    live = st.fragment(_live, run_every=None if ended else TICK_SECONDS)
    live(comparison, ended)


@errors_shown()
def _live(comparison: str, was_over: bool) -> None:
    found = compared(comparison)
    heading(found)
    left, right = st.columns(2, gap="large")
    with left:
        _chart(found, comparison, "accuracy", _("Validation accuracy by epoch"), lambda record: record.val_accuracy)
    with right:
        _chart(found, comparison, "loss", _("Training loss by epoch"), lambda record: record.train_loss)
    arrived = history.epochs_to(engine().store.database, [variant.run.id for variant in found], GOAL)
    _table(found, arrived)
    over = all_ended(found)
    if over:
        _say_verdict(found, arrived)
    else:
        _stop_button([variant.run for variant in found])
    _links(found)
    if over and not was_over:
        st.rerun()  # the whole page, once, so that it stops ticking


def _chart(
    found: Sequence[Variant], comparison: str, key: str, title: str, value: Callable[[EpochRecord], float]
) -> None:
    """One curve a variant, in the colours and dashes of the charts of the functions."""
    database = engine().store.database

    def points_since(cursor: tuple[int, ...] | None) -> tuple[Sequence[Curve], tuple[int, ...]]:
        known = cursor or (0,) * len(found)
        new = [
            history.epoch_records(database, variant.run.id, epoch) for variant, epoch in zip(found, known, strict=True)
        ]
        curves = [([record.epoch for record in records], [value(record) for record in records]) for records in new]
        ends = [records[-1].epoch if records else epoch for records, epoch in zip(new, known, strict=True)]
        return curves, tuple(ends)

    accuracy = key == "accuracy"
    spec = ChartSpec(
        title=title,
        traces=tuple(_trace(variant, place) for place, variant in enumerate(found)),
        x_title=_("epoch"),
        y_title=_("accuracy") if accuracy else _("loss"),
        y_format=".1%" if accuracy else None,
        y_limits=(0, 1) if accuracy else None,
        height=340,
    )
    # Another attempt begins at its checkpoint: the chart starts over. The first one draws nothing twice.
    attempts = "/".join(str(max(1, variant.run.attempt)) for variant in found)
    live_chart(spec, points_since, stream=f"{comparison}/{attempts}", key=key)


def _trace(variant: Variant, place: int) -> Trace:
    colour, dash = variant_look(variant.key)
    # Plotly knows more dashes than the other live charts need.
    return Trace(variant.name, colour, cast(Any, dash), "lines+markers", symbol=_symbol(place))


def _symbol(place: int) -> Any:
    return _SYMBOLS[place % len(_SYMBOLS)]


def _table(found: Sequence[Variant], arrived: dict[str, int]) -> None:
    """One row a variant, the best accuracy in bold."""
    best = max((variant.run.best_val_accuracy or 0 for variant in found), default=0)
    rows = []
    for variant in found:
        run = variant.run
        accuracy = percent(run.best_val_accuracy) if run.best_val_accuracy is not None else "–"
        rows.append(
            {
                _("Function"): variant.name,
                _("State"): _state(run),
                _("Best accuracy"): f"**{accuracy}**" if best and run.best_val_accuracy == best else accuracy,
                _("in epoch"): str(run.best_epoch or "–"),
                _("Epochs to {goal} %", goal=f"{100 * GOAL:.0f}"): str(arrived.get(run.id, "–")),
                _("Time"): duration(run.seconds),
            }
        )
    st.table(pd.DataFrame(rows).set_index(_("Function")), alt=_("How well and how fast each function did"))
    st.caption(
        _(
            "Accuracy on validation images. Time is spent in training alone, without waiting in line; it also depends "
            "on what else the machine does."
        )
    )


def _state(run: Run) -> str:
    word, icon, _color = STATES[run.state]
    text = f"{icon} {_(word)}"
    return f"{text} {run.epoch}/{run.config.epochs}" if run.active else text


def _say_verdict(found: Sequence[Variant], arrived: dict[str, int]) -> None:
    outcomes = [
        Outcome(variant.name, variant.run.best_val_accuracy, arrived.get(variant.run.id))
        for variant in found
        if variant.run.best_val_accuracy is not None
    ]
    for sentence in verdict(outcomes, found[0].run.config.epochs):
        st.markdown(f"- {translate(sentence)}")


def _stop_button(runs: Sequence[Run]) -> None:
    """For whoever started them."""
    mine = [run for run in runs if run.owner == identity.owner() and not run.ended]
    if not mine:
        return
    stopping = all(run.stop_requested_at is not None for run in mine)
    st.button(
        _("Stopping…") if stopping else _("Stop all"),
        key="stop",
        icon=":material/stop:",
        disabled=stopping,
        on_click=_stop,
        args=([run.id for run in mine],),
    )


def _stop(run_ids: Sequence[str]) -> None:
    with errors_shown():
        for run_id in run_ids:
            engine().store.request_stop(run_id, owner=identity.owner())


def _links(found: Sequence[Variant]) -> None:
    """The runs one by one, with their settings and code."""
    with st.container(horizontal=True):
        for variant in found:
            st.page_link(
                "pages/2_Train.py",
                label=_("Open {name}", name=variant.name),
                icon=":material/open_in_new:",
                query_params={"run": variant.run.id},
                help=_("This run alone, with every step, its settings and its code."),
            )
