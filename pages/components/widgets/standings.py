"""The board of a class: a bar for each pupil, which moves to its new place. `standings.js` is the browser's part."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from pages.components.widgets import assets


@dataclass(frozen=True)
class Score:
    """A bar: place from 1, share (0..1), and the share as text."""

    place: int
    share: float
    text: str


@dataclass(frozen=True)
class Row:
    """A pupil's line. All texts are translated, and shown as text, never read as HTML."""

    key: str
    name: str
    detail: str  # below the name
    before: Score
    after: Score | None = None  # what the reveal shows; None before it
    own: bool = False  # the viewer's


def standings_widget(rows: Sequence[Row], *, key: str, label: str, replay: str = "") -> None:
    """Draw the board. Where all rows have a second score, bars rise to it and places change, once.

    Args:
        rows: In the order of what is shown last.
        key: The component's key.
        label: Description for screen readers.
        replay: A new text plays the reveal once more.
    """
    message: dict[str, Any] = {"rows": [asdict(row) for row in rows], "label": label, "replay": replay}
    _component(key=key, data=message)


_component = st.components.v2.component("classroom_standings", js=assets.loader(__file__), isolate_styles=False)
