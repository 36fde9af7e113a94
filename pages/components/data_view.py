"""What the page Data looks at: a data set with its settings, kept in the address and in this session."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from core.config import DataConfig, RunConfig, read_setting, with_settings
from core.data import catalog, stored
from core.errors import ClassroomError, ConfigError, DataError
from core.recipes import recipe
from pages.components import identity
from pages.components.labels import distinct
from pages.components.layout import show_error
from pages.components.links import FIRST_RECIPE, settings_link
from pages.components.words import _, translate

if TYPE_CHECKING:  # importing torch takes two seconds: not before the page is on the screen
    from core.data.datasets import ImageData

_KEY = "classroom.data.view"
TAB = "tab"  # the key of the page's tabs, and their name in the address
# What makes a batch of these images; other settings of a run don't matter here.
_SHARED = ("batch_size", "seed")


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
    wanted = {name: value for name, value in st.query_params.to_dict().items() if _is_ours(name)}
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


def _is_ours(name: str) -> bool:
    return name.startswith("data.") or name in _SHARED


def link_to_data(config: RunConfig) -> dict[str, str]:
    """The query of a Data page that looks at the images of this run."""
    link = settings_link(FIRST_RECIPE, config)
    return {name: value for name, value in link.items() if _is_ours(name)}


def rewrite_link(view: View) -> None:
    """Make the address describe the view, and leave what the widgets put there themselves."""
    view.link = link_to_data(view.config)
    for name in [name for name in st.query_params if _is_ours(name) and name not in view.link]:
        del st.query_params[name]
    for name, value in view.link.items():
        if st.query_params.get(name) != value:
            st.query_params[name] = value


def change(view: View, data: DataConfig, *, tab: str | None = None) -> None:
    """Look at other data, from a callback or before a rerun. The widgets are made anew; `tab` is opened."""
    st.session_state[_KEY] = View(view.config.model_copy(update={"data": data}), view.generation + 1, view.link)
    for name in [name for name in st.query_params if _is_ours(name)]:
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


def dataset_titles(current: str) -> dict[str, str]:
    """What everybody has, what this browser imported, and the set in use, by name: titles, fit for `_`."""
    found = {one.name: one.title for one in stored.listed(identity.owner())}
    if stored.is_name(current):
        found.pop(stored.base_name(current), None)
        found = {current: _title_of(current)} | found
    elif current not in catalog.DATASETS:
        found[current] = current
    own = {name: title.replace("{", "{{").replace("}", "}}") for name, title in found.items()}
    return distinct({name: known.title for name, known in catalog.DATASETS.items()} | own)


def _title_of(name: str) -> str:
    try:
        title = catalog.info(name).title
    except DataError:
        return name
    return title if name == stored.base_name(name) else _("{title}, cleaned", title=title)


@st.cache_resource(max_entries=8, show_spinner=False)
def opened(dataset: str, image_size: int | None, fraction: float, split_seed: int) -> "ImageData":
    """A prepared data set, mapped once for everybody. It is read, never changed."""
    from core.data import datasets

    return datasets.load(
        DataConfig(dataset=dataset, image_size=image_size, validation_fraction=fraction, split_seed=split_seed)
    )


def data_of(view: View) -> "ImageData":
    """The view's images. Raises DataError."""
    data = view.config.data
    return opened(data.dataset, data.image_size, data.validation_fraction, data.split_seed)


def prepared(view: View) -> bool:
    """See to it that the images are there, with progress; a download starts only when it is asked for."""
    from core.data import datasets

    config = view.config.data
    if datasets.ready(config):
        return True
    info = catalog.info(config.dataset)
    if info.download_bytes and not datasets.ready(config.model_copy(update={"image_size": None})):
        st.info(
            _(
                "These images aren't prepared yet. They are downloaded unless they are here: {size} MB.",
                size=info.download_megabytes,
            )
        )
        if not st.button(_("Get them"), icon=":material/download:", key="get"):
            return False
    bar = st.progress(0.0, _("Preparing"))
    try:
        for progress in datasets.prepare(config):
            bar.progress(progress.fraction or 0.0, translate(progress.message))
    except ClassroomError as error:
        show_error(error)
        return False
    finally:
        bar.empty()
    return True
