"""The tab Transforms: one image after each transform, computed with the functions that training uses."""

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from core.config import Augmentation
from core.data import catalog
from pages.components.data.settings import apply
from pages.components.data.view import View
from pages.components.shell.i18n import _, translate
from pages.components.shell.images import images_of
from pages.components.widgets.image_grid import image_grid
from pages.components.widgets.setting import setting

if TYPE_CHECKING:
    from core.data.datasets import ImageData

TILE = 128  # CSS pixels


def transforms_tab(view: View) -> None:
    """The settings of augmentation and their effect on one image."""
    from core.data import preview

    if catalog.has_points(view.config.data):
        st.info(_("Points are used as they are. There are no pixels to resize, crop or turn."))
        return
    pictures, controls = st.columns([3, 1], gap="large")
    with controls:
        _augmentation_settings(view)
    with pictures:
        if catalog.problems(view.config.data):
            return
        data = images_of(view.config.data)
        position, seed = _choose_image(len(data.train))
        st.subheader(_("One training image, step by step"), anchor=False)
        steps = preview.step_by_step(view.config, data, position, seed)
        names = [translate(step.name) for step in steps]
        size = max(step.picture.shape[-1] for step in steps)
        frames = np.stack([_framed(step.picture.numpy(), size) for step in steps])
        image_grid(
            frames,
            [f"{number}. {name}" for number, name in enumerate(names, 1)],
            names,
            key="steps",
            tile=TILE,
            lines=3,
        )
        _random_variants(view, data, position, seed)
        _pipelines(view)


def _augmentation_settings(view: View) -> None:
    st.markdown(_("**Augmentation** changes training images at random. Change a setting to see its effect."))
    current = view.config.data.augmentation
    names = list(Augmentation.model_fields)
    if catalog.info(view.dataset).channels == 1:
        names.remove("saturation")  # grey images have none
    chosen: dict[str, Any] = {
        f"data.augmentation.{name}": setting(Augmentation, name, getattr(current, name), key=view.key(name))
        for name in names
    }
    apply(view, chosen)


def _choose_image(images: int) -> tuple[int, int]:
    """The position of a training image, and the seed of its random changes."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        position = st.number_input(
            _("Training image"),
            0,
            images - 1,
            min(st.session_state.get("image", 0), images - 1),
            key="image",
            width=160,
        )
        seed = st.number_input(
            _("Random seed"),
            0,
            1_000_000,
            key="draw",
            width=160,
            help=_("Each seed gives other random changes, as each epoch does."),
        )
    return int(position), int(seed)


def _random_variants(view: View, data: "ImageData", position: int, seed: int) -> None:
    """The image with eight random changes, as eight epochs might use it."""
    from core.data import preview

    st.subheader(_("The same image in eight epochs"), anchor=False)
    if not view.config.data.augmentation.any:
        st.caption(_("Augmentation is off, so every epoch gets the same image. Change a setting to see a difference."))
        return
    pictures = preview.random_draws(view.config, data, position, seed)
    captions = [_("epoch {number}", number=number) for number in range(1, len(pictures) + 1)]
    image_grid(pictures.numpy(), captions, captions, key="draws", tile=TILE)


def _pipelines(view: View) -> None:
    """The transforms of training and validation as two numbered lists."""
    from core.data import transforms

    config = view.config.data
    size = catalog.full_size(config)
    first = _("Resize to {size}×{size}, crop to a square", size=size)
    last = _(
        "Normalise: mean {mean}, standard deviation {std}",
        mean=", ".join(f"{value:g}" for value in config.mean),
        std=", ".join(f"{value:g}" for value in config.std),
    )
    columns = st.columns(2)
    both = ((_("Training"), transforms.training(config)), (_("Validation"), transforms.validation(config)))
    for column, (title, steps) in zip(columns, both, strict=True):
        names = [translate(step.name) for step in steps]
        start = [] if config.augmentation.crops and title == both[0][0] else [first]
        lines = [f"{number}. {name}" for number, name in enumerate([*start, *names, last], 1)]
        column.markdown(f"**{title}**\n\n" + "\n".join(lines))
    st.caption(_("Validation images are never changed at random, because they measure how good the network is."))


def _framed(picture: Any, size: int) -> Any:
    """A picture, uint8 [C, H, W], centred in a grey square of this size, so that smaller ones look smaller."""
    channels, height, width = picture.shape
    frame = np.full((channels, size, size), 128, np.uint8)
    top, left = (size - height) // 2, (size - width) // 2
    frame[:, top : top + height, left : left + width] = picture
    return frame
