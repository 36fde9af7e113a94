"""Three things to try in a lesson, ticked off by runs of one's own."""

import streamlit as st

from core.advice.tasks import TASKS, done
from core.errors import ClassroomError
from core.recipes import recipe
from core.runs.run import Run
from pages.components.run.facts import facts_of
from pages.components.shell import identity
from pages.components.shell.i18n import _
from pages.components.shell.queue import store

LOOKED_AT = 40  # of one's newest runs


def tasks_view(name: str) -> None:
    """The tasks of a lesson; nothing for one that has none."""
    tasks = TASKS.get(name, ())
    if not tasks:
        return
    ticked = _ticked(name)
    st.markdown(f"**{_('Try this')}**")
    for task, shown in zip(tasks, ticked, strict=True):
        icon = ":green[:material/check_circle:]" if shown else ":material/radio_button_unchecked:"
        word = f" *({_('done')})*" if shown else ""
        st.markdown(f"{icon} {_(task.text)}{word}")


def _ticked(name: str) -> list[bool]:
    """Which tasks a run of this visitor shows."""
    runs = store().recent(LOOKED_AT, owner=identity.owner())
    shown = [_done(run, run.id, run.attempt, str(run.state)) for run in runs if run.recipe == name and run.ended]
    return [any(one) for one in zip(*shown, strict=True)] if shown else [False] * len(TASKS[name])


@st.cache_data(max_entries=1_000, show_spinner=False)
def _done(_run: Run, run_id: str, attempt: int, state: str) -> tuple[bool, ...]:
    """What one run shows; all arguments but the first are the key under which that is remembered."""
    assert _run.recipe
    try:
        return done(_run.recipe, facts_of(_run), recipe(_run.recipe).config)
    except ClassroomError:  # of a run whose settings this version no longer knows
        return (False,) * len(TASKS[_run.recipe])
