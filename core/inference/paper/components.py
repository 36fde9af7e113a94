"""Connected pixels of a mask."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.inference.paper.pixels import Box, Mask


@dataclass(frozen=True)
class Component:
    """Connected pixels."""

    mask: Mask  # of the whole picture
    box: Box
    area: int


def components(mask: Mask) -> list[Component]:
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


def _component(shape: tuple[int, ...], runs: Sequence[tuple[int, int, int]]) -> Component:
    area = sum(stop - start for _row, start, stop in runs)
    box = (min(run[1] for run in runs), runs[0][0], max(run[2] for run in runs), max(run[0] for run in runs) + 1)
    mask = np.zeros(shape, dtype=bool)
    if area > 200:  # only sheets are looked at as a whole
        for row, start, stop in runs:
            mask[row, start:stop] = True
    return Component(mask, box, area)
