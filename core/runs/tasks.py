"""Heavy work on a run beside its training, such as evaluating it: one at a time, in a process that is warm already.

The worker tells how far it is in a small file of the run's folder; what it finds is a file there, too. Both sides only
ever replace whole files, so that a page may look at any moment.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from core import environment
from core.errors import ClassroomError
from core.messages import Message, say
from core.runs.queue import WORKERS
from core.runs.run import as_json, as_message
from core.runs.schema import connect
from core.runs.store import Store

POLL_SECONDS = 0.05
TOLD_SECONDS = 0.2
LIMIT_SECONDS = 900.0  # after which a chore is given up

Kind = Literal["evaluate", "find_lr", "neighbours"]


@dataclass(frozen=True)
class Chore:
    """What is to be done, with which run."""

    kind: Kind
    run_id: str
    epoch: int = 0


@dataclass(frozen=True)
class Status:
    """How far a chore is."""

    state: Literal["waiting", "working", "done", "failed"]
    message: Message
    fraction: float | None = None  # 0..1, None while unknown


class Desk:
    """Takes chores and has them done, one at a time. The same chore isn't done twice at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at_work = threading.Lock()
        self._open: set[Chore] = set()

    def ask(self, chore: Chore) -> None:
        """Have it done in the background, unless it already is. What an earlier attempt told is forgotten."""
        with self._lock:
            if chore in self._open:
                return
            self._open.add(chore)
        environment.run_folder(chore.run_id).mkdir(parents=True, exist_ok=True)
        _status_file(chore).unlink(missing_ok=True)
        threading.Thread(target=self._do, args=[chore], daemon=True).start()

    def status(self, chore: Chore) -> Status | None:
        """How far it is; None where nobody asked since the server started and nothing is told."""
        told = _read(chore)
        if told is None and chore in self._open:
            return Status("waiting", say("Waiting for its turn"))
        return told

    def _do(self, chore: Chore) -> None:
        try:
            with self._at_work:
                supervise(chore)
        finally:
            with self._lock:
                self._open.discard(chore)


def supervise(chore: Chore) -> None:
    """Have a worker do it, and see to it that it ends whatever becomes of the worker."""
    worker = WORKERS.take()
    worker.tell({"chore": asdict(chore)})
    until = time.monotonic() + LIMIT_SECONDS
    folder = environment.run_folder(chore.run_id)
    while worker.alive and time.monotonic() < until and folder.exists():
        told = _read(chore)
        if told and told.state in ("done", "failed"):
            WORKERS.put(worker, spare=True)
            return
        time.sleep(POLL_SECONDS)
    worker.kill()
    tell(chore, Status("failed", say("Its process ended without a reason, perhaps for lack of memory. Try again.")))


# --- the worker's side --------------------------------------------------------------------------------------------


def perform(chore: Chore) -> None:
    """Do it, telling how far it is."""
    told = 0.0
    try:
        for message, fraction in _KINDS[chore.kind](chore):
            if time.monotonic() - told > TOLD_SECONDS:
                tell(chore, Status("working", message, fraction))
                told = time.monotonic()
        tell(chore, Status("done", say("Done"), 1.0))
    except ClassroomError as error:
        tell(chore, Status("failed", error.message))


Steps = Iterator[tuple[Message, float | None]]  # what is being done, and how far it is


def _evaluate(chore: Chore) -> Steps:
    from core.evaluation.predictions import evaluate  # needs torch, which a page doesn't

    return evaluate(chore.run_id, chore.epoch)


def _find_lr(chore: Chore) -> Steps:
    from core.training.lr_finder import find

    config = Store(connect(environment.database_url())).get(chore.run_id).config
    return find(config, environment.run_folder(chore.run_id))


def _neighbours(chore: Chore) -> Steps:
    from core.inference.neighbours import build

    return build(chore.run_id)


_KINDS: dict[Kind, Callable[[Chore], Steps]] = {
    "evaluate": _evaluate,
    "find_lr": _find_lr,
    "neighbours": _neighbours,
}


def _status_file(chore: Chore) -> Path:
    return environment.run_folder(chore.run_id) / f"chore-{chore.kind}-{chore.epoch}.json"


def tell(chore: Chore, status: Status) -> None:
    """Write the status aside and rename it. A run that was deleted meanwhile needs none."""
    target = _status_file(chore)
    partial = target.with_name(f".partial-{os.getpid()}-{threading.get_ident()}-{target.name}")
    content = {"state": status.state, "message": as_json(status.message), "fraction": status.fraction}
    try:
        partial.write_text(json.dumps(content), encoding="utf-8")
        os.replace(partial, target)
    except FileNotFoundError:
        return


def _read(chore: Chore) -> Status | None:
    try:
        content: dict[str, Any] = json.loads(_status_file(chore).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    message = as_message(content["message"])
    assert message
    return Status(content["state"], message, content["fraction"])
