"""Snapshots of a network while it learns: when they are taken, what they hold, where they are kept.

Beside a run lies one file for what stays the same, the scene, and one for each snapshot. All are safetensors, which can
hold no code, and a browser reads them as they are. Nothing here needs torch; `core.training.recorder` fills them.

The scene: `pictures` uint8 [A, C, H, W], `labels` int16 [A] and `point_labels` int16 [P]; its header names the classes
and the columns of the network. A snapshot: `answers` float32 [A, classes], probabilities; `weights` int8 [U, C, h, w]
of U units of the first layer, and `features` int8 [P, K], both times `weights_scale` and `features_scale` over 127; of
column n `units_n` float32 [u], `edges_n` float32 [u, units of the column before], `maps_n` uint8 [m, h, w].

A run on the data set `points` also has their `places` float32 [P, 2] in the scene, and in each snapshot the `surface`
uint8 [G, G]: how probable the second class is at each place of the plane (`core.data.plane`), in 255 parts.
"""

import json
import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from core.storage import replacing
from core.training import run_files
from core.training.records import Arrays, Snapshot

_log = logging.getLogger(__name__)
MOST = 60  # snapshots of a run
BYTES = 2_000_000  # of a run's snapshots together
HEADER_BYTES = 2_000  # of a file, roughly
_AT_FIRST, _EACH_EPOCH = 12, 8  # a short run has fewer: 12 and 8 an epoch
_SCENE = "scene.safetensors"


@dataclass(frozen=True, eq=False)
class Scene:
    """What all snapshots of a run share."""

    arrays: Arrays
    header: dict[str, Any]


def planned(epochs: int, steps_per_epoch: int, most: int = MOST) -> list[int]:
    """After which steps to take a snapshot: before the first step, close together at first, further apart later.

    At most `most` of them, the ends of epochs first: each epoch's while three quarters of them suffice.
    """
    most = min(most, _AT_FIRST + _EACH_EPOCH * epochs)
    total = epochs * steps_per_epoch
    ends = [epoch * steps_per_epoch for epoch in _apart(epochs, max(1, 3 * most // 4))]
    found = {0, *ends}
    others = most - len(found)
    step = 0
    for number in range(1, others + 1):
        # By the cube of its number; while that is less than a step, step by step.
        step = max(step + 1, round(total * (number / (others + 1)) ** 3))
        if step < total:
            found.add(step)
    return sorted(found)


def _apart(last: int, number: int) -> list[int]:
    """Of 1 to `last`, `number` at most, both ends among them, closer together at first."""
    if last <= number:
        return list(range(1, last + 1))
    if number == 1:
        return [last]
    return sorted({1 + round((last - 1) * (place / (number - 1)) ** 1.5) for place in range(number)})


# --- on the disk --------------------------------------------------------------------------------------------------


def keep_scene(run_id: str, scene: Scene) -> None:
    """Write what all snapshots share."""
    run_files.snapshots(run_id).mkdir(parents=True, exist_ok=True)
    _write(run_files.snapshots(run_id) / _SCENE, scene.arrays, {"scene": json.dumps(scene.header)})


def keep(run_id: str, snapshot: Snapshot, most: int = MOST) -> None:
    """Write a snapshot. Where a run has more than `most`, as when it is trained longer, the closest make room."""
    _write(_path(run_id, snapshot.step), snapshot.arrays, {"step": str(snapshot.step)})
    there = steps(run_id)
    while len(there) > max(3, most):
        # The one whose neighbours are closest to each other, by their ratio: early ones are meant to be close.
        place = min(range(1, len(there) - 1), key=lambda n: there[n + 1] / max(1, there[n - 1]))
        _path(run_id, there.pop(place)).unlink(missing_ok=True)


def drop_after(run_id: str, step: int) -> None:
    """Remove the snapshots after this step: the run goes on from there."""
    for later in steps(run_id):
        if later > step:
            _path(run_id, later).unlink(missing_ok=True)


def steps(run_id: str) -> list[int]:
    """After which steps there are snapshots, in order."""
    names = (path.name for path in run_files.snapshots(run_id).glob("step-*.safetensors"))
    return sorted(int(name.removeprefix("step-").partition(".")[0]) for name in names)


def scene_bytes(run_id: str) -> bytes | None:
    """The scene's file, None where the run has no snapshots."""
    return _read(run_files.snapshots(run_id) / _SCENE)


def snapshot_bytes(run_id: str, step: int) -> bytes | None:
    """A snapshot's file, None where there is none, also if it made room just now."""
    return _read(_path(run_id, step))


def snapshot(run_id: str, step: int) -> Snapshot | None:
    """A snapshot, None where there is none."""
    content = snapshot_bytes(run_id, step)
    return Snapshot(step, load(content)) if content else None


def _path(run_id: str, step: int) -> Path:
    return run_files.snapshots(run_id) / f"step-{step:09d}.safetensors"


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(path: Path, arrays: Arrays, header: dict[str, str]) -> None:
    """A full disk costs the picture, not the run: its weights tell of it."""
    content = save({name: np.ascontiguousarray(array) for name, array in arrays.items()}, metadata=header)
    try:
        with suppress(FileNotFoundError), replacing(path) as aside:
            aside.write_bytes(content)
    except OSError as error:
        _log.warning("a snapshot can't be kept: %s", error)
