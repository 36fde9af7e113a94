"""The camera: records pictures for classes, or has a network answer live. `camera.js/` is the browser's part.

Pictures go to routes of the server (`pages.components.data.gathering_routes`, `pages.components.predict.live_routes`),
not through Streamlit.
"""

from collections.abc import Sequence

import streamlit as st

from core.data.own.gathering import PICTURES
from pages.components.shell.i18n import _, language
from pages.components.widgets import assets
from pages.components.widgets.data_url import picture_bytes


def recorder(*, key: str, set_key: str = "") -> str:
    """Classes, each with a button that records as long as it is held.

    Args:
        key: The component's key.
        set_key: Opens somebody else's set, to add to. Without it, it is the visitor's own.

    Returns:
        The version of the set when the last picture had arrived; "" before.
    """
    data = {"texts": _camera() | _recording(), "key": set_key, "language": language(), "most": PICTURES}
    return str(_component(key=key, data=data, on_version_change=lambda: None).get("version") or "")


def live(classes: Sequence[str], *, key: str, run: str, run_key: str, unsure: float, side: int) -> bytes | None:
    """What a network says of what the camera sees, several times a second.

    Args:
        classes: The network's classes, in its order.
        key: The component's key.
        run: The run whose network answers, or an opened file.
        run_key: The key that opens the run for this visitor; "" where none is needed.
        unsure: The confidence, 0..1, below which an answer counts as unsure.
        side: Pixels of a picture, height and width.

    Returns:
        The picture that the visitor wants to look at more closely, as a JPEG; None before.
    """
    data = {
        "texts": _camera() | _answering(),
        "classes": list(classes),
        "language": language(),
        "run": run,
        "key": run_key,
        "unsure": unsure,
        "side": side,
    }
    return picture_bytes(_component(key=key, data=data, on_picture_change=lambda: None).get("picture"))


def _camera() -> dict[str, str]:
    return {
        "on": _("Turn the camera on"),
        "preview": _("What the camera sees"),
        "camera": _("Camera"),
        "number": _("Camera {number}"),
    }


def _recording() -> dict[str, str]:
    return {
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
        "unread": _("This browser can't read {number} of the files as pictures. Use JPEG or PNG."),
        "insecure": _("The camera needs an address with https. Add files instead."),
        "denied": _("The browser doesn't allow the camera. Allow it beside the address, or add files instead."),
        "none": _("There is no camera here. Connect one, or add files instead."),
        "busy": _("Another program uses the camera. Close it, or add files instead."),
    }


def _answering() -> dict[str, str]:
    return {
        "explain": _("Show what it looks at"),
        "heat": _("Where the network looks: orange areas raise the score most"),
        "closer": _("Look closer at this picture"),
        "bars": _("Probability of each class"),
        "waiting": _("Hold something in front of the camera."),
        "sure": _("{name}, {share} sure"),
        "unsure": _("Unsure: {name} ({share}) or {second} ({other})?"),
        "far": _("This image is unlike everything that the network learned from, so don't trust the answer."),
        "speed": _("{number} answers a second"),
        "offline": _("No connection. The page tries again by itself."),
        "insecure": _("The camera needs an address with https. Upload a picture instead."),
        "denied": _("The browser doesn't allow the camera. Allow it beside the address, or upload a picture instead."),
        "none": _("There is no camera here. Connect one, or upload a picture instead."),
        "busy": _("Another program uses the camera. Close it, or upload a picture instead."),
    }


_component = st.components.v2.component("classroom_camera", js=assets.loader(__file__), isolate_styles=False)
