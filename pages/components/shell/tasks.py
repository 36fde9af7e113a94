"""Runs tasks in the background and shows their progress."""

import streamlit as st

from core.runs.tasks import Status, Task, TaskRunner
from pages.components.shell import identity
from pages.components.shell.i18n import _, translate

TICK_SECONDS = 0.3


@st.cache_resource(show_spinner=False)
def task_runner() -> TaskRunner:
    """The task runner of this server."""
    return TaskRunner()


def wait_for(task: Task) -> None:
    """Run a task and show its progress. When it is done, the page is drawn again. If it fails, shows the error."""
    visitor = identity.owner()
    status = task_runner().status(task, visitor)
    if status and status.state == "failed":
        st.error(translate(status.message), icon=":material/error:")
        if not st.button(_("Try again"), icon=":material/refresh:", key=f"again-{task.name}"):
            return
    task_runner().submit(task, visitor)
    st.fragment(_watch, run_every=TICK_SECONDS)(task, visitor)


def _watch(task: Task, visitor: str) -> None:
    status = task_runner().status(task, visitor)  # which also tells that the visitor is still there
    if status is None or status.state in ("done", "failed"):
        st.rerun()
    _bar(status)


def _bar(status: Status) -> None:
    st.progress(status.fraction or 0.0, translate(status.message))
