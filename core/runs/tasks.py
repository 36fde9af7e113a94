"""Tasks: heavy work on a run besides its training, such as its evaluation.

Tasks run one at a time in a worker process. The worker writes a task's status and its result to files in the run's
folder. Files are replaced as a whole, so pages can read them at any time.
"""

import json
import logging
import os
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Literal

from core import faults
from core.errors import ClassroomError
from core.messages import Message, say
from core.runs import causes
from core.runs.queue import WORKERS
from core.runs.run import as_json, as_message
from core.storage import write_text
from core.training import run_files

POLL_SECONDS = 0.05
STATUS_SECONDS = 0.2
LIMIT_SECONDS = 900.0  # after which a task is given up
BEAT_SECONDS = 1.0
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


class TaskRunner:
    """Runs tasks one at a time, and never the same task twice at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at_work = threading.Lock()
        self._open: set[Task] = set()

    def submit(self, task: Task) -> None:
        """Start a task in the background, unless it is already waiting or working. Clears an earlier status."""
        with self._lock:
            if task in self._open:
                return
            self._open.add(task)
        run_files.folder(task.run_id).mkdir(parents=True, exist_ok=True)
        _status_file(task).unlink(missing_ok=True)
        threading.Thread(target=self._do, args=[task], daemon=True).start()

    def status(self, task: Task) -> Status | None:
        """The status of a task. None if it was never submitted."""
        status = _read(task)
        if status is None and task in self._open:
            return Status("waiting", say("Waiting for another task"))
        return status

    def _do(self, task: Task) -> None:
        try:
            with self._at_work:
                supervise(task)
        except Exception as error:  # noqa: BLE001 - reported; the page must not wait for ever
            number = faults.report(error, _log, f"having {task.name} done")
            write_status(task, Status("failed", faults.cause(error) or causes.of_app(number)))
        finally:
            with self._lock:
                self._open.discard(task)


def supervise(task: Task) -> None:
    """Let a worker perform the task. If the worker dies or takes too long, the task fails."""
    worker = WORKERS.take()
    worker.send({"task": asdict(task)})
    began, start_seconds = time.monotonic(), max(SILENT_SECONDS, START_SECONDS - worker.age)
    folder = run_files.folder(task.run_id)
    while worker.alive and folder.exists():
        status = _read(task)
        if status and status.state in ("done", "failed"):
            WORKERS.put(worker, spare=True)
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
