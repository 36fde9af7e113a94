"""A run as it stands in the database, and the messages that are kept with it."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from sqlalchemy import RowMapping

from core.config import RunConfig, from_json
from core.messages import Message
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
    remark: str | None = None  # its owner's own words
    follows: str | None = None  # the id of the run whose settings it was started from
    expected: str | None = None  # of EXPECTATIONS: what its owner expected of the change

    @cached_property
    def config(self) -> RunConfig:
        """Its configuration, read when it is asked for: a list of runs needs none. Raises ConfigError."""
        return from_json(self.config_json)

    @property
    def active(self) -> bool:
        """Whether a process is at work on it."""
        return self.state in ACTIVE

    @property
    def ended(self) -> bool:
        """Whether nothing more will come unless it is resumed."""
        return self.state in ENDED

    @property
    def seconds_left(self) -> float | None:
        """Training time still to come at the speed so far, None while unknown."""
        if not self.step or not self.total_steps or not self.seconds:
            return None
        return self.seconds / self.step * (self.total_steps - self.step)


def owner_of(secret: str) -> str:
    """The owner's name in the database: a hash, so that reading the database gives nobody their rights."""
    return sha256(secret.encode()).hexdigest()


def as_json(message: Message) -> dict[str, Any]:
    """A message for the database."""
    values = {
        name: as_json(value) if isinstance(value, Message) else value if isinstance(value, int | float) else str(value)
        for name, value in message.values.items()
    }
    return {"template": message.template, "values": values}


def as_message(content: dict[str, Any] | None) -> Message | None:
    """What `as_json` made, as a message again."""
    if content is None:
        return None
    values = {
        name: as_message(value) if isinstance(value, dict) else value for name, value in content["values"].items()
    }
    return Message(content["template"], values)


_SHOWN = tuple(Run.__dataclass_fields__)


def from_row(row: RowMapping) -> Run:
    """A row of the table `runs`."""
    values = {name: row[name] for name in _SHOWN if name != "config_json"}
    values |= {
        "config_json": row["config"],
        "state": State(row["state"]),
        "note": as_message(row["note"]),
    }
    return Run(**values)
