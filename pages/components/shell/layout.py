"""The parts that all pages share: set-up, menu, title and errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from core.config import title_of
from core.errors import ClassroomError, ConfigError, Problem
from core.messages import Message
from pages.components.shell import identity, uploads
from pages.components.shell.classroom import class_line
from pages.components.shell.glossary import words_on_this_page
from pages.components.shell.i18n import _, escaped, plural, said
from pages.components.shell.leaving import leave_button
from pages.components.shell.menu import menu
from pages.components.shell.queue import lost_databases, queue

MOST_PROBLEMS = 5  # told at once

# Our own file, because Streamlit loads its icons for the browser's tab from the internet.
_ICON = Path(__file__).with_name("icon.svg").read_text(encoding="utf-8")
# Keys of containers that `style.css` puts elsewhere on a phone.
ABOVE_ON_PHONES = "above-on-phones"  # above the picture that they stand beside; one on the screen
LAST_ON_PHONES = "last-on-phones"  # at the end of the page


def begin(title: str, *, wide: bool = True, takes_uploads: bool = False) -> None:
    """Set up the page: title of the browser's tab, menu. Call it first, with the translated title."""
    st.set_page_config(
        page_title=f"{title} · Torch Classroom",
        page_icon=_ICON,
        layout="wide" if wide else "centered",
        initial_sidebar_state="auto",
    )
    uploads.bound()
    uploads.leave(title)
    with st.sidebar:
        menu()
        leave_button()
        identity.remember()  # it shows nothing; above the title it would push that down
        if takes_uploads:
            uploads.watch()
    queue()
    uploads.show_refusal()
    class_line()
    for name in lost_databases():
        st.warning(
            _("The list of runs was damaged. It is kept as {file}, and a new list has begun.", file=escaped(name)),
            icon=":material/database_off:",
        )


def page_title(title: str, *terms: str) -> None:
    """The page's title, already translated, with the glossary's terms that stand on the page."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.title(title, anchor=False, width="content")
        if terms:
            words_on_this_page(*terms)


def show_error(error: ClassroomError) -> None:
    """Show an error. A ConfigError shows one sentence for each problem."""
    if isinstance(error, ConfigError):
        for problem in error.problems[:MOST_PROBLEMS]:
            st.error(said(_by_title(problem)), icon=":material/error:")
        if (more := len(error.problems) - MOST_PROBLEMS) > 0:
            st.caption(plural("And one problem more.", "And {number} problems more.", more))
    else:
        st.error(said(error.message), icon=":material/error:")


def _by_title(problem: Problem) -> Message:
    """A problem with its setting's title, where it has one, in place of the path."""
    message, title = problem.message, title_of(problem.where)
    if title is None or message.values.get("name") != problem.where:
        return message
    return Message(message.template, {**message.values, "name": Message(title)})


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show the project's own errors. Other exceptions are bugs and go to the log with their traceback."""
    try:
        yield
    except ClassroomError as error:
        show_error(error)
