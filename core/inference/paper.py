"""Where something is drawn in a picture: the sheet of paper first, then the ink on it, then what belongs together.

A photo shows more than a digit: a desk around the sheet, a shadow across it, lines, specks, several digits. `drawings`
finds each of these and cuts it out with some paper around it, so that the steps of `preparation` see one drawing only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Grey = NDArray[np.float32]  # [height, width], 0 (black) to 1 (white)
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]  # left, top, right, bottom, in pixels

LOOKED_AT = 640  # pixels of the longer side in which ink is looked for
_SHEET_AT = 160  # pixels of the longer side in which a sheet is looked for
_SHEET_AREA = (0.12, 0.97)  # share of the picture that a sheet may take
_SOLID = 0.85  # share of its bounding shape that a sheet fills, with what is drawn on it
_DRAWN_ON = 0.25  # share of a sheet that ink takes at most
_BAR = 0.4  # a solid shape narrower than this, to its length, is a stroke and no sheet
_TONES = 0.25  # difference in brightness between a sheet and what it lies on
_EDGE = 0.03  # share of a sheet's side that is left out, where the edge and its shadow are
_KERNEL = 0.3  # of the shorter side: lines narrower than this are ink, wider areas are paper or shadow
_FAINT = 0.06  # ink differs from its paper by more
_NOISE = 5.0  # times the paper's own grain
_INK = 0.4  # of the strongest ink
_MOST_INK = 0.5  # share of the paper that ink takes at most
_SPECK = 0.3  # of the highest drawing: what is smaller both ways is a speck
_FEWEST = 10  # pixels of a drawing
_MOST = 20  # drawings; more are no handwriting
_CROSSED = 4  # times that a row meets squared paper's lines; a digit's lines are met three times
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
    grey = _values(image.convert("L").resize(size, Image.Resampling.BOX) if scale < 1 else image.convert("L"))
    left, top, right, bottom = _sheet(grey)
    inside = grey[top:bottom, left:right]
    ink = _ink(inside)
    if ink is None:
        return []
    groups = _groups(_components(ink), ink.shape)
    if not groups or len(groups) > _MOST:
        return [Drawing((0, 0, *image.size), image)] if groups else []
    boxes = [(box[0] + left, box[1] + top, box[2] + left, box[3] + top) for box in groups]
    return [_cut(image, box, boxes, scale, (left, top, right, bottom)) for box in boxes]


def is_dark_on_light(values: Grey) -> bool:
    """Whether ink is darker than the paper, which is what lies along the edges."""
    even = values - _slope(values)
    paper = float(np.median(_border(even)))
    darkest, lightest = float(even.min()), float(even.max())
    if max(paper - darkest, lightest - paper) < _FAINT:
        return float(np.median(_border(values))) > 0.5
    return paper - darkest > lightest - paper


def _slope(values: Grey) -> Grey:
    """How the light falls off across the picture: the plane through all pixels, 0 in the middle."""
    height, width = values.shape
    y, x = (np.linspace(-0.5, 0.5, length, dtype=np.float32) for length in (height, width))
    down = float((values * y[:, None]).mean() / max(float((y**2).mean()), 1e-9))
    across = float((values * x).mean() / max(float((x**2).mean()), 1e-9))
    slope: Grey = down * y[:, None] + across * x
    return slope


def _values(grey: Image.Image) -> Grey:
    values: Grey = np.asarray(grey, dtype=np.float32) / np.float32(255)
    return values


def _border(values: Grey | Mask) -> Grey:
    edges: Grey = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]]).astype(np.float32)
    return edges


# --- the sheet ----------------------------------------------------------------------------------------------------


def _sheet(grey: Grey) -> Box:
    """The part of the picture that is paper: a light sheet on something darker, or all of it."""
    height, width = grey.shape
    whole = (0, 0, width, height)
    scale = min(1.0, _SHEET_AT / max(height, width))
    if scale == 1:
        return whole
    picture = Image.fromarray(np.rint(grey * 255).astype(np.uint8))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = _values(picture.resize(size, Image.Resampling.BOX).filter(ImageFilter.MedianFilter(3)))
    light = small > _otsu(small)
    if float(small[light].mean() if light.any() else 1) - float(small[~light].mean() if (~light).any() else 1) < _TONES:
        return whole
    found = max(_components(light), key=lambda one: one.area, default=None)
    if found is None or _border(light).mean() > 0.8 or not _is_sheet(found, light):
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


@dataclass(frozen=True)
class _Component:
    """Connected pixels."""

    mask: Mask  # of the whole picture
    box: Box
    area: int


def _is_sheet(found: _Component, light: Mask) -> bool:
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


# --- the ink ------------------------------------------------------------------------------------------------------


def _ink(values: Grey) -> Mask | None:
    """Which pixels are ink; None where there is none."""
    if min(values.shape) < 3:
        return None
    dark = is_dark_on_light(values)
    drawn = _drawn(1 - values if dark else values)
    if drawn is not None and drawn.mean() > _MOST_INK:  # that is the paper between lines
        drawn = _drawn(values if dark else 1 - values)
    return drawn


def _drawn(light: Grey) -> Mask | None:
    """Which pixels of light ink on dark paper are ink; None where there is none."""
    above = light - _paper(light)
    highest = np.sort(above, axis=None)[-max(_FEWEST, above.size // 2_000) :]
    ink = float(np.median(highest))
    grain = 1.4826 * float(np.median(np.abs(above - np.median(above))))
    if ink < max(_FAINT, _NOISE * grain):
        return None
    drawn: Mask = above > max(_INK * ink, 3 * grain)
    return drawn if drawn.sum() >= min(_FEWEST, drawn.size // 50) else None


def _paper(light: Grey) -> Grey:
    """The brightness of the paper everywhere: what is left when everything narrow is taken away (an opening)."""
    shorter = min(light.shape)
    factor = max(1, round(shorter / 64))
    small_size = (max(3, light.shape[1] // factor), max(3, light.shape[0] // factor))
    picture = Image.fromarray(np.rint(np.clip(light, 0, 1) * 255).astype(np.uint8))
    small = picture.resize(small_size, Image.Resampling.BOX)
    kernel = 2 * max(1, round(_KERNEL * min(small_size) / 2)) + 1
    padded = Image.fromarray(np.pad(np.asarray(small), kernel, mode="edge"))
    opened = padded.filter(ImageFilter.MinFilter(kernel)).filter(ImageFilter.MaxFilter(kernel))
    opened = opened.crop((kernel, kernel, kernel + small.width, kernel + small.height))
    smooth = opened.resize((light.shape[1], light.shape[0]), Image.Resampling.BILINEAR)
    return _values(smooth)


def _components(mask: Mask) -> list[_Component]:
    """Pixels that touch each other, also at corners, found by joining the runs of each row."""
    parents: list[int] = []
    runs: list[tuple[int, int, int]] = []  # row, start, stop
    before: list[int] = []
    for row in range(mask.shape[0]):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], mask[row].view(np.int8), [0]))))
        now = []
        for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            number = len(runs)
            runs.append((row, start, stop))
            parents.append(number)
            now.append(number)
            for other in before:
                if runs[other][1] <= stop and runs[other][2] >= start:
                    parents[_root(parents, other)] = _root(parents, number)
        before = now
    groups: dict[int, list[tuple[int, int, int]]] = {}
    for number, run in enumerate(runs):
        groups.setdefault(_root(parents, number), []).append(run)
    return [_component(mask.shape, group) for group in groups.values()]


def _root(parents: list[int], number: int) -> int:
    while parents[number] != number:
        parents[number] = parents[parents[number]]
        number = parents[number]
    return number


def _component(shape: tuple[int, ...], runs: Sequence[tuple[int, int, int]]) -> _Component:
    area = sum(stop - start for _row, start, stop in runs)
    box = (min(run[1] for run in runs), runs[0][0], max(run[2] for run in runs), max(run[0] for run in runs) + 1)
    mask = np.zeros(shape, dtype=bool)
    if area > 200:  # only sheets are looked at as a whole
        for row, start, stop in runs:
            mask[row, start:stop] = True
    return _Component(mask, box, area)


# --- what belongs together ----------------------------------------------------------------------------------------


def _groups(found: list[_Component], shape: tuple[int, ...]) -> list[Box]:
    """The boxes of the drawings in reading order. Specks, ruled lines and what reaches in from outside are left out."""
    fewest = max(3, min(_FEWEST, shape[0] * shape[1] // 200))
    parts = [one for one in found if one.area >= fewest and not (_is_ruled(one, shape) or _is_squared(one, shape))]
    whole = [one for one in parts if not _touches(one.box, shape)]
    largest = max((one.area for one in parts), default=0)
    if any(one.area > 0.2 * largest for one in whole):
        parts = whole
    boxes = _joined([one.box for one in parts])
    tall = max((max(_size(box)) for box in boxes), default=0)
    boxes = [box for box in boxes if max(_size(box)) > _SPECK * tall]
    return _in_reading_order(boxes)


def _size(box: Box) -> tuple[int, int]:
    return box[2] - box[0], box[3] - box[1]


def _is_ruled(one: _Component, shape: tuple[int, ...]) -> bool:
    """Whether it is a line of the paper: thin, and from edge to edge."""
    width, height = _size(one.box)
    across = width > 0.7 * shape[1] and height < 0.08 * shape[0]
    down = height > 0.7 * shape[0] and width < 0.04 * shape[1] and _touches(one.box, shape)
    return across or down


def _is_squared(one: _Component, shape: tuple[int, ...]) -> bool:
    """Whether it is the lines of squared paper: all over the sheet, and crossed many times in any direction."""
    width, height = _size(one.box)
    if width < 0.9 * shape[1] or height < 0.9 * shape[0]:
        return False
    return all(np.median(np.diff(mask, axis=1).sum(1)) > 2 * _CROSSED for mask in (one.mask, one.mask.T))


def _touches(box: Box, shape: tuple[int, ...]) -> bool:
    return box[0] <= 0 or box[1] <= 0 or box[2] >= shape[1] or box[3] >= shape[0]


def _joined(boxes: list[Box]) -> list[Box]:
    """Strokes of one drawing together: above each other, or a small one close to a large one."""
    merged = sorted(boxes, key=lambda box: -_size(box)[0] * _size(box)[1])
    changed = True
    while changed:
        changed = False
        for place, one in enumerate(merged):
            near = next((n for n in range(place + 1, len(merged)) if _belong(one, merged[n])), None)
            if near is not None:
                other = merged.pop(near)
                merged[place] = (
                    min(one[0], other[0]),
                    min(one[1], other[1]),
                    max(one[2], other[2]),
                    max(one[3], other[3]),
                )
                changed = True
                break
    return merged


def _belong(large: Box, small: Box) -> bool:
    longer = max(_size(large))
    gap_x = max(large[0], small[0]) - min(large[2], small[2])
    gap_y = max(large[1], small[1]) - min(large[3], small[3])
    if gap_x <= 0 and gap_y <= 0:
        return True
    share = -gap_x / max(1, min(_size(large)[0], _size(small)[0]))
    if share > 0.5 and gap_y < 0.2 * longer:
        return True
    return max(_size(small)) < 0.4 * longer and max(gap_x, gap_y) < 0.15 * longer


def _in_reading_order(boxes: list[Box]) -> list[Box]:
    """Line by line from the top, each from the left."""
    lines: list[list[Box]] = []
    for box in sorted(boxes, key=lambda one: -_size(one)[1]):  # the highest tell how high their lines are
        line = next((line for line in lines if _is_beside(box, line[0])), None)
        if line is None:
            lines.append([box])
        else:
            line.append(box)
    lines.sort(key=lambda line: line[0][1] + line[0][3])
    return [box for line in lines for box in sorted(line)]


def _is_beside(box: Box, other: Box) -> bool:
    """Whether at least half of the box lies as high as the other one."""
    return 2 * (min(box[3], other[3]) - max(box[1], other[1])) >= _size(box)[1]


# --- cut out ------------------------------------------------------------------------------------------------------


def _cut(image: Image.Image, box: Box, others: list[Box], scale: float, paper: Box) -> Drawing:
    """The drawing with paper around it; what lies beside it is painted over with paper."""
    margin = _MARGIN * max(_size(box))
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
    found = tuple(round(edge / scale) for edge in box)
    return Drawing((found[0], found[1], found[2], found[3]), cut)


def _colour_of_paper(cut: Image.Image) -> tuple[int, int, int]:
    edges = np.asarray(cut.convert("RGB"))
    colours = np.concatenate([edges[0], edges[-1], edges[:, 0], edges[:, -1]])
    red, green, blue = np.median(colours, axis=0).astype(int).tolist()
    return red, green, blue
