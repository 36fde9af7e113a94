"""The parts that all pages share: set-up, menu, title and errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from core.errors import ClassroomError, ConfigError
from core.messages import N_
from pages.components.shell import identity, state, uploads
from pages.components.shell.engine import engine
from pages.components.shell.glossary import words_on_this_page
from pages.components.shell.i18n import _, language, languages, translate

# File and label of each page, in the menu's order. Adding a page is one line.
MENU = {
    "streamlit_app.py": N_("Home"),
    "pages/1_Data.py": N_("Data"),
    "pages/2_Train.py": N_("Train"),
    "pages/3_Runs.py": N_("Runs"),
    "pages/4_Activations.py": N_("Activations"),
    "pages/5_Predict.py": N_("Predict"),
    "pages/6_Gradient_Descent.py": N_("Gradient descent"),
}


# A file of our own: Streamlit's icons for the browser's tab come from the internet.
_ICON = Path(__file__).with_name("icon.svg").read_text(encoding="utf-8")
# Streamlit leaves a hand's breadth above the title, which a chart needs more. On a phone its bar covers 60 pixels.
_STYLE = """<style>
.stMainBlockContainer { padding-top: 3rem; padding-bottom: 3rem; }
@media (max-width: 768px) { .stMainBlockContainer { padding-top: 4.5rem; } }
</style>"""


def begin(title: str, *, wide: bool = True) -> None:
    """Set up the page: browser title, menu. Call it first, once, with the title already translated."""
    st.set_page_config(
        page_title=f"{title} · Torch Classroom",
        page_icon=_ICON,
        layout="wide" if wide else "centered",
        initial_sidebar_state="auto",
    )
    st.html(_STYLE)
    identity.remember()
    uploads.bound()
    uploads.leave(title)
    engine()
    with st.sidebar:
        st.markdown("**Torch Classroom**")
        for file, label in MENU.items():
            st.page_link(file, label=_(label))
        if len(languages()) > 1:
            _choose_language()


def heading(title: str, *terms: str) -> None:
    """The page's title, already translated, with the glossary's terms that stand on the page."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.title(title, anchor=False, width="content")
        words_on_this_page(*terms)


def _choose_language() -> None:
    """A menu of languages, shown once there is more than one."""
    options = languages()
    chosen = st.selectbox(_("Language"), options, index=options.index(language()))
    if chosen != language():
        state.choose_language(chosen)
        st.rerun()


def show_error(error: ClassroomError) -> None:
    """One sentence for each thing that is wrong."""
    if isinstance(error, ConfigError):
        for problem in error.problems:
            st.error(translate(problem.message), icon=":material/error:")
    else:
        st.error(translate(error.message), icon=":material/error:")


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show the project's own errors as sentences. Anything else is a bug and goes to the log with its trace."""
    try:
        yield
    except ClassroomError as error:
        show_error(error)
