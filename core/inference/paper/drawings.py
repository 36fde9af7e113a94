"""Each thing that is drawn in a picture, cut out."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.inference.paper.components import components
from core.inference.paper.grouping import groups
from core.inference.paper.ink import ink_of
from core.inference.paper.pixels import Box, size_of, values_of
from core.inference.paper.sheet import sheet_of

LOOKED_AT = 640  # pixels of the longer side in which ink is looked for
_MOST = 20  # drawings; more are no handwriting
_MARGIN = 0.35  # paper around a drawing, to its longer side


@dataclass(frozen=True)
class Drawing:
    """One thing that is drawn: its place, and the picture of it alone, with paper around."""

    box: Box  # in the picture that was looked at
    image: Image.Image


def drawings(image: Image.Image) -> list[Drawing]:
    """What is drawn in an upright RGB image, in reading order. Empty where nothing is.

    One drawing with the whole image where it isn't lines on paper, such as a photo of a cat.
    """
    scale = min(1.0, LOOKED_AT / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    grey = values_of(image.convert("L").resize(size, Image.Resampling.BOX) if scale < 1 else image.convert("L"))
    left, top, right, bottom = sheet_of(grey)
    inside = grey[top:bottom, left:right]
    ink = ink_of(inside)
    if ink is None:
        return []
    found = groups(components(ink), ink.shape)
    if not found or len(found) > _MOST:
        return [Drawing((0, 0, *image.size), image)] if found else []
    boxes = [(box[0] + left, box[1] + top, box[2] + left, box[3] + top) for box in found]
    return [_cut(image, box, boxes, scale, (left, top, right, bottom)) for box in boxes]


def _cut(image: Image.Image, box: Box, others: list[Box], scale: float, paper: Box) -> Drawing:
    """The drawing with paper around it; what lies beside it is painted over with paper."""
    margin = _MARGIN * max(size_of(box))
    wide = (
        max(paper[0], box[0] - margin),
        max(paper[1], box[1] - margin),
        min(paper[2], box[2] + margin),
        min(paper[3], box[3] + margin),
    )
    left, top, right, bottom = (round(edge / scale) for edge in wide)
    cut = image.crop((left, top, max(right, left + 1), max(bottom, top + 1)))
    for other in others:
        if other == box:
            continue
        hidden = [round(edge / scale) for edge in other]
        place = (max(hidden[0] - left, 0), max(hidden[1] - top, 0), hidden[2] - left, hidden[3] - top)
        if place[2] > 0 and place[3] > 0 and place[0] < cut.width and place[1] < cut.height:
            cut.paste(_colour_of_paper(cut), place)
    placed = tuple(round(edge / scale) for edge in box)
    return Drawing((placed[0], placed[1], placed[2], placed[3]), cut)


def _colour_of_paper(cut: Image.Image) -> tuple[int, int, int]:
    edges = np.asarray(cut.convert("RGB"))
    colours = np.concatenate([edges[0], edges[-1], edges[:, 0], edges[:, -1]])
    red, green, blue = np.median(colours, axis=0).astype(int).tolist()
    return red, green, blue
