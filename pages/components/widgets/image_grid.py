"""A grid of many images, sent as raw bytes and drawn on a canvas.

Hovering, tapping or the arrow keys show details of an image. `image_grid.js` is the browser's part.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.components.shell.i18n import _
from pages.components.widgets import assets

_PIXELS = 1_500_000  # of all tiles together: 256 images of 76×76


def largest_tile(images: int) -> int:
    """Height and width in pixels that `images` tiles may have on the way to the browser."""
    return max(16, int((_PIXELS / max(1, images)) ** 0.5))


def image_grid(
    pictures: NDArray[np.uint8],
    captions: Sequence[str],
    details: Sequence[str],
    *,
    key: str,
    tile: int | None = None,
    lines: int = 1,
    selectable: bool = False,
) -> list[int]:
    """Draw pictures, uint8 [N, C, H, W] with one or three colours, each with its caption below it.

    Args:
        pictures: See `largest_tile` for how large they should be.
        captions: One for each picture, in a few words. Shown as text, never read as HTML.
        details: Text that is shown when a picture is pointed at.
        key: The component's key.
        tile: Width of a picture on the screen in pixels. None uses the available space.
        lines: How many lines a caption may take.
        selectable: Whether a click, Enter or space marks a picture.

    Returns:
        The marked pictures, in their order.
    """
    pixels = np.ascontiguousarray(pictures.transpose(0, 2, 3, 1))
    count, height, width, channels = pixels.shape
    names = sorted(set(captions))
    numbers = {name: number for number, name in enumerate(names)}
    header: dict[str, Any] = {
        "count": count,
        "height": height,
        "width": width,
        "channels": channels,
        "names": names,
        "captions": [numbers[caption] for caption in captions],
        "details": list(details),
        "selectable": selectable,
        "tile": tile,
        "lines": lines,
        "label": _("{count} images. Move between them with the arrow keys.", count=count)
        + (" " + _("Mark them with Enter.") if selectable else ""),
        "marked": _("marked"),
    }
    message, name = packed(header, pixels.tobytes())
    if not selectable:
        _component(key=key, data=message)
        return []
    result = _component(key=key, data=message, on_marked_change=lambda: None)
    marked = result.get("marked") or {}
    return sorted(marked["tiles"]) if marked.get("of") == name else []


def packed(header: dict[str, Any], pixels: bytes) -> tuple[bytes, str]:
    """Header and pixels as one message, and its digest. Marks with another digest are ignored."""
    text = json.dumps(header, ensure_ascii=False).encode()
    name = hashlib.sha256(text + pixels).hexdigest()[:12]
    text = json.dumps(header | {"name": name}, ensure_ascii=False).encode()
    return len(text).to_bytes(4, "little") + text + pixels, name


_component = st.components.v2.component("classroom_image_grid", js=assets.loader(__file__), isolate_styles=False)
