"""The menu in the sidebar: the pages in their order, and on a phone out of the way as soon as one is chosen."""

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

# On a phone the open sidebar covers the page. Streamlit closes it only after links of its own menu, and opens it again
# at the next visit where it was left open.
_CLOSE = """
const PHONE = 768; // CSS pixels, as in Streamlit
const close = () => {
    const button = "[data-testid=stSidebar][data-collapsed=false] [data-testid=stSidebarCollapseButton] button";
    if (innerWidth <= PHONE) document.querySelector(button)?.click();
};
let watching = false;
export default function () {
    if (watching) return;
    watching = true;
    close();
    document.addEventListener("click", (event) => {
        if (event.target.closest?.("[data-testid=stSidebar] a")) setTimeout(close);
    });
}
"""
_close = st.components.v2.component("classroom_menu", js=_CLOSE)


def menu() -> None:
    """Draw the menu where the sidebar is being filled."""
    st.markdown("**Torch Classroom**")
    for file, label in MENU.items():
        if file != address.CLASS_PAGE or environment.classes() != "off":
            st.page_link(file, label=_(label))
    if len(languages()) > 1:
        _choose_language()
    _close(key="menu")


def _choose_language() -> None:
    """A menu of languages, shown once there is more than one."""
    options = languages()
    chosen = st.selectbox(_("Language"), options, index=options.index(language()))
    if chosen != language():
        state.choose_language(chosen)
        st.rerun()
