"""Writes what a training process reports about its run.

Every write has the attempt's number and fails once a newer attempt owns the run. So a process that only seemed dead
can't overwrite the records of its successor.
"""

import time
from array import array
from dataclasses import asdict
from sys import byteorder
from typing import Any

from sqlalchemy import Connection, Engine, delete, update

from core.errors import FencedError
from core.messages import Message, say
from core.runs.run import as_json
from core.runs.schema import epochs, losses, probes, runs
from core.runs.state import ACTIVE, State
from core.training.records import EpochRecord, LossRecord, ProbeRecord


class Journal:
    """Writes one attempt's records. Every method raises FencedError once a newer attempt owns the run."""

    def __init__(self, database: Engine, run_id: str, attempt: int) -> None:
        self.database = database
        self.run_id = run_id
        self.attempt = attempt

    def heartbeat(self) -> bool:
        """Record that the process is alive. Returns whether a stop was requested."""
        with self.database.begin() as connection:
            return self._touch(connection)

    def preparing(self, note: Message, fraction: float | None) -> bool:
        """Record how far the preparation is. Returns whether a stop was requested."""
        with self.database.begin() as connection:
            return self._touch(connection, note=as_json(note), fraction=fraction)

    def begin(self, *, step: int, epoch: int, total_steps: int, device: str) -> None:
        """Record that training starts at `step`, and delete what an earlier attempt wrote after its last checkpoint."""
        with self.database.begin() as connection:
            now = time.time()
            self._touch(
                connection,
                state=State.RUNNING,
                note=None,
                fraction=None,
                step=step,
                epoch=epoch,
                total_steps=total_steps,
                device=device,
            )
            first = update(runs).where(runs.c.id == self.run_id, runs.c.started_at.is_(None))
            connection.execute(first.values(started_at=now))
            connection.execute(delete(losses).where(losses.c.run_id == self.run_id, losses.c.first_step >= step))
            connection.execute(delete(epochs).where(epochs.c.run_id == self.run_id, epochs.c.epoch > epoch))
            # An attempt that starts at step 0 measures the untrained network again.
            known = epoch if step else -1
            connection.execute(delete(probes).where(probes.c.run_id == self.run_id, probes.c.epoch > known))

    def losses(self, record: LossRecord, *, images_per_second: float) -> bool:
        """Write a record of losses. Returns whether a stop was requested."""
        values = array("f", record.losses)
        if byteorder == "big":
            values.byteswap()
        with self.database.begin() as connection:
            step = record.first_step + len(record.losses)
            stop = self._touch(connection, step=step, seconds=record.seconds, images_per_second=images_per_second)
            if record.losses:
                row = {"first_step": record.first_step, "values": values.tobytes()}
                connection.execute(losses.insert().values(run_id=self.run_id, attempt=self.attempt, **row))
        return stop

    def epoch(self, record: EpochRecord) -> bool:
        """Write a finished epoch. Returns whether a stop was requested."""
        row = asdict(record)
        best = {"best_epoch": record.epoch, "best_val_accuracy": record.val_accuracy} if record.best else {}
        with self.database.begin() as connection:
            stop = self._touch(connection, epoch=record.epoch, seconds=record.seconds, **best)
            connection.execute(epochs.insert().values(run_id=self.run_id, attempt=self.attempt, **row))
        return stop

    def probe(self, record: ProbeRecord) -> bool:
        """Write measurements inside the network. Returns whether a stop was requested."""
        layers = asdict(record)
        distributions = layers.pop("distributions")
        row = {"epoch": record.epoch, "layers": layers, "distributions": distributions}
        with self.database.begin() as connection:
            stop = self._touch(connection)
            connection.execute(probes.insert().values(run_id=self.run_id, attempt=self.attempt, **row))
        return stop

    def end(self, state: State, note: Message | None = None) -> None:
        """Record how the attempt ended."""
        with self.database.begin() as connection:
            self._touch(connection, state=state, finished_at=time.time(), note=note and as_json(note), fraction=None)

    def _touch(self, connection: Connection, **values: Any) -> bool:
        """Update the run's row. This is the first statement of each transaction, so that the fence covers all of it."""
        mine = (runs.c.id == self.run_id, runs.c.attempt == self.attempt, runs.c.state.in_(ACTIVE))
        touched = update(runs).where(*mine).values(heartbeat_at=time.time(), **values)
        row = connection.execute(touched.returning(runs.c.stop_requested_at)).first()
        if row is None:
            raise FencedError(say("Another attempt has taken over this run."))
        return row.stop_requested_at is not None
