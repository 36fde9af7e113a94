"""Reads the curves of a run, with as many points as a chart can show.

The steps of a long run are grouped into buckets on a fixed grid. The chart shows the lowest and the highest loss of
each. The first buckets have one step, later ones more, so that the beginning of a long run is a curve while it is all
there is. A viewer asks for the points since step n and gets whole buckets only.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, RowMapping, func, select

from core.errors import RunError
from core.messages import say
from core.runs.run import Run, from_row
from core.runs.schema import epochs, losses, probes, runs
from core.training.records import (
    ActivationProbe,
    Distribution,
    EpochRecord,
    Histogram,
    Landmarks,
    ProbeRecord,
    WeightsProbe,
)

POINTS = 2_000
_AT_FULL_SIZE = 1_500  # points of the full-sized buckets; those at the beginning add up to 500
_GROWTH = 64  # steps after which buckets are one step larger


@dataclass(frozen=True)
class LossCurve:
    """Points of the loss curve, and the step from which to ask for more."""

    steps: NDArray[np.int64]
    losses: NDArray[np.float32]
    next_step: int


@dataclass(frozen=True, eq=False)
class RunHistory:
    """A run with all its epochs and losses, as they were at one moment."""

    run: Run
    epochs: tuple[EpochRecord, ...]
    losses: NDArray[np.float32]  # of training, by step, from step 0 on


def whole(database: Engine, run_id: str) -> RunHistory:
    """The history of a run, read in one transaction, so that its parts agree even while the run trains.

    Raises:
        RunError: there is no run of this id.
    """
    with _one_moment(database) as connection:
        row = connection.execute(select(runs).where(runs.c.id == run_id)).mappings().first()
        if row is None:
            raise RunError(say("There is no run {run}. Check the link, or start a new run.", run=run_id))
        _first, values = _step_losses(connection, run_id, since=0)
        return RunHistory(from_row(row), tuple(_epoch_records(connection, run_id, since=0)), values)


@contextmanager
def _one_moment(database: Engine) -> Iterator[Connection]:
    """A connection whose reads all see the database as it was at the first read."""
    with database.connect() as connection:
        if database.dialect.name == "sqlite":
            # Python's driver begins a transaction only at the first write, so others could write between two reads.
            connection.exec_driver_sql("BEGIN")
        else:
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def bucket_size(total_steps: int) -> int:
    """How many steps the largest buckets have. 1 if every step has its own point."""
    return 1 if total_steps <= POINTS else -(-2 * total_steps // _AT_FULL_SIZE)


def _edges(start: int, stop: int, largest: int) -> list[int]:
    """The edges of all whole buckets from step `start`, which is an edge, to step `stop`."""
    edges = [start]
    while (following := edges[-1] + min(largest, 1 + edges[-1] // _GROWTH)) <= stop:
        edges.append(following)
    return edges


def loss_curve(database: Engine, run_id: str, *, since: int, total_steps: int, ended: bool) -> LossCurve:
    """The points from step `since` on. `since` must be 0 or the `next_step` of an earlier curve.

    Reads only new losses. While the run trains, an unfinished bucket is left for the next call.
    """
    first, values = step_losses(database, run_id, since)
    values = values[since - first :]
    size = bucket_size(total_steps)
    end = since + len(values)
    if size == 1:
        return LossCurve(np.arange(since, end, dtype=np.int64), values, end)
    edges = _edges(since, end, size)
    if ended and edges[-1] < end:
        edges.append(end)
    positions = _extremes(values, [edge - since for edge in edges])
    return LossCurve(positions + since, values[positions], edges[-1])


def decimate(values: NDArray[np.float32], total_steps: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Positions and values of the points that a chart of all `values` shows, in order."""
    size = bucket_size(total_steps)
    if size == 1:
        return np.arange(len(values), dtype=np.int64), values
    positions = _extremes(values, list(dict.fromkeys([*_edges(0, len(values), size), len(values)])))
    return positions, values[positions]


def _extremes(values: NDArray[np.float32], edges: Sequence[int]) -> NDArray[np.int64]:
    """The positions of the lowest and the highest value between each two edges, in order."""
    found: list[int] = []
    for start, stop in pairwise(edges):
        bucket = values[start:stop]
        found += sorted({start + int(bucket.argmin()), start + int(bucket.argmax())})
    return np.array(found, dtype=np.int64)


def step_losses(database: Engine, run_id: str, since: int = 0) -> tuple[int, NDArray[np.float32]]:
    """All losses from the record that contains step `since` on, and the step of the first of them."""
    with database.connect() as connection:
        return _step_losses(connection, run_id, since)


def _step_losses(connection: Connection, run_id: str, since: int) -> tuple[int, NDArray[np.float32]]:
    # The record that contains a step is the last one that begins at or before it.
    begin = select(func.max(losses.c.first_step)).where(losses.c.run_id == run_id, losses.c.first_step <= since)
    query = (
        select(losses.c.first_step, losses.c["values"])
        .where(losses.c.run_id == run_id, losses.c.first_step >= func.coalesce(begin.scalar_subquery(), 0))
        .order_by(losses.c.first_step)
    )
    rows = connection.execute(query).all()
    if not rows:
        return since, np.empty(0, dtype=np.float32)
    return rows[0].first_step, np.frombuffer(b"".join(row[1] for row in rows), dtype="<f4")


def epoch_records(database: Engine, run_id: str, since: int = 0) -> list[EpochRecord]:
    """The epochs after number `since`, in order."""
    with database.connect() as connection:
        return _epoch_records(connection, run_id, since)


def _epoch_records(connection: Connection, run_id: str, since: int) -> list[EpochRecord]:
    query = select(epochs).where(epochs.c.run_id == run_id, epochs.c.epoch > since).order_by(epochs.c.epoch)
    return [_record(row) for row in connection.execute(query).mappings()]


def epochs_to(database: Engine, run_ids: Sequence[str], accuracy: float) -> dict[str, int]:
    """The epoch after which each run first reached this validation accuracy (0..1). Other runs are left out."""
    query = (
        select(epochs.c.run_id, func.min(epochs.c.epoch))
        .where(epochs.c.run_id.in_(run_ids), epochs.c.val_accuracy >= accuracy)
        .group_by(epochs.c.run_id)
    )
    with database.connect() as connection:
        return {run_id: epoch for run_id, epoch in connection.execute(query)}


def probe_records(database: Engine, run_id: str) -> list[ProbeRecord]:
    """The measurements inside the network, from the untrained one on, without the distributions."""
    query = select(probes.c.layers).where(probes.c.run_id == run_id).order_by(probes.c.epoch)
    with database.connect() as connection:
        return [_probe(layers) for layers in connection.scalars(query)]


def distributions(database: Engine, run_id: str, epoch: int) -> list[Distribution]:
    """Histograms of a run's activation layers after this epoch. Empty if they weren't recorded."""
    query = select(probes.c.distributions).where(probes.c.run_id == run_id, probes.c.epoch == epoch)
    with database.connect() as connection:
        found = connection.scalar(query) or []
    return [
        Distribution(layer["layer"], Histogram(**layer["inputs"]), Histogram(**layer["outputs"])) for layer in found
    ]


def _probe(layers: dict[str, Any]) -> ProbeRecord:
    return ProbeRecord(
        layers["epoch"],
        layers["images"],
        [WeightsProbe(**layer) for layer in layers["weights"]],
        [ActivationProbe(**layer) for layer in layers["activations"]],
        distributions=[],
    )


def landmarks(database: Engine, run_id: str) -> Landmarks | None:
    """The landmarks of a run. None before its first epoch ends. Takes the same time for any number of epochs."""
    mine = select(epochs).where(epochs.c.run_id == run_id).limit(1)
    best_epoch = select(runs.c.best_epoch).where(runs.c.id == run_id).scalar_subquery()
    queries = (
        mine.order_by(epochs.c.epoch),
        mine.where(epochs.c.epoch == best_epoch),
        mine.order_by(epochs.c.epoch.desc()),
    )
    first_losses = select(losses.c["values"]).where(losses.c.run_id == run_id).order_by(losses.c.first_step).limit(1)
    with database.connect() as connection:
        rows = [connection.execute(query).mappings().first() for query in queries]
        start = connection.scalar(first_losses)
    records = [_record(row) for row in rows if row is not None]
    if len(records) < len(queries) or not start:
        return None
    return Landmarks(float(np.frombuffer(start, dtype="<f4", count=1)[0]), *records)


def _record(row: RowMapping) -> EpochRecord:
    return EpochRecord(**{name: value for name, value in row.items() if name not in ("run_id", "attempt")})
