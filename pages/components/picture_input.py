"""Two ways for an image to come from the browser: drawn on a pad, or pasted. `drawing_pad.js` and `paste.js` are the
other halves.

Both send a data URL, which is believed as little as any upload: its bytes go through `core.data.images.decode`.
"""

import base64
import binascii
from pathlib import Path

import streamlit as st

from pages.components import plotly_asset
from pages.components.words import _

_LONGEST = 8 * 2**20  # letters of a data URL


def drawing_pad(*, key: str) -> bytes | None:
    """A white pad to draw on with mouse, finger or pen. The drawing as a PNG, None while it is empty."""
    texts = {
        "pad": _("Drawing pad: draw with the mouse or a finger"),
        "undo": _("Undo"),
        "clear": _("Clear"),
        "pen": _("Pen width"),
    }
    return _bytes(_pad(key=key, data=texts, on_picture_change=lambda: None).get("picture"))


def paste_area(*, key: str) -> bytes | None:
    """Takes an image from the clipboard, None before one was pasted."""
    texts = {
        "hint": _("Copy an image, then press Ctrl+V or ⌘V here"),
        "button": _("Paste"),
        "nothing": _("There is no image in the clipboard. Copy one first."),
        "refused": _("The browser doesn't allow it. Press Ctrl+V or ⌘V instead."),
    }
    return _bytes(_paste(key=key, data=texts, on_picture_change=lambda: None).get("picture"))


def _bytes(url: object) -> bytes | None:
    if not isinstance(url, str) or len(url) > _LONGEST:
        return None
    try:
        return base64.b64decode(url.partition(",")[2], validate=True) or None
    except binascii.Error:
        return None


def _script(name: str) -> str:
    return plotly_asset.loader(Path(__file__).with_name(name))


_pad = st.components.v2.component("classroom_pad", js=_script("drawing_pad.js"), isolate_styles=False)
_paste = st.components.v2.component("classroom_paste", js=_script("paste.js"), isolate_styles=False)
