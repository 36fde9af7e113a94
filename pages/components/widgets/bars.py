"""Probabilities as animated bars. `bars.js` is the browser's part."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages.components.widgets import assets


@dataclass(frozen=True)
class Bar:
    """A class: name, probability (0..1), probability as text, and whether it is the prediction."""

    name: str
    share: float
    text: str
    best: bool = False


def bars(rows: Sequence[Bar], *, key: str, label: str) -> None:
    """Draw bars from top to bottom. Names are never interpreted as HTML.

    Args:
        rows: The bars, in order.
        key: The component's key.
        label: Description for screen readers.
    """
    message = {"rows": [vars(row) for row in rows], "label": label}
    _component(key=key, data=message)


_component = st.components.v2.component("classroom_bars", js=assets.loader(__file__), isolate_styles=False)
