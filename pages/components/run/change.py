"""A run that follows another one: what was changed, and what came of it, in one line."""

import streamlit as st

from core.config import RunConfig, with_settings
from core.messages import N_
from core.runs.run import Run
from core.runs.state import State
from pages.components.run.differences import changes
from pages.components.shell import access, address, identity
from pages.components.shell.formats import percent
from pages.components.shell.i18n import _, escaped
from pages.components.shell.layout import errors_shown
from pages.components.shell.links import COMPARE, RUN
from pages.components.shell.queue import queue, store

WORDS = {"better": N_("Better"), "same": N_("About the same"), "worse": N_("Worse")}
CLOSE = 0.005  # of validation accuracy: a difference that another seed makes, too
_CHOICE = 30  # runs to compare with


def before(run: Run) -> Run | None:
    """The run that this one follows, if it is still there and this browser may see it."""
    earlier = store().find(run.follows) if run.follows else None
    return earlier if earlier and access.opens(earlier) else None


def change_line(run: Run) -> None:
    """What was changed since the run before, and what came of it."""
    earlier = before(run)
    if earlier is None:
        return
    changed = changes(earlier.config, run.config) or _("Nothing was changed.")
    st.markdown(f"{changed}  \n{outcome(earlier, run)}")


def outcome(earlier: Run, run: Run) -> str:
    """The accuracies of both, and the expectation beside what happened."""
    if earlier.best_val_accuracy is None or run.best_val_accuracy is None or not run.ended:
        return _("The grey curves are those of **{name}**.", name=escaped(earlier.name))
    accuracies = _(
        "Best validation accuracy {before} → {after}.",
        before=percent(earlier.best_val_accuracy),
        after=percent(run.best_val_accuracy),
    )
    if run.expected not in WORDS:
        return accuracies
    expected, came = _(WORDS[run.expected]), _(WORDS[came_out(earlier.best_val_accuracy, run.best_val_accuracy)])
    return f"{accuracies} " + _("You expected: {expected}. It came out: {came}.", expected=expected, came=came)


def came_out(earlier: float, later: float) -> str:
    """How a best accuracy compares with an earlier one, as one of EXPECTATIONS."""
    if abs(later - earlier) <= CLOSE:
        return "same"
    return "better" if later > earlier else "worse"


def another_seed(run: Run) -> None:
    """The button that trains the same once more, with the next seed."""
    if not st.button(
        _("Again with another seed"),
        icon=":material/casino:",
        help=_("The same settings, other random numbers: shows how much of a result is chance."),
        width="stretch",
    ):
        return
    with errors_shown():
        config: RunConfig = with_settings(run.config, {"seed": run.config.seed + 1})
        name = f"{run.name.split(' · ')[0]} · {_('Seed')} {config.seed}"
        new = store().create(
            config, owner=identity.owner(), name=name, recipe=run.recipe, follows=run.id, origin=identity.origin()
        )
        queue().wake()
        address.go(address.TRAIN_PAGE, {RUN: new})


def compare_with(run: Run) -> None:
    """A menu of other runs, to lay one over this."""
    earlier = before(run)
    recent = [
        *([earlier] if earlier else []),
        *store().recent(_CHOICE, owner=identity.owner()),
        *store().recent(_CHOICE, viewer=identity.owner()),
    ]
    others = {one.id: one for one in recent if one.id != run.id and one.state != State.QUEUED}
    if not others:
        return
    with st.popover(_("Compare with …"), icon=":material/stacked_line_chart:"):
        chosen = st.selectbox(_("Run"), list(others), format_func=lambda one: _label(others[one]), key="compare-with")
        if st.button(_("Compare"), type="primary", key="compare-button") and chosen:
            address.go(address.RUNS_PAGE, {COMPARE: f"{chosen},{run.id}"})


def _label(run: Run) -> str:
    accuracy = "–" if run.best_val_accuracy is None else percent(run.best_val_accuracy)
    return f"{run.name} · {accuracy}"
