"""The page Predict: the ways in which an image comes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.errors import DataError
from core.messages import N_, say
from pages.components.predict.model import Model
from pages.components.shell.i18n import _
from pages.components.shell.images import images_of
from pages.components.widgets.drawing_pad import drawing_pad
from pages.components.widgets.image_grid import image_grid, largest_tile
from pages.components.widgets.paste import paste_area

WAY = "way"  # in the address
MANY = "many"
_WAYS = {
    "draw": N_("Draw"),
    "upload": N_("Upload"),
    "camera": N_("Camera"),
    "paste": N_("Paste"),
    "held-out": N_("Validation images"),
    MANY: N_("Many images"),
}
TYPES = ["jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff"]
_START = "classroom.predict.start"  # which draw of validation images is shown
_SHOWN = 48  # validation images to choose from


@dataclass(frozen=True)
class Given:
    """An image to be named: a file's bytes, and what it shows if that is known."""

    data: bytes
    label: str | None = None


def choose_way(model: Model) -> str:
    """How the image comes. Drawing is for networks that learned from grey images."""
    from core.inference.preparation import adjustable

    ways = [way for way in _WAYS if way != "draw" or adjustable(model.trained.config.data)]
    wanted = st.query_params.get(WAY, ways[0])
    start = wanted if wanted in ways else ways[0]
    way = str(
        st.segmented_control(
            _("Your image"),
            ways,
            default=start,
            format_func=lambda way: _(_WAYS[way]),
            key="choose-way",
            required=True,
        )
    )
    if way != start:
        st.query_params[WAY] = way
    return way


def one_image(model: Model, way: str) -> Given | None:
    """The image that was given in this way, None while there is none. Raises DataError."""
    return _GATHER[way](model)


def _drawn(_model: Model) -> Given | None:
    return _given(drawing_pad(key="pad"))


def _pasted(_model: Model) -> Given | None:
    data = paste_area(key="paste")
    return _shown(data)


def _uploaded(_model: Model) -> Given | None:
    file = st.file_uploader(_("An image"), type=TYPES, key="image", label_visibility="collapsed")
    return _shown(file.getvalue() if file else None)


def _photographed(_model: Model) -> Given | None:
    file = st.camera_input(_("Take a picture"), key="camera", label_visibility="collapsed")
    return _given(file.getvalue() if file else None)


def _shown(data: bytes | None) -> Given | None:
    """The image itself, as it came."""
    if data is None:
        return None
    from core.inference.predictor import opened

    st.image(opened(data), width=340)
    return Given(data)


def _given(data: bytes | None) -> Given | None:
    return Given(data) if data else None


def _held_out(model: Model) -> Given | None:
    """One of the images that the network was checked with, at the size in which the data set has them."""
    import torch

    from core.data import datasets, preview

    config = model.trained.config
    if not model.run or not datasets.ready(config.data):
        raise DataError(say("The validation images of this network aren't on this server. Bring an image instead."))
    split = images_of(config.data).validation
    start = st.session_state.get(_START, 0)
    order = torch.randperm(len(split), generator=torch.Generator().manual_seed(start))[:_SHOWN]
    rows = order if split.rows is None else split.rows[order]
    pictures = split.images[rows]
    names = [model.trained.classes[label] for label in split.labels[order].tolist()]
    small = preview.smaller(pictures, largest_tile(len(order))).numpy()
    marked = image_grid(small, names, names, key="held-out", tile=52, selectable=True)
    st.button(_("Others"), icon=":material/refresh:", key="others", on_click=_show_others)
    if not marked:
        st.caption(_("Click on an image."))
        return None
    place = marked[-1]
    return Given(_png(pictures[place].numpy()), names[place])


def _show_others() -> None:
    st.session_state[_START] = st.session_state.get(_START, 0) + 1


def _png(pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> bytes:
    """An image of the data set, uint8 [C, H, W], as a file: from here on it is one like any other."""
    import io

    from PIL import Image

    file = io.BytesIO()
    shape = pixels.transpose(1, 2, 0)
    Image.fromarray(shape[..., 0] if shape.shape[-1] == 1 else shape).save(file, "PNG")
    return file.getvalue()


_GATHER: dict[str, Callable[[Model], Given | None]] = {
    "draw": _drawn,
    "upload": _uploaded,
    "camera": _photographed,
    "paste": _pasted,
    "held-out": _held_out,
}
