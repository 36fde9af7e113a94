"""A pad to draw an image on. `drawing_pad.js` is the browser's part."""

import streamlit as st

from pages.components.shell.i18n import _
from pages.components.widgets import assets
from pages.components.widgets.data_url import picture_bytes


def drawing_pad(*, key: str) -> bytes | None:
    """A white pad to draw on with mouse, finger or pen. The drawing as a PNG, None while it is empty."""
    texts = {
        "pad": _("Drawing pad: draw with the mouse or a finger"),
        "undo": _("Undo"),
        "clear": _("Clear"),
        "pen": _("Pen width"),
    }
    return picture_bytes(_pad(key=key, data=texts, on_picture_change=lambda: None).get("picture"))


_pad = st.components.v2.component("classroom_pad", js=assets.loader(__file__), isolate_styles=False)
