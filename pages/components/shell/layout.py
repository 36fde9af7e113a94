"""What every page begins with: title, menu, and the one way an error is shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from core.config import title_of
from core.errors import ClassroomError, ConfigError, Problem
from core.messages import Message
from pages.components.shell import failures, identity
from pages.components.shell.engine import engine
from pages.components.shell.i18n import plural, said
from pages.components.shell.menu import menu

MOST_PROBLEMS = 5  # told at once

# A file of our own: Streamlit's icons for the browser's tab come from the internet.
_ICON = Path(__file__).with_name("icon.svg").read_text(encoding="utf-8")
# Keys of containers that `style.css` puts elsewhere on a phone.
ABOVE_ON_PHONES = "above-on-phones"  # above the picture that they stand beside; one on the screen
LAST_ON_PHONES = "last-on-phones"  # at the end of the page
_STYLE = f"<style>{Path(__file__).with_name('style.css').read_text(encoding='utf-8')}</style>"


def begin(title: str, *, wide: bool = True) -> None:
    """Set up the page: browser title, menu. Call it first, once, with the title already translated."""
    st.set_page_config(
        page_title=f"{title} · Torch Classroom",
        page_icon=_ICON,
        layout="wide" if wide else "centered",
        initial_sidebar_state="auto",
    )
    st.html(_STYLE)
    failures.install()
    with st.sidebar:
        menu()
        identity.remember()  # it shows nothing; above the title it would push that down
    engine()


def show_error(error: ClassroomError) -> None:
    """One sentence for each thing that is wrong."""
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
    """Show the project's own errors as sentences. Anything else is a bug and goes to the log with its trace."""
    try:
        yield
    except ClassroomError as error:
        show_error(error)
