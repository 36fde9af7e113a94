"""A plane to press a point in, coloured by what a network would call each place: `snapshots.js/point_pad.js`."""

from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.components.shell.i18n import _
from pages.components.widgets import assets

Place = tuple[float, float]


def point_pad(
    surface: NDArray[np.uint8], places: NDArray[np.float32], labels: NDArray[np.int64], *, start: Place, key: str
) -> Place:
    """The chosen place, `start` until one was pressed. Arrow keys move it, too.

    Args:
        surface: How probable the second class is, in 255 parts, [G, G], the upper row first.
        places: Of points to draw, [N, 2].
        labels: Their classes, 0 or 1, [N].
        start: The place that is marked at first.
        key: The component's key.
    """
    message = {
        "pad": True,
        "shape": surface.shape,
        "surface": surface.ravel().tolist(),
        "places": [round(float(value), 3) for value in places.ravel()],
        "labels": labels.tolist(),
        "at": start,
        "words": {"pad": _("The plane: press a point, or move it with the arrow keys")},
    }
    at = _component(key=key, data=message, on_at_change=lambda: None).get("at")
    return _place(at) or start


def _place(at: object) -> Place | None:
    """What the browser sent, if it is a place."""
    if not (isinstance(at, list) and len(at) == 2 and all(isinstance(value, int | float) for value in at)):
        return None
    x, y = (float(value) for value in at)
    return (x, y) if abs(x) <= 2 and abs(y) <= 2 else None  # also refuses nan


_component = st.components.v2.component(
    "classroom_point_pad", js=assets.loader(Path(__file__).with_name("snapshots.js")), isolate_styles=False
)
