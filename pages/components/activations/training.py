"""The page Activations, tab Training: one network trained with several activation functions."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import pandas as pd
import streamlit as st

from core.advice.thresholds import GOAL
from core.advice.verdict import Outcome, verdict
from core.figures.activations import activation_look
from core.runs import history
from core.runs.run import Run
from core.training.records import EpochRecord
from pages.components.activations.comparison import Variant, all_ended, comparison_in_link, heading, variants_of
from pages.components.activations.plan import choose_plan, start_button
from pages.components.shell import address, identity
from pages.components.shell.formats import duration, percent
from pages.components.shell.i18n import _, translate
from pages.components.shell.labels import STATES
from pages.components.shell.layout import errors_shown
from pages.components.shell.queue import queue
from pages.components.widgets.live_chart import ChartSpec, Curve, Trace, live_chart

TICK_SECONDS = 0.5
_SYMBOLS = ("circle", "diamond", "square", "cross")


def training_tab() -> None:
    """The whole tab."""
    st.markdown(_("Which function trains best? Train the same network with each of them and compare the curves."))
    start_button(choose_plan())
    comparison = comparison_in_link()
    if comparison is None:
        st.info(_("Press Train to see the curves of all networks here, in one chart. The digits take seconds."))
        return
    ended = all_ended(variants_of(comparison))
    live = st.fragment(_live, run_every=None if ended else TICK_SECONDS)
    live(comparison, ended)


@errors_shown()
def _live(comparison: str, had_ended: bool) -> None:
    variants = variants_of(comparison)
    heading(variants)
    left, right = st.columns(2, gap="large")
    with left:
        _chart(variants, comparison, "accuracy", _("Validation accuracy by epoch"), lambda record: record.val_accuracy)
    with right:
        _chart(variants, comparison, "loss", _("Training loss by epoch"), lambda record: record.train_loss)
    epochs_to_goal = history.epochs_to(queue().store.database, [variant.run.id for variant in variants], GOAL)
    _table(variants, epochs_to_goal)
    ended = all_ended(variants)
    if ended:
        _verdict(variants, epochs_to_goal)
    else:
        _stop_button([variant.run for variant in variants])
    _links(variants)
    if ended and not had_ended:
        st.rerun()  # the whole page, once, so that it stops ticking


def _chart(
    variants: Sequence[Variant], comparison: str, key: str, title: str, value: Callable[[EpochRecord], float]
) -> None:
    """A live chart with one curve for each variant, coloured like its function in the tab Shapes."""
    database = queue().store.database

    def points_since(cursor: tuple[int, ...] | None) -> tuple[Sequence[Curve], tuple[int, ...]]:
        known = cursor or (0,) * len(variants)
        new = [
            history.epoch_records(database, variant.run.id, epoch)
            for variant, epoch in zip(variants, known, strict=True)
        ]
        curves = [([record.epoch for record in records], [value(record) for record in records]) for records in new]
        ends = [records[-1].epoch if records else epoch for records, epoch in zip(new, known, strict=True)]
        return curves, tuple(ends)

    accuracy = key == "accuracy"
    spec = ChartSpec(
        title=title,
        traces=tuple(_trace(variant, place) for place, variant in enumerate(variants)),
        x_title=_("epoch"),
        x_whole=True,
        y_title=_("accuracy") if accuracy else _("loss"),
        percent=accuracy,
        y_limits=(0, 1) if accuracy else None,
        height=340,
    )
    # A later attempt repeats epochs since its checkpoint, so the chart starts anew with it.
    attempts = "/".join(str(max(1, variant.run.attempt)) for variant in variants)
    live_chart(spec, points_since, stream=f"{comparison}/{attempts}", key=key)


def _trace(variant: Variant, place: int) -> Trace:
    colour, dash = activation_look(variant.key)
    # Plotly has more dashes than the type `Trace` lists.
    return Trace(variant.name, colour, cast(Any, dash), "lines+markers", symbol=_symbol(place))


def _symbol(place: int) -> Any:
    return _SYMBOLS[place % len(_SYMBOLS)]


def _table(variants: Sequence[Variant], epochs_to_goal: dict[str, int]) -> None:
    """One row for each variant, the best accuracy in bold."""
    best = max((variant.run.best_val_accuracy or 0 for variant in variants), default=0)
    rows = []
    for variant in variants:
        run = variant.run
        accuracy = percent(run.best_val_accuracy) if run.best_val_accuracy is not None else "–"
        rows.append(
            {
                _("Function"): variant.name,
                _("State"): _state(run),
                _("Best accuracy"): f"**{accuracy}**" if best and run.best_val_accuracy == best else accuracy,
                _("Best epoch"): str(run.best_epoch or "–"),
                _("Epochs to {goal} %", goal=f"{100 * GOAL:.0f}"): str(epochs_to_goal.get(run.id, "–")),
                _("Time"): duration(run.seconds),
            }
        )
    st.table(pd.DataFrame(rows).set_index(_("Function")), alt=_("Accuracy and training time of each function"))
    st.caption(
        _(
            "Accuracy is that on the validation images. Time is the training time without the wait in the queue. It "
            "also depends on what else the server is doing."
        )
    )


def _state(run: Run) -> str:
    word, icon, _color = STATES[run.state]
    text = f"{icon} {_(word)}"
    return f"{text} {run.epoch}/{run.config.epochs}" if run.active else text


def _verdict(variants: Sequence[Variant], epochs_to_goal: dict[str, int]) -> None:
    outcomes = [
        Outcome(variant.name, variant.run.best_val_accuracy, epochs_to_goal.get(variant.run.id))
        for variant in variants
        if variant.run.best_val_accuracy is not None
    ]
    for sentence in verdict(outcomes, variants[0].run.config.epochs):
        st.markdown(f"- {translate(sentence)}")


def _stop_button(runs: Sequence[Run]) -> None:
    """Shown only to the owner of the runs."""
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
            queue().store.request_stop(run_id, owner=identity.owner())


def _links(variants: Sequence[Variant]) -> None:
    """A link to each run."""
    with st.container(horizontal=True):
        for variant in variants:
            st.page_link(
                address.TRAIN_PAGE,
                label=_("Open {name}", name=variant.name),
                icon=":material/open_in_new:",
                query_params={"run": variant.run.id},
                help=_("This run by itself, with all its steps, settings and code."),
            )
