"""What a training process writes about its run.

Every write carries the attempt's number and changes nothing once another attempt has taken over: a process that was
believed dead can't spoil what its successor writes.
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
    """One attempt's pen. Every method raises FencedError once the attempt is over."""

    def __init__(self, database: Engine, run_id: str, attempt: int) -> None:
        self.database = database
        self.run_id = run_id
        self.attempt = attempt

    def heartbeat(self) -> bool:
        """Say that the process is alive. Returns whether somebody asked it to stop."""
        with self.database.begin() as connection:
            return self._touch(connection)

    def preparing(self, note: Message, fraction: float | None) -> bool:
        """Tell what is being made ready. Returns whether somebody asked to stop."""
        with self.database.begin() as connection:
            return self._touch(connection, note=as_json(note), fraction=fraction)

    def begin(self, *, step: int, epoch: int, total_steps: int, device: str) -> None:
        """Training starts at `step`: what an earlier attempt wrote beyond its last checkpoint is dropped."""
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
            # The untrained network is looked into again by whoever begins with it.
            known = epoch if step else -1
            connection.execute(delete(probes).where(probes.c.run_id == self.run_id, probes.c.epoch > known))

    def losses(self, record: LossRecord, *, images_per_second: float) -> bool:
        """Write a record of losses. Returns whether somebody asked to stop."""
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
        """Write a finished epoch. Returns whether somebody asked to stop."""
        row = asdict(record)
        best = {"best_epoch": record.epoch, "best_val_accuracy": record.val_accuracy} if record.best else {}
        with self.database.begin() as connection:
            stop = self._touch(connection, epoch=record.epoch, seconds=record.seconds, **best)
            connection.execute(epochs.insert().values(run_id=self.run_id, attempt=self.attempt, **row))
        return stop

    def probe(self, record: ProbeRecord) -> bool:
        """Write what the network looks like inside. Returns whether somebody asked to stop."""
        layers = asdict(record)
        distributions = layers.pop("distributions")
        row = {"epoch": record.epoch, "layers": layers, "distributions": distributions}
        with self.database.begin() as connection:
            stop = self._touch(connection)
            connection.execute(probes.insert().values(run_id=self.run_id, attempt=self.attempt, **row))
        return stop

    def end(self, state: State, note: Message | None = None) -> None:
        """The last word on this attempt."""
        with self.database.begin() as connection:
            self._touch(connection, state=state, finished_at=time.time(), note=note and as_json(note), fraction=None)

    def _touch(self, connection: Connection, **values: Any) -> bool:
        """Change the run's row, first thing in a transaction, so that the fence holds for all of it."""
        mine = (runs.c.id == self.run_id, runs.c.attempt == self.attempt, runs.c.state.in_(ACTIVE))
        touched = update(runs).where(*mine).values(heartbeat_at=time.time(), **values)
        row = connection.execute(touched.returning(runs.c.stop_requested_at)).first()
        if row is None:
            raise FencedError(say("Another attempt has taken over this run."))
        return row.stop_requested_at is not None
