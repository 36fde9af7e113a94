"""Tasks: heavy work on a run besides its training, such as its evaluation.

Tasks run one at a time in a worker process. The worker writes a task's status and its result to files in the run's
folder. Files are replaced as a whole, so pages can read them at any time.
"""

import json
import logging
import math
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Literal

from core import faults
from core.errors import ClassroomError
from core.messages import Message, as_json, as_message, say
from core.runs import causes
from core.runs.queue import WORKERS
from core.storage import write_text
from core.training import run_files

POLL_SECONDS = 0.05
STATUS_SECONDS = 0.2
LIMIT_SECONDS = 900.0  # after which a task is given up
BEAT_SECONDS = 1.0
REMEMBERED = 1_000  # visitors whose last turn is known
GONE_SECONDS = 20.0  # after which a visitor whose page doesn't look any more has left
# After so long without a sign of life a process hangs: one at work, and one that still imports PyTorch.
SILENT_SECONDS, START_SECONDS = 10.0, 90.0
_log = logging.getLogger(__package__)


@dataclass(frozen=True)
class Task:
    """Work on one run. `work` names a function as "module:function", so this package needn't import it.

    The function gets the run's id and `arguments`, and yields `Progress`.
    """

    work: str
    run_id: str
    arguments: tuple[str | int, ...] = ()

    @property
    def name(self) -> str:
        """A name for files and widgets. It is different for different work or arguments."""
        digest = sha256(json.dumps(self.arguments).encode()).hexdigest()[:8]
        return f"{self.work.rpartition(':')[2]}-{digest}"


@dataclass(frozen=True)
class Status:
    """The status of a task."""

    state: Literal["waiting", "working", "done", "failed"]
    message: Message
    fraction: float | None = None  # 0..1, None while unknown


@dataclass
class _Asked:
    """A task that somebody wants done."""

    task: Task
    # Who asked → when they last looked, by the monotonic clock; infinity where it is done in any case.
    visitors: dict[str, float]

    @property
    def wanted(self) -> bool:
        """Whether somebody still waits for it."""
        return time.monotonic() - max(self.visitors.values()) < GONE_SECONDS


class TaskRunner:
    """Runs tasks one at a time, and never the same task twice at once.

    Fair: of the visitors who wait, it is the turn of the one who was served the longest ago. A page that asked shows
    how far the task is; where nobody looked any more for a while, the task ends, or never begins.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[Task, _Asked] = {}  # in the order they were asked for; the first may be under way
        self._served: dict[str, int] = {}  # visitor → the number of their last turn
        self._turns = 0
        self._working = False

    def submit(self, task: Task, visitor: str, *, watched: bool = True) -> None:
        """Have it done in the background, unless it already is. What an earlier attempt told is forgotten.

        Args:
            visitor: Whose turn it takes.
            watched: Whether the visitor's page calls `status` until it is done. Otherwise it is done in any case, as
                long as the visitor has no other such task open.
        """
        with self._lock:
            looked = time.monotonic() if watched else math.inf
            if task in self._open:
                self._open[task].visitors[visitor] = max(looked, self._open[task].visitors.get(visitor, 0.0))
                return
            if not watched and any(one.visitors.get(visitor) == math.inf for one in self._open.values()):
                return
            run_files.folder(task.run_id).mkdir(parents=True, exist_ok=True)
            _status_file(task).unlink(missing_ok=True)
            self._open[task] = _Asked(task, {visitor: looked})
            if not self._working:
                self._working = True
                threading.Thread(target=self._work, daemon=True).start()

    def status(self, task: Task, visitor: str) -> Status | None:
        """How far it is, for a visitor who looks; None where nobody asked since the server started, or it was ended."""
        told = _read(task)
        with self._lock:
            asked = self._open.get(task)
            if asked is None:
                return told
            if visitor in asked.visitors:
                asked.visitors[visitor] = max(time.monotonic(), asked.visitors[visitor])
        return told or Status("waiting", say("Waiting for its turn"))

    def _work(self) -> None:
        """Do what is asked for until nothing is."""
        while asked := self._next():
            try:
                supervise(asked.task, lambda asked=asked: asked.wanted)  # type: ignore[misc]  # bound to this one
            except Exception as error:  # noqa: BLE001 - reported; the page must not wait for ever
                number = faults.report(error, _log, f"having {asked.task.name} done")
                write_status(asked.task, Status("failed", faults.cause(error) or causes.of_app(number)))
            finally:
                with self._lock:
                    del self._open[asked.task]

    def _next(self) -> _Asked | None:
        """Whose turn it is. None ends the thread."""
        with self._lock:
            for asked in [asked for asked in self._open.values() if not asked.wanted]:
                del self._open[asked.task]
            if not self._open:
                self._working = False
                return None
            turn = min(self._open.values(), key=self._rank)
            self._turns += 1
            for visitor in turn.visitors:
                self._served.pop(visitor, None)
                self._served[visitor] = self._turns
            for longest_ago in list(self._served)[:-REMEMBERED]:
                del self._served[longest_ago]
            return turn

    def _rank(self, asked: _Asked) -> tuple[bool, int]:
        """First whose page waits, then who was served the longest ago; among equals the order of asking."""
        unwatched = all(looked == math.inf for looked in asked.visitors.values())
        return unwatched, min(self._served.get(visitor, 0) for visitor in asked.visitors)


def supervise(task: Task, wanted: Callable[[], bool] = lambda: True) -> None:
    """Have a worker do it, and see to it that it ends whatever becomes of the worker, or once nobody wants it."""
    worker = WORKERS.take()
    worker.send({"task": asdict(task)})
    began, start_seconds = time.monotonic(), max(SILENT_SECONDS, START_SECONDS - worker.age)
    folder = run_files.folder(task.run_id)
    while worker.alive and folder.exists():
        status = _read(task)
        if status and status.state in ("done", "failed"):
            WORKERS.put(worker, spare=True)
            return
        if not wanted():
            _log.info("%s for run %s: ended, its visitor has gone", task.name, task.run_id)
            worker.kill()
            _status_file(task).unlink(missing_ok=True)
            return
        took = time.monotonic() - began
        if took > LIMIT_SECONDS:
            write_status(
                task, Status("failed", say("It took longer than {minutes} minutes.", minutes=LIMIT_SECONDS // 60))
            )
            break
        if _silence(task, took) > (SILENT_SECONDS if status else start_seconds):
            write_status(task, Status("failed", causes.HUNG))
            break
        time.sleep(POLL_SECONDS)
    else:
        write_status(task, Status("failed", causes.of_exit(worker.process.poll())))
    worker.kill()


def _silence(task: Task, since_begin: float) -> float:
    """Seconds since the worker gave a sign of life, or since the beginning where it hasn't yet."""
    try:
        return time.time() - _status_file(task).stat().st_mtime
    except FileNotFoundError:
        return since_begin


# --- the worker's side --------------------------------------------------------------------------------------------


def perform(task: Task) -> None:
    """Perform the task and write its status."""
    written = 0.0
    write_status(task, Status("working", say("Getting ready")))
    done = threading.Event()
    threading.Thread(target=_beat, args=[task, done], daemon=True).start()
    try:
        for progress in resolve_name(task.work)(task.run_id, *task.arguments):
            if time.monotonic() - written > STATUS_SECONDS:
                write_status(task, Status("working", progress.message, progress.fraction))
                written = time.monotonic()
        write_status(task, Status("done", say("Done"), 1.0))
    except ClassroomError as error:
        write_status(task, Status("failed", error.message))
    except Exception as error:  # noqa: BLE001 - reported, and told on the page
        number = faults.report(error, _log, f"doing {task.name} for run {task.run_id}")
        write_status(task, Status("failed", faults.cause(error) or causes.of_app(number)))
    finally:
        done.set()


def _beat(task: Task, done: threading.Event) -> None:
    """Touch the status while the work goes on, also in the middle of a step that takes long."""
    while not done.wait(BEAT_SECONDS):
        with suppress(OSError):
            os.utime(_status_file(task))


def _status_file(task: Task) -> Path:
    return run_files.task_status(task.run_id, task.name)


def write_status(task: Task, status: Status) -> None:
    """Write the status of a task. Does nothing if the run was deleted meanwhile."""
    content = {"state": status.state, "message": as_json(status.message), "fraction": status.fraction}
    with suppress(FileNotFoundError):
        write_text(_status_file(task), json.dumps(content))


def _read(task: Task) -> Status | None:
    try:
        content: dict[str, Any] = json.loads(_status_file(task).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    message = as_message(content["message"])
    assert message
    return Status(content["state"], message, content["fraction"])
