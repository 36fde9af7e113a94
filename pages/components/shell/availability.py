"""Whether a lesson's images are here, said before anybody waits for them, and what else there is."""

import streamlit as st

from core.config import RunConfig
from core.data.builtin import photo_sets
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
        case "unavailable":  # no photos, but one can take some
            st.badge(_("with photos of your own"), icon=":material/photo_camera:", color="blue")


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
        if dataset in photo_sets.TITLES:
            _offer_own_photos()
    if recipe.sample and dataset == recipe.config.data.dataset:
        _offer(recipe.name, recipe.sample)


def backbone_note(config: RunConfig, recipe: Recipe) -> None:
    """Which network a recipe takes where the tutorial's weights aren't on this server, and why."""
    if recipe.replaces is None or config.model != recipe.config.model:
        return
    from core.models.backbones import BACKBONES, megabytes  # torch is imported only where it is needed

    usual = BACKBONES[recipe.replaces].title
    st.caption(
        _(
            "The tutorial's network is {usual}. Its weights from ImageNet aren't on this server, so the recipe takes "
            "{network}, whose weights come with the app. To train {usual}, choose it under Network: its weights are "
            "downloaded once, {size} MB.",
            usual=usual,
            network=BACKBONES[config.model.name].title,
            size=megabytes(recipe.replaces),
        )
    )


def _offer_own_photos() -> None:
    """The camera and one's own images, where the photos of a lesson can't be had."""
    st.markdown(_("Take photos of two things that you have here instead. Twenty of each are enough."))
    with st.container(horizontal=True):
        for way, label, icon in (
            ("camera", _("Take photos"), ":material/photo_camera:"),
            ("zip", _("Import images"), ":material/upload:"),
        ):
            if st.button(label, icon=icon, key=f"own-{way}"):
                address.go(address.DATA_PAGE, {"tab": _("Bring your own"), "way": way})


def _offer(name: str, sample: Sample) -> None:
    """The lesson on its sample, in one click."""
    if st.button(
        _("Take the tenth that comes with the app"),
        icon=":material/bolt:",
        width="stretch",
        help=_("7,000 images instead of 70,000. Expect about {accuracy}.", accuracy=percent(sample.accuracy)),
    ):
        address.go(address.TRAIN_PAGE, {"recipe": name, "data.dataset": sample.dataset})
