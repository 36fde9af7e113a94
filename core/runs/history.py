"""Curves of a run, as many points as a chart can show.

A long run is shown as buckets of steps, each by its lowest and its highest loss, on a grid that never changes while it
grows: a viewer asks for "what is new since step n" and gets whole buckets only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, func, select

from core.runs.tables import epochs, losses
from core.training.records import EpochRecord

POINTS = 2_000


@dataclass(frozen=True)
class LossCurve:
    """Points of the loss by step, and the step from which to ask for more."""

    steps: NDArray[np.int64]
    losses: NDArray[np.float32]
    next_step: int


def bucket_size(total_steps: int) -> int:
    """Steps that share two points on the chart; 1 where every step has its own."""
    return 1 if total_steps <= POINTS else -(-2 * total_steps // POINTS)


def loss_curve(database: Engine, run_id: str, *, since: int, total_steps: int, ended: bool) -> LossCurve:
    """The points from step `since` on, which must be one that an earlier answer gave as `next_step`, or 0.

    Reads only what is new. While the run goes on, an unfinished bucket waits for the next answer.
    """
    first, values = step_losses(database, run_id, since)
    values = values[since - first :]
    size = bucket_size(total_steps)
    whole = len(values) if ended or size == 1 else len(values) // size * size
    steps, points = decimate(values[:whole], size)
    return LossCurve(steps + since, points, since + whole)


def decimate(values: NDArray[np.float32], size: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Positions and values of the lowest and the highest value in each bucket of `size`, in their order."""
    if size == 1 or len(values) == 0:
        return np.arange(len(values), dtype=np.int64), values
    starts = np.arange(0, len(values), size)
    positions = np.array(
        [start + edge for start in starts for edge in sorted(_extremes(values[start : start + size]))], dtype=np.int64
    )
    return positions, values[positions]


def _extremes(bucket: NDArray[np.float32]) -> set[int]:
    return {int(bucket.argmin()), int(bucket.argmax())}


def step_losses(database: Engine, run_id: str, since: int = 0) -> tuple[int, NDArray[np.float32]]:
    """Every loss from the record that holds step `since` on, and the step of the first of them."""
    # The record that holds a step is the last one that begins at or before it.
    begin = select(func.max(losses.c.first_step)).where(losses.c.run_id == run_id, losses.c.first_step <= since)
    query = (
        select(losses.c.first_step, losses.c["values"])
        .where(losses.c.run_id == run_id, losses.c.first_step >= func.coalesce(begin.scalar_subquery(), 0))
        .order_by(losses.c.first_step)
    )
    with database.connect() as connection:
        rows = connection.execute(query).all()
    if not rows:
        return since, np.empty(0, dtype=np.float32)
    return rows[0].first_step, np.frombuffer(b"".join(row[1] for row in rows), dtype="<f4")


def epoch_records(database: Engine, run_id: str, since: int = 0) -> Sequence[EpochRecord]:
    """The epochs after number `since`, in order. `best` tells whether each beat all before it among these."""
    query = select(epochs).where(epochs.c.run_id == run_id, epochs.c.epoch > since).order_by(epochs.c.epoch)
    with database.connect() as connection:
        rows = connection.execute(query).mappings().all()
    best, records = -1.0, []
    for row in rows:
        values = {name: row[name] for name in row if name not in ("run_id", "attempt")}
        records.append(EpochRecord(**values, best=row["val_accuracy"] > best))
        best = max(best, row["val_accuracy"])
    return records
