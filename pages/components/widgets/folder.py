"""A field for a folder of the visitor's computer. `folder.js` packs it as one zip in the browser.

Streamlit's own field sends every file of a folder by itself: with 400 files the tab hangs for half a minute.
"""

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.components.shell import uploads
from pages.components.shell.formats import count
from pages.components.shell.i18n import _
from pages.components.widgets import assets


def folder_field(name: str, *, most_files: int) -> UploadedFile | None:
    """The zip of the chosen folder. None before one is chosen.

    Args:
        name: The field's name, for `uploads.field_key`.
        most_files: How many files the folder may hold.
    """
    key = uploads.field_key(name)
    texts = {
        "choose": _("Choose a folder"),
        "packing": _("Packing file {done} of {total}"),
        "many": _("This folder has more than {number} files. Take fewer.", number=count(most_files)),
        "large": _(
            "This folder has {size} MB, and {limit} MB fit. Take fewer or smaller images.",
            size="{size}",
            limit=uploads.LARGE_MB,
        ),
        "empty": _("There is no file in this folder. Choose another."),
        "unread": _("A file of this folder can't be read: {name}. Choose the folder again."),
    }
    limits = {"files": most_files, "megabytes": uploads.LARGE_MB}
    _picker(key=f"{key}-picker", data={"texts": texts, "limits": limits, "field": f"st-key-{key}"})
    # The browser's half fills this field. Alone, it would be a second way to do the same.
    st.html(
        f"<style>.st-key-{key}:not(:has([data-testid=stFileChip])), .st-key-{key} [aria-label='Add files']"
        "{display: none}</style>"
    )
    return st.file_uploader(
        _("Folder"), key=key, label_visibility="collapsed", max_upload_size=uploads.LARGE_MB, type="zip"
    )


_picker = st.components.v2.component("classroom_folder", js=assets.loader(__file__), isolate_styles=False)
