"""The page Predict: where an image comes from, such as a drawing, a file or the camera."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.errors import DataError
from core.messages import N_, say
from pages.components.predict.model import Model
from pages.components.shell import address
from pages.components.shell.i18n import _
from pages.components.shell.images import images_of
from pages.components.shell.uploads import PICTURE_MB, explain_refusal, field_key
from pages.components.widgets.drawing_pad import drawing_pad
from pages.components.widgets.image_grid import image_grid, largest_tile
from pages.components.widgets.paste import paste_area

WAY = "way"  # in the address
MANY, CAMERA = "many", "camera"
_WAYS = {
    "draw": N_("Draw"),
    "upload": N_("Upload"),
    CAMERA: N_("Camera"),
    "paste": N_("Paste"),
    "held-out": N_("Validation images"),
    MANY: N_("Many images"),
}
_START = "classroom.predict.start"  # seed of the random validation images on display
_SHOWN = 48  # validation images to choose from


@dataclass(frozen=True)
class InputImage:
    """An image to classify: a file's content, and its class where that is known."""

    data: bytes
    label: str | None = None
    preview: bool = False  # whether the page still has to show it


def choose_way(model: Model) -> str:
    """The source of the image. Drawing is offered only for networks that learned from grey images."""
    from core.inference.preparation import adjustable

    ways = [way for way in _WAYS if way != "draw" or adjustable(model.trained.config.data)]
    start = address.choice(WAY, ways, ways[0])
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
        address.put(WAY, way)
    return way


def one_image(model: Model, way: str) -> InputImage | None:
    """The image from this source; None while there is none. Raises DataError."""
    return _SOURCES[way](model)


def _from_pad(_model: Model) -> InputImage | None:
    return _input_image(drawing_pad(key="pad"))


def _from_clipboard(_model: Model) -> InputImage | None:
    data = paste_area(key="paste")
    return _input_image(data, preview=True)


def _from_file(_model: Model) -> InputImage | None:
    explain_refusal("image", PICTURE_MB, _("Make the image smaller."))
    file = st.file_uploader(
        _("An image"), key=field_key("image"), label_visibility="collapsed", max_upload_size=PICTURE_MB
    )
    return _input_image(file.getvalue() if file else None, preview=True)


def _input_image(data: bytes | None, *, preview: bool = False) -> InputImage | None:
    return InputImage(data, preview=preview) if data is not None else None


def _from_validation(model: Model) -> InputImage | None:
    """One of the network's validation images, in the size in which the data set has it."""
    import torch

    from core.data import datasets, preview

    config = model.trained.config
    if not model.run or not datasets.ready(config.data):
        raise DataError(say("The validation images of this network aren't on this server. Use an image of your own."))
    split = images_of(config.data).validation
    start = st.session_state.get(_START, 0)
    order = torch.randperm(len(split), generator=torch.Generator().manual_seed(start))[:_SHOWN]
    pictures = split.at(order)
    names = [model.trained.classes[label] for label in split.labels[order].tolist()]
    small = preview.smaller(pictures, largest_tile(len(order))).numpy()
    selected = image_grid(small, names, names, key="held-out", tile=52, selectable=True)
    st.button(_("Show other images"), icon=":material/refresh:", key="others", on_click=_show_others)
    if not selected:
        st.caption(_("Click on an image."))
        return None
    place = selected[-1]
    return InputImage(_png(pictures[place].numpy()), names[place])


def _show_others() -> None:
    st.session_state[_START] = st.session_state.get(_START, 0) + 1


def _png(pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> bytes:
    """An image of the data set, uint8 [C, H, W], as a PNG file, so that it is treated like an upload."""
    import io

    from PIL import Image

    file = io.BytesIO()
    shape = pixels.transpose(1, 2, 0)
    Image.fromarray(shape[..., 0] if shape.shape[-1] == 1 else shape).save(file, "PNG")
    return file.getvalue()


_SOURCES: dict[str, Callable[[Model], InputImage | None]] = {
    "draw": _from_pad,
    "upload": _from_file,
    "paste": _from_clipboard,
    "held-out": _from_validation,
}
