"""Records pictures for classes while a button is held. `gather.js/` is the browser's part.

It sends the pictures to routes of the server (see `pages.components.data.gathering_routes`), not through Streamlit.
"""

import streamlit as st

from core.data.own.gathering import PICTURES
from pages.components.shell.i18n import _, language
from pages.components.widgets import assets


def recorder(*, key: str, set_key: str = "") -> str:
    """Classes, each with a button to hold.

    Args:
        key: The component's key.
        set_key: Opens somebody else's set, to add to. Without it, it is the visitor's own.

    Returns:
        The version of the set when the last picture had arrived; "" before.
    """
    data = {"texts": _texts(), "key": set_key, "language": language(), "most": PICTURES}
    return str(_component(key=key, data=data, on_version_change=lambda: None).get("version") or "")


def _texts() -> dict[str, str]:
    return {
        "on": _("Turn the camera on"),
        "preview": _("What the camera sees"),
        "camera": _("Camera"),
        "number": _("Camera {number}"),
        "name": _("Name of a new class"),
        "rename": _("Name of the class"),
        "add": _("Add class"),
        "hold": _("Hold to record"),
        "recording": _("Recording"),
        "files": _("Add files"),
        "remove": _("Remove class"),
        "sure": _("Remove {name} with its {number} pictures?"),
        "delete": _("Delete this picture"),
        "count": _("{number} of {most}"),
        "full": _("A class can have {most} pictures. Delete some first."),
        "sent": _("{sent} sent, {waiting} on their way"),
        "offline": _("No connection. {waiting} pictures wait here and are sent when it is back."),
        "behind": _("The connection is too slow. Wait until the pictures are sent."),
        "unread": _("{number} files are no pictures that this browser can read. Use JPEG or PNG."),
        "insecure": _("The camera needs an address with https. Add files instead."),
        "denied": _("The browser doesn't allow the camera. Allow it beside the address, or add files instead."),
        "none": _("There is no camera here. Connect one, or add files instead."),
        "busy": _("Another program uses the camera. Close it, or add files instead."),
    }


_component = st.components.v2.component("classroom_gather", js=assets.loader(__file__), isolate_styles=False)
