"""The menu in the sidebar: the pages in their order. On a phone `index_page.py` keeps it out of the way."""

import streamlit as st

from core import environment
from core.messages import N_
from pages.components.shell import address, state
from pages.components.shell.i18n import _, language, languages

# File and label of each page, in the menu's order. Adding a page is one line.
MENU = {
    address.HOME_PAGE: N_("Home"),
    address.DATA_PAGE: N_("Data"),
    address.TRAIN_PAGE: N_("Train"),
    address.RUNS_PAGE: N_("Runs"),
    address.ACTIVATIONS_PAGE: N_("Activations"),
    address.PREDICT_PAGE: N_("Predict"),
    address.DESCENT_PAGE: N_("Gradient descent"),
    address.CLASS_PAGE: N_("Class"),
}


def shown() -> list[tuple[str, str]]:
    """File and label of each page that this server has."""
    return [entry for entry in MENU.items() if entry[0] != address.CLASS_PAGE or environment.classes() != "off"]


def menu() -> None:
    """Draw the menu where the sidebar is being filled."""
    st.markdown("**Torch Classroom**")
    for file, label in shown():
        st.page_link(file, label=_(label))
    if len(languages()) > 1:
        _choose_language()


def _choose_language() -> None:
    """A menu of languages, shown once there is more than one."""
    options = languages()
    chosen = st.selectbox(_("Language"), options, index=options.index(language()))
    if chosen != language():
        state.choose_language(chosen)
        st.rerun()
