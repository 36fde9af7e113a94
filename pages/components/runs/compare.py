"""The page Runs, comparison: curves on one chart, results, and settings that differ."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.data.catalog import info
from core.errors import ClassroomError, RunError
from core.figures.runs import Overlaid, learning_curve, overlay, smooth
from core.messages import N_
from core.recipes import recipes
from core.runs.comparison import Curve, Over, What, curve, different_settings
from core.runs.run import Run
from pages.components.run.differences import setting_title, setting_value, what_differs
from pages.components.run.thoughts import compared_view
from pages.components.shell import access, address, labels
from pages.components.shell.formats import count, duration, moment, percent
from pages.components.shell.i18n import _, escaped
from pages.components.shell.layout import page_title, show_error
from pages.components.shell.links import RUN, back_to_all
from pages.components.shell.queue import store
from pages.components.widgets.live_chart import mark_moment

TICK_SECONDS = 2.0
SEEDS = 3  # runs that make a band
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
    """The whole view. While a run trains, the chart is updated every few seconds."""
    back_to_all()
    page_title(_("Compare runs"), "Accuracy", "Epoch", "Loss", "Step", "Validation", "Weights")
    runs = _found(run_ids)
    if not runs:
        return
    active = any(not run.ended for run in runs)
    st.fragment(_chart, run_every=TICK_SECONDS if active else None)([run.id for run in runs], active)
    st.subheader(_("Results"), anchor=False)
    _outcomes(runs)
    st.subheader(_("Settings that differ"), anchor=False)
    _differences(runs)


def _found(run_ids: Sequence[str]) -> list[Run]:
    """The runs that exist. Shows an error for the others."""
    runs = []
    for run_id in run_ids:
        try:
            runs.append(access.run_of(run_id))
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
        st.info(_("There are no results yet."), icon=":material/hourglass_empty:")
    else:
        figure = overlay(
            drawn,
            _(X_TITLES[over]),
            _(Y_TITLES[what]),
            _("best epoch"),
            log=log,
            percent=what == "val_accuracy",
            whole=over == "epoch",
            band=_("range of the seeds") if _only_seeds_differ(runs) else None,
        )
        st.plotly_chart(figure, key="overlay", alt=_("Curves of all chosen runs"))
        mark_moment("overlay", over if over != "time" else None)
        st.caption(_("The large sign on each curve is its best epoch."))
        _learning_curve(runs)
        compared_view(runs, _names(runs))
    if was_active and all(run.ended for run in runs):
        st.rerun()


def _learning_curve(runs: Sequence[Run]) -> None:
    """Accuracy by images per class, where the runs differ in nothing else."""
    if _what_differs(runs) != {"data.per_class"}:
        return
    known = [(run.config.data.per_class, run.best_val_accuracy) for run in runs]
    points = sorted((number, accuracy) for number, accuracy in known if number and accuracy is not None)
    if len(points) < 2:
        return
    st.subheader(_("How many photos does it need?"), anchor=False)
    numbers, accuracies = zip(*points, strict=True)
    words = "; ".join(f"{number}: {percent(accuracy)}" for number, accuracy in points)
    st.plotly_chart(
        learning_curve(numbers, accuracies, _("images per class to learn from"), _("best validation accuracy")),
        key="learning-curve",
        alt=_("Best validation accuracy by images per class. {points}", points=words),
    )


def _choices() -> tuple[What, Over, bool, float]:
    """The menus for both axes. The link keeps the choice, by names that aren't translated."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        what: What = st.segmented_control(
            _("Curve"),
            list(WHAT),
            default=address.choice("what", WHAT, "loss"),
            required=True,
            format_func=lambda one: _(WHAT[one]),
            key="curve",
        )
        over: Over = st.segmented_control(
            _("Over"),
            list(OVER),
            default=address.choice("over", OVER, "step"),
            required=True,
            format_func=lambda one: _(OVER[one]),
            key="scale",
        )
        log = st.toggle(
            _("Logarithmic"),
            key="log",
            bind="query-params",
            help=_("A logarithmic axis shows small losses better."),
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
            help=_("How strongly to average neighbouring steps. 0 shows the loss of every single step."),
        )
    for name, chosen, usual in (("what", what, "loss"), ("over", over, "step")):
        address.put(name, chosen if chosen != usual else "")
    return what, over, log, share


def _smoothed(found: Curve, share: float) -> Curve:
    """The smoothed curve, with its best epoch."""
    ys = smooth(found.ys, share)
    if found.best is None:
        return Curve(found.xs, ys, None)
    at = found.xs.index(found.best[0])
    return Curve(found.xs, ys, (found.best[0], ys[at]))


def _names(runs: Sequence[Run]) -> list[str]:
    """Unique names: what differs for runs of one recipe, otherwise their names, and the time for equal ones."""
    differing = what_differs([run.config for run in runs])
    one_recipe = len({run.recipe for run in runs}) == 1
    names, hints = {}, {}
    for run, words in zip(runs, differing, strict=True):
        names[run.id] = words if words and one_recipe and _named_by_the_app(run) else run.name
        hints[run.id] = words or moment(run.queued_at)
    return list(labels.distinct(names, hints).values())


def _only_seeds_differ(runs: Sequence[Run]) -> bool:
    """Whether these are the same run several times, with other random numbers: then their range says what is chance."""
    return len(runs) >= SEEDS and _what_differs(runs) == {"seed"}


def _what_differs(runs: Sequence[Run]) -> set[str]:
    """The settings in which the runs differ, by dotted path."""
    try:
        return set(different_settings([run.config for run in runs]))
    except ClassroomError:  # a setting that this version no longer knows
        return set()


def _named_by_the_app(run: Run) -> bool:
    """Whether a run has its recipe's title for a name, and perhaps what was changed of it."""
    known = recipes().get(run.recipe or "")
    return known is not None and run.name.split(" · ")[0] in (known.title, _(known.title))


def _as_text(names: Sequence[str]) -> list[str]:
    """Names for where Streamlit reads Markdown, as in tables."""
    return [escaped(name) for name in names]


def _outcomes(runs: Sequence[Run]) -> None:
    """One row for each run, and links to the runs."""
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
    st.table(pd.DataFrame(rows, index=_as_text(_names(runs))))
    with st.container(horizontal=True, vertical_alignment="center"):
        for run, name in zip(runs, _as_text(_names(runs)), strict=True):
            st.page_link(address.TRAIN_PAGE, label=name, query_params={RUN: run.id})


def _learning(run: Run) -> str:
    """The number of weights that learn. Unknown if the images are gone."""
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
        st.caption(_("All settings are equal."))
        return
    rows = {setting_title(path): [setting_value(path, value) for value in values] for path, values in found.items()}
    st.table(pd.DataFrame.from_dict(rows, orient="index", columns=_as_text(_names(runs))))
