"""Strokes that belong together, in reading order."""

import numpy as np

from core.inference.paper.components import Component
from core.inference.paper.ink import FEWEST
from core.inference.paper.pixels import Box, size_of, touches

_SPECK = 0.3  # of the highest drawing: what is smaller both ways is a speck
_CROSSED = 4  # times that a row meets squared paper's lines; a digit's lines are met three times


def groups(found: list[Component], shape: tuple[int, ...]) -> list[Box]:
    """The boxes of the drawings in reading order. Specks, ruled lines and what reaches in from outside are left out."""
    fewest = max(3, min(FEWEST, shape[0] * shape[1] // 200))
    parts = [one for one in found if one.area >= fewest and not (_is_ruled(one, shape) or _is_squared(one, shape))]
    whole = [one for one in parts if not touches(one.box, shape)]
    largest = max((one.area for one in parts), default=0)
    if any(one.area > 0.2 * largest for one in whole):
        parts = whole
    boxes = _joined([one.box for one in parts])
    tall = max((max(size_of(box)) for box in boxes), default=0)
    boxes = [box for box in boxes if max(size_of(box)) > _SPECK * tall]
    return _in_reading_order(boxes)


def _is_ruled(one: Component, shape: tuple[int, ...]) -> bool:
    """Whether it is a line of the paper: thin, and from edge to edge."""
    width, height = size_of(one.box)
    across = width > 0.7 * shape[1] and height < 0.08 * shape[0]
    down = height > 0.7 * shape[0] and width < 0.04 * shape[1] and touches(one.box, shape)
    return across or down


def _is_squared(one: Component, shape: tuple[int, ...]) -> bool:
    """Whether it is the lines of squared paper: all over the sheet, and crossed many times in any direction."""
    width, height = size_of(one.box)
    if width < 0.9 * shape[1] or height < 0.9 * shape[0]:
        return False
    return all(np.median(np.diff(mask, axis=1).sum(1)) > 2 * _CROSSED for mask in (one.mask, one.mask.T))


def _joined(boxes: list[Box]) -> list[Box]:
    """Strokes of one drawing together: above each other, or a small one close to a large one."""
    merged = sorted(boxes, key=lambda box: -size_of(box)[0] * size_of(box)[1])
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
    longer = max(size_of(large))
    gap_x = max(large[0], small[0]) - min(large[2], small[2])
    gap_y = max(large[1], small[1]) - min(large[3], small[3])
    if gap_x <= 0 and gap_y <= 0:
        return True
    share = -gap_x / max(1, min(size_of(large)[0], size_of(small)[0]))
    if share > 0.5 and gap_y < 0.2 * longer:
        return True
    return max(size_of(small)) < 0.4 * longer and max(gap_x, gap_y) < 0.15 * longer


def _in_reading_order(boxes: list[Box]) -> list[Box]:
    """Line by line from the top, each from the left."""
    lines: list[list[Box]] = []
    for box in sorted(boxes, key=lambda one: -size_of(one)[1]):  # the highest tell how high their lines are
        line = next((line for line in lines if _is_beside(box, line[0])), None)
        if line is None:
            lines.append([box])
        else:
            line.append(box)
    lines.sort(key=lambda line: line[0][1] + line[0][3])
    return [box for line in lines for box in sorted(line)]


def _is_beside(box: Box, other: Box) -> bool:
    """Whether at least half of the box lies as high as the other one."""
    return 2 * (min(box[3], other[3]) - max(box[1], other[1])) >= size_of(box)[1]
