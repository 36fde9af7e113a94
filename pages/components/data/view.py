"""The data set and the settings that the page Data shows, kept in the address and in the session."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from core.config import DataConfig, RunConfig
from core.config.links import from_link
from core.data import catalog
from core.errors import ConfigError, DataError
from core.recipes import recipe
from pages.components.shell import access, address, classroom
from pages.components.shell.i18n import _
from pages.components.shell.images import dataset_titles
from pages.components.shell.layout import show_error
from pages.components.shell.links import FIRST_RECIPE, is_data_setting, link_to_data

_KEY = "classroom.data.view"
TAB = "tab"  # key of the tabs, and so their name in the address


@dataclass
class View:
    """The settings on display. `generation` is part of every widget's key, as in `state.Draft`."""

    config: RunConfig
    generation: int = 0
    link: dict[str, str] = field(default_factory=dict)

    @property
    def dataset(self) -> str:
        """The name of the data set."""
        return self.config.data.dataset

    def key(self, name: str) -> str:
        """The key of the widget for a setting."""
        return f"data-{self.generation}-{name}"


def current_view() -> View:
    """The session's view, or a new one if the address has other settings."""
    in_address = address.settings(is_data_setting)
    kept: View | None = st.session_state.get(_KEY)
    if kept and in_address in ({}, kept.link):
        kept.config = classroom.with_board(kept.config)
        return kept
    # The link is stored now: a widget changed while the page still loads interrupts this run before `update_link`.
    view = View(classroom.with_board(_from_address(in_address)), kept.generation + 1 if kept else 0, in_address)
    st.session_state[_KEY] = view
    return view


def _from_address(settings: Mapping[str, str]) -> RunConfig:
    """The first recipe with those of the settings that are allowed, and an error for the others."""
    base = recipe(FIRST_RECIPE).config
    arrived = from_link(base, settings)
    if arrived.problems:
        show_error(ConfigError(arrived.problems))
    try:
        access.check_images(arrived.config.data.dataset)
        return arrived.config
    except DataError as error:
        show_error(error)
        return base


def update_link(view: View) -> None:
    """Write the view's settings into the address; parameters that widgets are bound to stay."""
    view.link = link_to_data(view.config)
    for name in address.settings(lambda name: is_data_setting(name) and name not in view.link):
        address.put(name, "")
    for name, value in view.link.items():
        address.put(name, value)
    access.keep_in_address(access.key_of_images(view.dataset))


def change(view: View, data: DataConfig, *, tab: str | None = None) -> None:
    """Show other data with new widgets, and open `tab`. For callbacks, or before a rerun."""
    st.session_state[_KEY] = View(view.config.model_copy(update={"data": data}), view.generation + 1, view.link)
    for name in address.settings(is_data_setting):
        address.put(name, "")  # otherwise the old address would override the new view
    if tab is not None:
        st.session_state[_KEY + ".tab"] = tab


def open_requested_tab() -> None:
    """Open the tab that `change` requested. Call it before the tabs are created."""
    if tab := st.session_state.pop(_KEY + ".tab", None):
        st.session_state[TAB] = tab


def choose_dataset(view: View) -> None:
    """The menu of data sets: the built-in ones and those that this browser imported."""
    options = dataset_titles(view.dataset)

    def choose() -> None:
        change(view, catalog.usual(st.session_state[key]))

    key = view.key("dataset")
    st.selectbox(
        _("Data set"),
        list(options),
        index=list(options).index(view.dataset),
        format_func=lambda name: _(options[name]),
        key=key,
        on_change=choose,
        help=_("The built-in data sets, and those that you imported in this browser."),
    )
