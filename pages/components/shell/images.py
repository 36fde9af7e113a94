"""The images of a configuration: titles in menus, preparation, and the data shared by all visitors."""

from typing import TYPE_CHECKING

import streamlit as st

from core.config import DataConfig
from core.data import catalog
from core.data.own import stored
from core.errors import ClassroomError, DataError
from pages.components.shell import access, identity
from pages.components.shell.i18n import _, translate
from pages.components.shell.labels import distinct
from pages.components.shell.layout import show_error

if TYPE_CHECKING:  # importing torch takes two seconds: not before the page is on the screen
    from core.data.datasets import ImageData


def dataset_titles(current: str) -> dict[str, str]:
    """Name → title of the data sets for a menu: built-in ones, those of this browser, and `current`."""
    found = {one.name: one.title for one in stored.listed(identity.owner())}
    if stored.is_name(current):
        found.pop(stored.base_name(current), None)
        found = {current: _title_of(current)} | found
    elif current not in catalog.DATASETS:
        found[current] = current
    return distinct({name: known.title for name, known in catalog.DATASETS.items()} | found)


def _title_of(name: str) -> str:
    try:
        title = catalog.info(name).title
    except DataError:
        return name
    return title if name == stored.base_name(name) else _("{title}, cleaned", title=title)


def images_of(config: DataConfig) -> "ImageData":
    """The prepared images of a configuration. Raises DataError, also where this browser may not see them."""
    access.check_images(config.dataset)
    return mapped(config.dataset, config.image_size, config.validation_fraction, config.split_seed)


@st.cache_resource(max_entries=8, show_spinner=False)
def mapped(dataset: str, image_size: int | None, fraction: float, split_seed: int) -> "ImageData":
    """A prepared data set, shared by all visitors. Read-only."""
    from core.data import datasets

    return datasets.load(
        DataConfig(dataset=dataset, image_size=image_size, validation_fraction=fraction, split_seed=split_seed)
    )


def prepare_images(config: DataConfig) -> bool:
    """Prepare images and show the progress. Asks before a download. Returns whether the images are ready."""
    from core.data import datasets

    if datasets.ready(config):
        return True
    info = catalog.info(config.dataset)
    if info.download_bytes and not datasets.ready(config.model_copy(update={"image_size": None})):
        st.info(
            _(
                "The server doesn't have these images ready yet. It may have to download {size} MB.",
                size=info.download_megabytes,
            )
        )
        if not st.button(_("Prepare the images"), icon=":material/download:", key="get"):
            return False
    bar = st.progress(0.0, _("Preparing the images"))
    try:
        for progress in datasets.prepare(config):
            bar.progress(progress.fraction or 0.0, translate(progress.message))
    except ClassroomError as error:
        show_error(error)
        return False
    finally:
        bar.empty()
    return True
