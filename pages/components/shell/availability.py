"""Whether a lesson's images are here, said before anybody waits for them, and what else there is."""

import streamlit as st

from core.data.builtin.availability import availability
from core.data.catalog import DATASETS
from core.recipes import Recipe, Sample
from pages.components.shell import address
from pages.components.shell.formats import percent
from pages.components.shell.i18n import _


def instead(lesson: Recipe) -> dict[str, str]:
    """What a link to a lesson asks for besides: its sample, where the whole set isn't to be had."""
    if lesson.sample and availability(lesson.config.data.dataset) == "unavailable":
        return {"data.dataset": lesson.sample.dataset}
    return {}


def availability_badge(lesson: Recipe) -> None:
    """On a lesson's card: ready, needs a download, or not to be had."""
    dataset = lesson.config.data.dataset
    match availability(dataset):
        case "ready":
            st.badge(_("ready"), icon=":material/check:", color="green")
        case "unavailable" if lesson.sample:
            st.badge(_("ready, with a tenth of the images"), icon=":material/check:", color="green")
        case "download":
            size = DATASETS[dataset].download_megabytes
            st.badge(_("needs {size} MB once", size=size), icon=":material/download:", color="blue")
        case "unavailable":
            st.badge(_("not to be had here"), icon=":material/cloud_off:", color="orange")


def availability_note(dataset: str, recipe: Recipe) -> None:
    """Beside the button Train: what it waits for, and the way to what comes with the app."""
    state = availability(dataset)
    if state == "ready":
        if recipe.sample and dataset == recipe.sample.dataset:
            expected = percent(recipe.sample.accuracy)
            st.caption(_("A tenth of the recipe's images. Expect about {accuracy}.", accuracy=expected))
        return
    title = _(DATASETS[dataset].title)
    if state == "download":
        size = DATASETS[dataset].download_megabytes
        st.caption(_("{title} is downloaded first: {size} MB, once.", title=title, size=size))
    else:
        st.warning(_("{title} isn't on this server and can't be downloaded now.", title=title))
    if recipe.sample and dataset == recipe.config.data.dataset:
        _offer(recipe.name, recipe.sample)


def _offer(name: str, sample: Sample) -> None:
    """The lesson on its sample, in one click."""
    if st.button(
        _("Take the tenth that comes with the app"),
        icon=":material/bolt:",
        width="stretch",
        help=_("7,000 images instead of 70,000. Expect about {accuracy}.", accuracy=percent(sample.accuracy)),
    ):
        address.go(address.TRAIN_PAGE, {"recipe": name, "data.dataset": sample.dataset})
