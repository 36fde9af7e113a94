"""A wall of tiles, one for each pupil, which change in place. `wall.js` is the browser's part."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import streamlit as st

from pages.components.widgets import assets

Look = Literal["calm", "moving", "good", "trouble"]


@dataclass(frozen=True)
class WallTile:
    """One tile. All texts are translated, and shown as text, never read as HTML."""

    key: str  # what a click tells; the same as long as the tile is the same pupil
    name: str
    doing: str
    look: Look  # the colour of the state; its words say the same
    value: str  # the large number
    detail: str
    hand: str  # for a raised hand; empty where it is down
    curve: tuple[float, ...] = ()  # 0..1
    fraction: float | None = None  # of the training, 0..1


def wall_widget(tiles: Sequence[WallTile], *, key: str, label: str, large: bool = False) -> str | None:
    """Draw the wall. Returns the key of the tile that was clicked just now, if any.

    Args:
        tiles: In their order.
        key: The component's key.
        label: Description for screen readers.
        large: For a projector: larger, and nothing to click.
    """
    message: dict[str, Any] = {"tiles": [asdict(tile) for tile in tiles], "label": label, "large": large}
    clicked = _component(key=key, data=message, on_open_change=lambda: None).open
    return str(clicked) if clicked else None


_component = st.components.v2.component("classroom_wall", js=assets.loader(__file__), isolate_styles=False)
