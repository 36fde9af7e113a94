"""The parts that all pages share: set-up, menu, title and errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from core.config import title_of
from core.errors import ClassroomError, ConfigError, Problem
from core.messages import N_, Message
from pages.components.shell import address, identity, state
from pages.components.shell.glossary import words_on_this_page
from pages.components.shell.i18n import _, escaped, language, languages, plural, said
from pages.components.shell.queue import lost_databases, queue

# File → label of each page, in the order of the menu.
MENU = {
    address.HOME_PAGE: N_("Home"),
    address.DATA_PAGE: N_("Data"),
    address.TRAIN_PAGE: N_("Train"),
    address.RUNS_PAGE: N_("Runs"),
    address.ACTIVATIONS_PAGE: N_("Activations"),
    address.PREDICT_PAGE: N_("Predict"),
    address.DESCENT_PAGE: N_("Gradient descent"),
}


MOST_PROBLEMS = 5  # told at once

# Our own file, because Streamlit loads its icons for the browser's tab from the internet.
_ICON = Path(__file__).with_name("icon.svg").read_text(encoding="utf-8")
# Streamlit leaves much space above the title, which charts can use. On a phone, its bar covers 60 pixels.
_STYLE = """<style>
.stMainBlockContainer { padding-top: 3rem; padding-bottom: 3rem; }
@media (max-width: 768px) { .stMainBlockContainer { padding-top: 4.5rem; } }
</style>"""


def begin(title: str, *, wide: bool = True) -> None:
    """Set up the page: title of the browser's tab, menu. Call it first, with the translated title."""
    st.set_page_config(
        page_title=f"{title} · Torch Classroom",
        page_icon=_ICON,
        layout="wide" if wide else "centered",
        initial_sidebar_state="auto",
    )
    st.html(_STYLE)
    identity.remember()
    queue()
    for name in lost_databases():
        st.warning(
            _("The list of runs was damaged. It is kept as {file}, and a new list has begun.", file=escaped(name)),
            icon=":material/database_off:",
        )
    with st.sidebar:
        st.markdown("**Torch Classroom**")
        for file, label in MENU.items():
            st.page_link(file, label=_(label))
        if len(languages()) > 1:
            _choose_language()


def page_title(title: str, *terms: str) -> None:
    """The page's title, already translated, with the glossary's terms that stand on the page."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.title(title, anchor=False, width="content")
        words_on_this_page(*terms)


def _choose_language() -> None:
    """The menu of languages."""
    options = languages()
    chosen = st.selectbox(_("Language"), options, index=options.index(language()))
    if chosen != language():
        state.choose_language(chosen)
        st.rerun()


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
