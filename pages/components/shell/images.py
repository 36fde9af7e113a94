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

UNASKED_BYTES = 50_000_000  # what another size of a built-in data set may take before somebody must ask for it


def dataset_titles(current: str) -> dict[str, str]:
    """Name → title of the data sets for a menu: built-in ones, those of this browser, and `current`."""
    found = {one.name: one.title for one in stored.listed(identity.owner())}
    if stored.is_name(current):
        found.pop(stored.base_name(current), None)
        found = {current: title_of(current)} | found
    elif current not in catalog.DATASETS:
        found[current] = current
    return distinct({name: known.title for name, known in catalog.DATASETS.items()} | found)


def title_of(name: str) -> str:
    """What this browser calls a data set: own images as it did at the import, or as the owner of the link does."""
    if not stored.is_name(name):
        return _(catalog.info(name).title)
    try:
        title = stored.title_of(name, identity.owner(), access.keys())
    except DataError:
        return name
    return title if name == stored.base_name(name) else _("{title}, cleaned", title=title)


def images_of(config: DataConfig) -> "ImageData":
    """The prepared images of a configuration. Raises DataError, also where this browser may not see them."""
    from core.data import datasets

    access.check_images(config.dataset)
    if catalog.has_points(config):
        return datasets.load(config)  # drawn in a moment
    return mapped(datasets.what_decides(config))


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={DataConfig: DataConfig.model_dump_json})
def mapped(config: DataConfig) -> "ImageData":
    """A prepared data set, shared by all visitors. Read-only."""
    from core.data import datasets

    return datasets.load(config)


def _question(config: DataConfig) -> str | None:
    """What somebody must want before it is done: a download, or much room on the disk. None where it costs little."""
    from core.data import datasets

    info, size = catalog.info(config.dataset), catalog.full_size(config)
    if info.download_bytes and not datasets.ready(config.model_copy(update={"image_size": None})):
        return _(
            "These images aren't prepared yet. They are downloaded unless they are here: {size} MB.",
            size=info.download_megabytes,
        )
    needed = size * size * info.channels * sum(info.splits.values())
    if size > info.size and (stored.is_name(config.dataset) or needed > UNASKED_BYTES):
        return _(
            "The images aren't prepared at {size} pixels yet. That takes {megabytes} MB on the server.",
            size=size,
            megabytes=max(1, round(needed / 1e6)),
        )
    return None


def prepare_images(config: DataConfig) -> bool:
    """Prepare images with progress; returns whether they are there.

    What costs much starts only at a click: a download, and a larger size than the set has by itself, which anybody
    could write into a link.
    """
    from core.data import datasets

    if datasets.ready(config):
        return True
    question = st.empty()
    if asked := _question(config):
        with question.container():
            st.info(asked)
            if not st.button(_("Prepare the images"), icon=":material/download:", key="get"):
                return False
    question.empty()
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
