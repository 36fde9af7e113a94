"""The page Runs, several at once: one chart, and only the settings that differ."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import pandas as pd
import streamlit as st

from core.data.catalog import info
from core.errors import ClassroomError, RunError
from core.figures.runs import Overlaid, overlay, smooth
from core.messages import N_, Message
from core.runs.comparison import Curve, Over, What, curve, different_settings
from core.runs.run import Run
from pages.components.shell import labels
from pages.components.shell.engine import store
from pages.components.shell.formats import count, duration, moment, percent
from pages.components.shell.i18n import _, translate
from pages.components.shell.layout import heading, show_error
from pages.components.shell.links import RUN, RUNS_PAGE, back_to_all

TICK_SECONDS = 2.0
WHAT: dict[What, str] = {
    "loss": N_("Training loss"),
    "val_loss": N_("Validation loss"),
    "val_accuracy": N_("Accuracy"),
}
Y_TITLES: dict[What, str] = {
    "loss": N_("training loss"),
    "val_loss": N_("validation loss"),
    "val_accuracy": N_("validation accuracy"),
}
OVER: dict[Over, str] = {"step": N_("Step"), "epoch": N_("Epoch"), "time": N_("Time")}
X_TITLES: dict[Over, str] = {"step": N_("step"), "epoch": N_("epoch"), "time": N_("seconds of training")}


def compare_view(run_ids: Sequence[str]) -> None:
    """The whole view. While a run goes on, the chart is drawn anew now and then."""
    back_to_all()
    heading(_("Compare runs"), "Accuracy", "Epoch", "Loss", "Step", "Validation", "Weights")
    runs = _found(run_ids)
    if not runs:
        return
    active = any(not run.ended for run in runs)
    st.fragment(_chart, run_every=TICK_SECONDS if active else None)([run.id for run in runs], active)
    st.subheader(_("What came out"), anchor=False)
    _outcomes(runs)
    st.subheader(_("Settings that differ"), anchor=False)
    _differences(runs)


def _found(run_ids: Sequence[str]) -> list[Run]:
    """The runs that exist; says which don't."""
    runs = []
    for run_id in run_ids:
        try:
            runs.append(store().get(run_id))
        except RunError as error:
            show_error(error)
    return runs


def _chart(run_ids: Sequence[str], was_active: bool) -> None:
    runs = _found(run_ids)
    if not runs:
        return
    what, over, log, share = _choices()
    curves = [_smoothed(curve(store(), run, what, over), share if what == "loss" else 0.0) for run in runs]
    drawn = [Overlaid(name, found.xs, found.ys, found.best) for name, found in zip(_names(runs), curves, strict=True)]
    if not any(found.xs for found in curves):
        st.info(_("Nothing was measured yet."), icon=":material/hourglass_empty:")
    else:
        figure = overlay(
            drawn,
            _(X_TITLES[over]),
            _(Y_TITLES[what]),
            _("best epoch"),
            log=log,
            percent=what == "val_accuracy",
        )
        st.plotly_chart(figure, key="overlay", alt=_("Curves of all chosen runs"))
        st.caption(_("The large sign on each curve is its best epoch."))
    if was_active and all(run.ended for run in runs):
        st.rerun()


def _choices() -> tuple[What, Over, bool, float]:
    """What is drawn over what. The link keeps it, by names that are the same in every language."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        what: What = st.segmented_control(
            _("Curve"),
            list(WHAT),
            default=_of_link("what", WHAT, "loss"),
            required=True,
            format_func=lambda one: _(WHAT[one]),
            key="curve",
        )
        over: Over = st.segmented_control(
            _("Over"),
            list(OVER),
            default=_of_link("over", OVER, "step"),
            required=True,
            format_func=lambda one: _(OVER[one]),
            key="scale",
        )
        log = st.toggle(
            _("Logarithmic"),
            key="log",
            bind="query-params",
            help=_("Equal factors are equally far apart: small losses become visible."),
        )
        share = st.slider(
            _("Smoothing"),
            0.0,
            0.99,
            0.9,
            key="smoothing",
            bind="query-params",
            width=150,
            disabled=what != "loss",
            help=_("Share of the running average that stays at each point. 0 shows the loss of every step as it is."),
        )
    for name, chosen, usual in (("what", what, "loss"), ("over", over, "step")):
        if st.query_params.get(name, usual) != chosen:
            st.query_params[name] = chosen
    return what, over, log, share


Name = TypeVar("Name", bound=str)


def _of_link(name: str, options: Mapping[Name, str], usual: Name) -> Name:
    """What the link says, if it is one of the options."""
    return next((option for option in options if option == st.query_params.get(name)), usual)


def _smoothed(found: Curve, share: float) -> Curve:
    """The curve smoothed, its best epoch on it."""
    ys = smooth(found.ys, share)
    if found.best is None:
        return Curve(found.xs, ys, None)
    at = found.xs.index(found.best[0])
    return Curve(found.xs, ys, (found.best[0], ys[at]))


def _names(runs: Sequence[Run]) -> list[str]:
    """Names that tell the runs apart: with the time where two are the same."""
    names = labels.distinct({run.id: run.name for run in runs}, {run.id: moment(run.queued_at) for run in runs})
    return list(names.values())


def _outcomes(runs: Sequence[Run]) -> None:
    """One row a run, and the way to each."""
    rows = [
        {
            _("State"): _(labels.STATES[run.state][0]),
            _("Best accuracy"): percent(run.best_val_accuracy) if run.best_val_accuracy is not None else "–",
            _("Best epoch"): _("{best} of {epoch}", best=run.best_epoch or "–", epoch=run.epoch),
            _("Training time"): duration(run.seconds),
            _("Weights that learn"): _learning(run),
        }
        for run in runs
    ]
    st.table(pd.DataFrame(rows, index=_names(runs)))
    with st.container(horizontal=True, vertical_alignment="center"):
        for run, name in zip(runs, _names(runs), strict=True):
            st.page_link(RUNS_PAGE, label=name.replace("[", "\\["), query_params={RUN: run.id})


def _learning(run: Run) -> str:
    """How many weights learn; unknown where the images, and so the classes, are gone."""
    from core.models.network import summarise  # torch is imported only where it is needed
    from core.training.memory import learning_parameters

    try:
        summary = summarise(run.config, len(info(run.config.data.dataset).classes))
        return count(learning_parameters(run.config, summary))
    except ClassroomError:
        return "–"


def _differences(runs: Sequence[Run]) -> None:
    try:
        found = different_settings([run.config for run in runs])
    except ClassroomError as error:  # a setting that this version no longer knows
        show_error(error)
        return
    if not found:
        st.caption(_("All settings are the same."))
        return
    rows = {_title(path): [_value(path, value) for value in values] for path, values in found.items()}
    st.table(pd.DataFrame.from_dict(rows, orient="index", columns=_names(runs)))


def _title(path: str) -> str:
    return _(TITLES[path]) if path in TITLES else path


# Where the last part of a setting's path doesn't say enough.
TITLES = {
    "model.layers": N_("Layers"),
    "optimizer.name": N_("Optimizer"),
    "optimizer.lr": N_("Learning rate"),
    "optimizer.momentum": N_("Momentum"),
    "optimizer.weight_decay": N_("Weight decay"),
    "scheduler.name": N_("Schedule"),
    "data.dataset": N_("Data set"),
    "data.image_size": N_("Image size"),
    "data.mean": N_("Mean"),
    "data.std": N_("Standard deviation"),
    "data.split_seed": N_("Seed of the split"),
    "optimizer.nesterov": N_("Nesterov"),
    "data.validation_fraction": N_("Share for validation"),
    "epochs": N_("Epochs"),
    "batch_size": N_("Batch size"),
    "loss": N_("Loss"),
    "seed": N_("Seed"),
    "shuffle": N_("Shuffle"),
    "early_stopping": N_("Stop early after"),
    "precision": N_("Number format"),
    "model.name": N_("Network"),
    "transfer.weights": N_("Starting weights"),
    "transfer.trains": N_("What trains"),
    "transfer.views": N_("Versions of each image"),
}


def _value(path: str, value: object) -> str:
    """A value as a reader knows it."""
    match value:
        case None:
            text = "–"
        case bool():
            text = _("yes") if value else _("no")
        case float():
            text = f"{value:g}"
        case list() if path == "model.layers":
            text = " → ".join(_layer(layer) for layer in value)
        case list():
            text = ", ".join(f"{part:g}" if isinstance(part, float) else str(part) for part in value)
        case _:
            known = labels.OPTIMIZERS | labels.SCHEDULERS | labels.LOSSES
            text = translate(Message(known[value])) if value in known else str(value)
    return text


def _layer(layer: dict[str, object]) -> str:
    size = next((str(layer[name]) for name in ("out_features", "out_channels", "p") if name in layer), "")
    return f"{labels.LAYERS.get(str(layer['kind']), str(layer['kind']))} {size}".strip()
