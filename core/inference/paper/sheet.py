"""The sheet of paper in a photo: a light area, nearly a rectangle, with hardly anything on it."""

import numpy as np
from PIL import Image, ImageFilter

from core.inference.paper.components import Component, components
from core.inference.paper.pixels import Box, Grey, Mask, border, values_of

_SHEET_AT = 160  # pixels of the longer side in which a sheet is looked for
_SHEET_AREA = (0.12, 0.97)  # share of the picture that a sheet may take
_SOLID = 0.85  # share of its bounding shape that a sheet fills, with what is drawn on it
_DRAWN_ON = 0.25  # share of a sheet that ink takes at most
_BAR = 0.4  # a solid shape narrower than this, to its length, is a stroke and no sheet
_TONES = 0.25  # difference in brightness between a sheet and what it lies on
_EDGE = 0.03  # share of a sheet's side that is left out, where the edge and its shadow are


def sheet_of(grey: Grey) -> Box:
    """The part of the picture that is paper: a light sheet on something darker, or all of it."""
    height, width = grey.shape
    whole = (0, 0, width, height)
    scale = min(1.0, _SHEET_AT / max(height, width))
    if scale == 1:
        return whole
    picture = Image.fromarray(np.rint(grey * 255).astype(np.uint8))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = values_of(picture.resize(size, Image.Resampling.BOX).filter(ImageFilter.MedianFilter(3)))
    light = small > _otsu(small)
    if float(small[light].mean() if light.any() else 1) - float(small[~light].mean() if (~light).any() else 1) < _TONES:
        return whole
    found = max(components(light), key=lambda one: one.area, default=None)
    if found is None or border(light).mean() > 0.8 or not _is_sheet(found, light):
        return whole
    left, top, right, bottom = found.box
    inner = _inner(found.mask, (left, top, right, bottom))
    up = 1 / scale
    margin_x, margin_y = _EDGE * (inner[2] - inner[0]), _EDGE * (inner[3] - inner[1])
    return (
        max(0, round((inner[0] + margin_x) * up)),
        max(0, round((inner[1] + margin_y) * up)),
        min(width, round((inner[2] - margin_x) * up)),
        min(height, round((inner[3] - margin_y) * up)),
    )


def _otsu(values: Grey) -> float:
    """The brightness that parts dark from light best (Otsu 1979)."""
    counts, edges = np.histogram(values, 64, (0, 1))
    middles = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * middles)
    means_below = sums / np.maximum(below, 1)
    means_above = (sums[-1] - sums) / np.maximum(above, 1)
    return float(edges[1:][int(np.argmax(below * above * (means_below - means_above) ** 2))])


def _is_sheet(found: Component, light: Mask) -> bool:
    """Whether a light area is a sheet and no stroke of chalk: large, nearly a rectangle, hardly anything on it."""
    low, high = (share * light.size for share in _SHEET_AREA)
    filled = _filled(found.mask)
    area = int(filled.sum())
    left, top, right, bottom = found.box
    shorter, longer = sorted((right - left, bottom - top))
    return (
        low < area < high
        and shorter > _BAR * longer
        and area - found.area < _DRAWN_ON * area
        and area > _SOLID * _hull_area(filled)
        and area > 0.55 * shorter * longer
    )


def _filled(mask: Mask) -> Mask:
    """With everything that it encloses in its rows and in its columns, as a convex shape does."""
    rows = np.maximum.accumulate(mask, 1) & np.maximum.accumulate(mask[:, ::-1], 1)[:, ::-1]
    columns = np.maximum.accumulate(mask, 0) & np.maximum.accumulate(mask[::-1], 0)[::-1]
    filled: Mask = rows & columns
    return filled


def _hull_area(mask: Mask) -> float:
    """The area of the convex hull of a mask, by the shoelace formula over its rows' ends."""
    rows = np.flatnonzero(mask.any(1))
    lefts = [(int(np.argmax(mask[row])), int(row)) for row in rows]
    rights = [(int(mask.shape[1] - np.argmax(mask[row][::-1])), int(row)) for row in rows]
    points = sorted({*lefts, *rights})
    hull: list[tuple[int, int]] = []
    for side in (points, points[::-1]):
        start = len(hull)
        for point in side:
            while len(hull) >= start + 2 and _turn(hull[-2], hull[-1], point) <= 0:
                hull.pop()
            hull.append(point)
        hull.pop()
    x, y = np.array(hull, dtype=float).T
    return 0.5 * abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) + len(rows)


def _turn(one: tuple[int, int], other: tuple[int, int], third: tuple[int, int]) -> int:
    return (other[0] - one[0]) * (third[1] - one[1]) - (other[1] - one[1]) * (third[0] - one[0])


def _inner(mask: Mask, box: Box) -> Box:
    """The largest upright rectangle that is paper all over, roughly: a tilted sheet's corners are left out."""
    filled = _filled(mask)
    left, top, right, bottom = box
    while right - left > 4 and bottom - top > 4:
        part = filled[top:bottom, left:right]
        outside = [1 - part[:, 0].mean(), 1 - part[0].mean(), 1 - part[:, -1].mean(), 1 - part[-1].mean()]
        worst = int(np.argmax(outside))
        if outside[worst] < 0.05:
            break
        left, top = left + (worst == 0), top + (worst == 1)
        right, bottom = right - (worst == 2), bottom - (worst == 3)
    return left, top, right, bottom
