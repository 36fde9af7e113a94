"""Work that a process of its own does for the page Runs, with its progress."""

import streamlit as st

from core.runs.tasks import Desk, Status, Task
from pages.components.shell import identity
from pages.components.shell.i18n import _, translate

TICK_SECONDS = 0.3


@st.cache_resource(show_spinner=False)
def desk() -> Desk:
    """The one desk of this server."""
    return Desk()


def wait_for(task: Task) -> None:
    """Have it done, showing how far it is. When it is done the page runs again; when it fails, it says why."""
    visitor = identity.owner()
    status = desk().status(task, visitor)
    if status and status.state == "failed":
        st.error(translate(status.message), icon=":material/error:")
        if not st.button(_("Try again"), icon=":material/refresh:", key=f"again-{task.name}"):
            return
    desk().ask(task, visitor)
    st.fragment(_watch, run_every=TICK_SECONDS)(task, visitor)


def _watch(task: Task, visitor: str) -> None:
    status = desk().status(task, visitor)  # which also tells that the visitor is still there
    if status is None or status.state in ("done", "failed"):
        st.rerun()
    _bar(status)


def _bar(status: Status) -> None:
    st.progress(status.fraction or 0.0, translate(status.message))
