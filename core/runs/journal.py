"""Writes what a training process reports about its run.

Every write has the attempt's number and fails once a newer attempt owns the run. So a process that only seemed dead
can't overwrite the records of its successor.
"""

import logging
import math
import time
from array import array
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from sys import byteorder
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, case, delete, func, null, update
from sqlalchemy.exc import OperationalError

from core import faults
from core.errors import FencedError
from core.messages import Message, as_json, say
from core.runs.schema import epochs, losses, now, probes, runs
from core.runs.state import ACTIVE, State
from core.training.records import EpochRecord, LossRecord, ProbeRecord

_log = logging.getLogger(__package__)
# How long a database that doesn't answer is waited for, and one on a full disk.
PATIENCE_SECONDS, FULL_SECONDS = 120.0, 10.0
LONGEST_PAUSE = 2.0

Given = ParamSpec("Given")
Result = TypeVar("Result")


def _transaction(
    write: Callable[Concatenate["Journal", Connection, Given], Result],
) -> Callable[Concatenate["Journal", Given], Result]:
    """Make a method write in a transaction, again and again while the database doesn't answer.

    Raises:
        OperationalError: it didn't answer for too long.
    """

    @wraps(write)
    def patient(journal: "Journal", /, *args: Given.args, **kwargs: Given.kwargs) -> Result:
        began, pauses = time.monotonic(), faults.Pauses()
        while True:
            try:
                with journal.database.begin() as connection:
                    return write(journal, connection, *args, **kwargs)
            except OperationalError as error:
                waited = time.monotonic() - began
                if waited > (FULL_SECONDS if faults.cause(error) is faults.DISK_FULL else PATIENCE_SECONDS):
                    raise
                _log.warning("run %s: the database doesn't answer (%s)", journal.run_id, error.orig)
                time.sleep(min(pauses.following(), LONGEST_PAUSE))

    return patient


class Journal:
    """Writes one attempt's records. Every method raises FencedError once a newer attempt owns the run."""

    def __init__(self, database: Engine, run_id: str, attempt: int) -> None:
        self.database = database
        self.run_id = run_id
        self.attempt = attempt

    @_transaction
    def heartbeat(self, connection: Connection) -> bool:
        """Record that the process is alive. Returns whether a stop was requested."""
        return self._touch(connection)

    @_transaction
    def preparing(self, connection: Connection, note: Message, fraction: float | None) -> bool:
        """Record how far the preparation is. Returns whether a stop was requested."""
        return self._touch(connection, note=as_json(note), fraction=fraction)

    @_transaction
    def begin(
        self,
        connection: Connection,
        *,
        step: int,
        epoch: int,
        total_steps: int,
        device: str,
        note: Message | None = None,
    ) -> None:
        """Record that training starts at `step`, and delete what an earlier attempt wrote after its last checkpoint."""
        self._touch(
            connection,
            state=State.RUNNING,
            note=as_json(note) if note else null(),
            fraction=None,
            step=step,
            epoch=epoch,
            total_steps=total_steps,
            device=device,
        )
        first = update(runs).where(runs.c.id == self.run_id, runs.c.started_at.is_(None))
        connection.execute(first.values(started_at=now()))
        connection.execute(delete(losses).where(losses.c.run_id == self.run_id, losses.c.first_step >= step))
        connection.execute(delete(epochs).where(epochs.c.run_id == self.run_id, epochs.c.epoch > epoch))
        # The untrained network is looked into again by whoever begins with it.
        known = epoch if step else -1
        connection.execute(delete(probes).where(probes.c.run_id == self.run_id, probes.c.epoch > known))

    @_transaction
    def losses(self, connection: Connection, record: LossRecord, *, images_per_second: float) -> bool:
        """Write a record of losses. Returns whether a stop was requested."""
        values = array("f", record.losses)
        if byteorder == "big":
            values.byteswap()
        step = record.first_step + len(record.losses)
        stop = self._touch(connection, step=step, seconds=record.seconds, images_per_second=images_per_second)
        if record.losses:
            row = {"first_step": record.first_step, "values": values.tobytes()}
            connection.execute(losses.insert().values(run_id=self.run_id, attempt=self.attempt, **row))
        return stop

    @_transaction
    def epoch(self, connection: Connection, record: EpochRecord) -> bool:
        """Write a finished epoch. Returns whether a stop was requested."""
        row = {name: _number(value) for name, value in asdict(record).items()}
        best = {"best_epoch": record.epoch, "best_val_accuracy": record.val_accuracy} if record.best else {}
        stop = self._touch(connection, epoch=record.epoch, seconds=record.seconds, **best)
        connection.execute(epochs.insert().values(run_id=self.run_id, attempt=self.attempt, **row))
        return stop

    @_transaction
    def probe(self, connection: Connection, record: ProbeRecord) -> bool:
        """Write measurements inside the network. Returns whether a stop was requested."""
        layers = asdict(record)
        distributions = layers.pop("distributions")
        row = {"epoch": record.epoch, "layers": layers, "distributions": distributions}
        stop = self._touch(connection)
        connection.execute(probes.insert().values(run_id=self.run_id, attempt=self.attempt, **row))
        return stop

    @_transaction
    def end(self, connection: Connection, state: State, note: Message | None = None) -> None:
        """End the attempt. Without a note, what was noted while it trained stays; how far a preparation was doesn't."""
        kept = as_json(note) if note else case((runs.c.state == State.RUNNING, runs.c.note), else_=null())
        # A class's teacher may have paused the run and let it go on before it stopped.
        came = func.coalesce(runs.c.stop_as, state) if state == State.STOPPED else state
        self._touch(connection, state=came, finished_at=now(), note=kept, fraction=None)

    @_transaction
    def saved(self, connection: Connection) -> None:
        """A checkpoint was written: should the process die now, the run has come further than before."""
        self._touch(connection, lost=0, lost_cause=null())

    def _touch(self, connection: Connection, **values: Any) -> bool:
        """Update the run's row. This is the first statement of each transaction, so that the fence covers all of it."""
        mine = (runs.c.id == self.run_id, runs.c.attempt == self.attempt, runs.c.state.in_(ACTIVE))
        touched = update(runs).where(*mine).values(heartbeat_at=now(), **values)
        row = connection.execute(touched.returning(runs.c.stop_requested_at)).first()
        if row is None:
            raise FencedError(say("Another attempt has taken over this run."))
        return row.stop_requested_at is not None


def _number(value: float) -> float | None:
    """NaN is stored as None, as SQLite does it anyway."""
    return None if math.isnan(value) else value
