"""Probabilities as bars that move smoothly from one answer to the next. `bars.js` is the other half."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages.components.widgets import assets


@dataclass(frozen=True)
class Bar:
    """One class: its name, its share (0..1), the share as text, and whether it is the one that was named."""

    name: str
    share: float
    text: str
    best: bool = False


def bars(rows: Sequence[Bar], *, key: str, label: str) -> None:
    """Draw them from top to bottom. Names are shown as text, never read as HTML.

    Args:
        rows: In the order in which they shall stand.
        key: The component's key.
        label: What a screen reader says the bars are.
    """
    message = {"rows": [vars(row) for row in rows], "label": label}
    _component(key=key, data=message)


_component = st.components.v2.component("classroom_bars", js=assets.loader(__file__), isolate_styles=False)
