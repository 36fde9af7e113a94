"""What the page Data looks at: a data set with its settings, kept in the address and in this session."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from core.config import DataConfig, RunConfig, read_setting, with_settings
from core.data import catalog
from core.errors import ConfigError
from core.recipes import recipe
from pages.components.shell.i18n import _
from pages.components.shell.images import dataset_titles
from pages.components.shell.layout import show_error
from pages.components.shell.links import FIRST_RECIPE, is_data_setting, link_to_data

_KEY = "classroom.data.view"
TAB = "tab"  # the key of the page's tabs, and their name in the address


@dataclass
class View:
    """What is looked at. `generation` is part of every widget's key, as in `state.Draft`."""

    config: RunConfig
    generation: int = 0
    link: dict[str, str] = field(default_factory=dict)

    @property
    def dataset(self) -> str:
        """The name of the data set."""
        return self.config.data.dataset

    def key(self, name: str) -> str:
        """The key of a widget that shows a setting."""
        return f"data-{self.generation}-{name}"


def current_view() -> View:
    """This session's, or the one that the address describes."""
    wanted = {name: value for name, value in st.query_params.to_dict().items() if is_data_setting(name)}
    kept: View | None = st.session_state.get(_KEY)
    if kept and wanted in ({}, kept.link):
        return kept
    # With its link from now on: what is chosen while the page still appears interrupts this run before its end.
    view = View(_described(wanted), kept.generation + 1 if kept else 0, wanted)
    st.session_state[_KEY] = view
    return view


def _described(wanted: Mapping[str, str]) -> RunConfig:
    base = recipe(FIRST_RECIPE).config
    try:
        return with_settings(base, dict(read_setting(f"{path}={value}") for path, value in wanted.items()))
    except ConfigError as error:
        show_error(error)
        return base


def rewrite_link(view: View) -> None:
    """Make the address describe the view, and leave what the widgets put there themselves."""
    view.link = link_to_data(view.config)
    for name in [name for name in st.query_params if is_data_setting(name) and name not in view.link]:
        del st.query_params[name]
    for name, value in view.link.items():
        if st.query_params.get(name) != value:
            st.query_params[name] = value


def change(view: View, data: DataConfig, *, tab: str | None = None) -> None:
    """Look at other data, from a callback or before a rerun. The widgets are made anew; `tab` is opened."""
    st.session_state[_KEY] = View(view.config.model_copy(update={"data": data}), view.generation + 1, view.link)
    for name in [name for name in st.query_params if is_data_setting(name)]:
        del st.query_params[name]  # else the old address would win over the new view
    if tab is not None:
        st.session_state[_KEY + ".tab"] = tab


def open_wanted_tab() -> None:
    """Open the tab that `change` asked for. To be called before the tabs are made."""
    if tab := st.session_state.pop(_KEY + ".tab", None):
        st.session_state[TAB] = tab


def choose_dataset(view: View) -> None:
    """The menu of data sets: those that everybody has, and what this browser imported."""
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
        help=_("Built-in images for the lessons, and those that you brought with this browser."),
    )
