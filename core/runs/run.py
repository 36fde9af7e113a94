"""A run as the database has it."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from sqlalchemy import RowMapping

from core.config import RunConfig, from_json
from core.messages import Message, as_message
from core.runs.state import ACTIVE, ENDED, State

EXPECTATIONS = ("better", "same", "worse")  # of the best validation accuracy


@dataclass(frozen=True)
class Run:
    """A run as it is now."""

    id: str
    name: str
    recipe: str | None
    config_json: str
    owner: str
    state: State
    attempt: int
    queued_at: float
    started_at: float | None
    finished_at: float | None
    stop_requested_at: float | None
    note: Message | None
    fraction: float | None
    step: int
    total_steps: int | None
    epoch: int
    seconds: float
    images_per_second: float | None
    best_epoch: int | None
    best_val_accuracy: float | None
    device: str | None
    comparison: str | None = None  # shared by the runs that were started together
    remark: str | None = None  # the owner's note
    link_key: str | None = None  # whose link has it may open the run; None: everybody
    follows: str | None = None  # the id of the run whose settings it was started from
    expected: str | None = None  # of EXPECTATIONS: what its owner expected of the change
    class_id: str | None = None  # the class that its owner was in; only its members see the run

    @cached_property
    def config(self) -> RunConfig:
        """The configuration, parsed on first use, since a list of runs doesn't need it. Raises ConfigError."""
        return from_json(self.config_json)

    @property
    def active(self) -> bool:
        """Whether a process is working on this run."""
        return self.state in ACTIVE

    @property
    def listed(self) -> bool:
        """Whether everybody sees it in the lists."""
        return self.link_key is None

    @property
    def ended(self) -> bool:
        """Whether the run is over. It may still be resumed."""
        return self.state in ENDED

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds of training that remain. None while unknown."""
        if not self.step or not self.total_steps or not self.seconds:
            return None
        return self.seconds / self.step * (self.total_steps - self.step)


def owner_of(secret: str) -> str:
    """The owner's name in the database. It is a hash, so nobody can act as the owner by reading the database."""
    return sha256(secret.encode()).hexdigest()


_SHOWN = tuple(Run.__dataclass_fields__)


def from_row(row: RowMapping) -> Run:
    """The run in a row of the table `runs`."""
    values = {name: row[name] for name in _SHOWN if name != "config_json"}
    values |= {
        "config_json": row["config"],
        "state": State(row["state"]),
        "note": as_message(row["note"]) if row["note"] else None,
    }
    return Run(**values)
