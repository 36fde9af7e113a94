"""A widget to paste an image from the clipboard. `paste.js` is the browser's part."""

import streamlit as st

from pages.components.shell.i18n import _
from pages.components.widgets import assets
from pages.components.widgets.data_url import picture_bytes


def paste_area(*, key: str) -> bytes | None:
    """The bytes of the pasted image. None before one is pasted."""
    texts = {
        "hint": _("Copy an image, then press Ctrl+V or ⌘V here"),
        "button": _("Paste"),
        "nothing": _("There is no image in the clipboard. Copy one first."),
        "refused": _("The browser doesn't allow it. Press Ctrl+V or ⌘V instead."),
    }
    return picture_bytes(_paste(key=key, data=texts, on_picture_change=lambda: None).get("picture"))


_paste = st.components.v2.component("classroom_paste", js=assets.loader(__file__), isolate_styles=False)
