"""A single drawing, light on dark, brought into the form of a data set's images: paper, place, size and thickness."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from core.inference.paper.pixels import Grey, border, bytes_of, values_of

_NARROW = 0.45  # width to height
_PAPER = 0.2  # values from 0 (paper) to 1 (ink) below this count as paper
_INK = 0.4  # values above this count as ink
_FAINT = 0.06  # if the darkest and lightest parts of an image differ by less, it is empty


@dataclass(frozen=True)
class Layout:
    """Where the content is in the images of a data set."""

    filled: float = 1.0  # share of the image that the longer side of the content takes; below 1 it is centred by mass
    width: float | None = None  # the content is stretched to this share of its height, unless it is narrow like a 1
    thicker: float = 0.0  # share of its height by which lines are made thicker
    line: float = 0.0  # lines are made at least as thick as this share of its longer side


def cleaned(values: Grey) -> Grey:
    """Scale light ink on dark paper so that paper is 0 and ink is 1."""
    paper = _paper_under(values)
    above = values - paper
    ink = float(np.quantile(above, 0.99))
    if ink < _FAINT:  # nothing is drawn
        return np.zeros_like(values)
    above /= ink
    low = min(0.5, max(_PAPER, 4 * _spread(border(above))))
    clean: Grey = np.clip((above - low) / (1 - low), 0, 1)
    return clean


def _paper_under(values: Grey) -> Grey:
    """The brightness of the paper: a plane fitted to the edges, since one side is often closer to the lamp."""
    height, width = values.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    places = [border(one) for one in (x, y)]
    known = np.stack([*places, np.ones_like(places[0])], axis=1)
    edges = border(values)
    kept = np.abs(edges - np.median(edges)) <= 3 * _spread(edges) + 0.05  # ink may reach an edge
    slope_x, slope_y, level = np.linalg.lstsq(known[kept], edges[kept], rcond=None)[0]
    plane: Grey = (slope_x * x + slope_y * y + level).astype(np.float32)
    return plane


def _spread(values: Grey) -> float:
    """The standard deviation, estimated from the median absolute deviation, which ignores outliers."""
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def cropped(values: Grey) -> Grey:
    """The smallest part that contains all ink. Specks are ignored."""
    ink = drawn = values > _INK
    if min(values.shape) >= 32:
        drawn = np.asarray(Image.fromarray(bytes_of(values)).filter(ImageFilter.MedianFilter(3))) > _INK * 255
        if 2 * drawn.sum() < ink.sum():  # a thin line isn't a speck
            drawn = ink
    rows, columns = np.flatnonzero(drawn.any(1)), np.flatnonzero(drawn.any(0))
    if not len(rows):
        return values
    return values[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def stretched(values: Grey, layout: Layout) -> Grey:
    """Adapt the width and the thickness of lines to the data set."""
    height, width = values.shape
    if layout.line:
        grown = max(0, round((layout.line * max(height, width) - _thickness(values)) / 2))  # pixels on each side
        values = np.pad(values, grown)
        height, width = values.shape
        image = Image.fromarray(bytes_of(values)).filter(ImageFilter.MaxFilter(2 * grown + 1))
    else:
        image = Image.fromarray(bytes_of(values))
    if layout.thicker and height >= 32:
        image = image.filter(ImageFilter.MaxFilter(2 * max(1, round(height * layout.thicker / 2)) + 1))
    if layout.width and width > _NARROW * height:
        image = image.resize((max(1, round(height * layout.width)), height), Image.Resampling.BILINEAR)
    return values_of(image)


def _thickness(values: Grey) -> float:
    """The mean thickness of lines, in pixels: twice their area for each pixel of their two edges."""
    ink = np.pad(values > _INK, 1)
    inner = ink[1:-1, 1:-1] & ink[:-2, 1:-1] & ink[2:, 1:-1] & ink[1:-1, :-2] & ink[1:-1, 2:]
    edge = int(ink.sum() - inner.sum())
    return 2 * float(ink.sum()) / max(edge, 1)


def centred(values: Grey, filled: float) -> Grey:
    """A black square with the content in the middle, which takes the share `filled` of it.

    With a margin, the content's centre of mass is in the middle, as in MNIST.
    """
    height, width = values.shape
    side = round(max(height, width) / filled)
    top, left = (side - height) / 2, (side - width) / 2
    mass = float(values.sum())
    if filled < 1 and mass > 0:
        top = side / 2 - float((values.sum(1) * (np.arange(height) + 0.5)).sum()) / mass
        left = side / 2 - float((values.sum(0) * (np.arange(width) + 0.5)).sum()) / mass
    y, x = (round(min(max(0, start), side - length)) for start, length in ((top, height), (left, width)))
    whole = np.zeros((side, side), dtype=np.float32)
    whole[y : y + height, x : x + width] = values
    return whole
