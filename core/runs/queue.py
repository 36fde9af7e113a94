"""The queue: a scheduler thread starts runs in order, and a supervised process trains each.

The executor has the interface of `concurrent.futures`, so a pool on another machine can take its place.
"""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from pathlib import Path
from typing import Any

from core import environment
from core.runs import owner_actions, schema
from core.runs.state import State
from core.runs.store import Store

_log = logging.getLogger(__package__)
ROOT = Path(__file__).parents[2]
POLL_SECONDS = 0.1
# A worker without a heartbeat for this long counts as dead. It sends one a second.
STALE_SECONDS = 8.0
# Seconds that a process has to stop by itself. While it trains, it may have to write a checkpoint.
STOP_GRACE = {State.PREPARING: 1.5, State.RUNNING: 10.0}
# Keep up to 128 MB of freed memory for the next step. By default, the C library returns it to the system at every step,
# which makes mnist-cnn-8x8 a sixth slower.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(32 * 2**20), "MALLOC_TRIM_THRESHOLD_": str(128 * 2**20)}
# Waiting threads spin for a moment. `core.training.threads` allows this only while nothing else needs the processors.
SPIN = {"GOMP_SPINCOUNT": "300000"}
# Environment of a training process. Variables that are already set take precedence.
TUNED = ALLOCATOR | SPIN


class Worker:
    """A child process that trains. It starts before it is needed."""

    def __init__(self) -> None:
        # Only this process holds the pipe to its input. The pipe closes when this process ends, even if it is killed.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "core.runs.worker"], stdin=subprocess.PIPE, cwd=ROOT, env=TUNED | os.environ
        )

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def assign(self, run_id: str, attempt: int) -> None:
        """Assign a run. If the process has died, `alive` shows it."""
        self.send({"run": run_id, "attempt": attempt})

    def send(self, command: dict[str, Any]) -> None:
        """Send a command (see `core.runs.worker`)."""
        assert self.process.stdin
        try:
            self.process.stdin.write(json.dumps(command).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            self.kill()

    def kill(self) -> None:
        """Kill the process and close its input."""
        self.process.kill()
        self.process.wait()
        if self.process.stdin:
            with suppress(BrokenPipeError):  # unsent commands have no reader any more
                self.process.stdin.close()


class Workers:
    """The idle worker processes of this machine."""

    def __init__(self) -> None:
        self._idle: list[Worker] = []
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Start a worker unless one is idle."""
        with self._lock:
            if not self._idle:
                self._idle.append(Worker())

    def take(self) -> Worker:
        """Return an idle worker, or a new one."""
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.alive:
                    return worker
                worker.kill()
        return Worker()

    def put(self, worker: Worker, *, spare: bool = False) -> None:
        """Keep a worker for the next run. A `spare` one is killed if another is idle: each takes some 300 MB."""
        with self._lock:
            if spare and self._idle:
                worker.kill()
            else:
                self._idle.append(worker)

    def close(self) -> None:
        """Kill all idle workers."""
        with self._lock:
            for worker in self._idle:
                worker.kill()
            self._idle.clear()


WORKERS = Workers()


def supervise(url: str, run_id: str, attempt: int, closing: threading.Event) -> None:
    """Let a worker train this run. If the worker dies or doesn't stop in time, the run goes back into the queue."""
    store = Store(schema.connect(url))
    worker = WORKERS.take()
    worker.assign(run_id, attempt)
    while not closing.wait(POLL_SECONDS):
        run = store.find(run_id)
        if run is None or run.attempt != attempt or not run.active:  # None: its owner deleted it
            WORKERS.put(worker)
            owner_actions.make_room(store)
            return
        requested = run.stop_requested_at
        if requested and time.time() - requested > STOP_GRACE[run.state]:
            worker.kill()
        if not worker.alive:
            _log.warning("run %s, attempt %d: its process ended with code %s", run_id, attempt, worker.process.poll())
            worker.kill()
            store.give_back(run_id, attempt, lost=True)
            WORKERS.warm()
            return
    _log.info("run %s, attempt %d: back into the queue, the app ends", run_id, attempt)
    worker.kill()
    store.give_back(run_id, attempt, lost=False)


class ThreadExecutor(Executor):
    """Runs each call in a daemon thread. The threads of `ThreadPoolExecutor` would keep a stopped app alive."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Start the call at once."""
        future: Future[Any] = Future()

        def run() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:
                future.set_exception(error)
                raise

        threading.Thread(target=run, daemon=True).start()
        return future


class Queue:
    """Starts runs in order, as many at once as there are slots."""

    def __init__(self, store: Store, *, slots: int | None = None, executor: Executor | None = None) -> None:
        self.store = store
        self.slots = slots or environment.training_slots()
        self._executor = executor or ThreadExecutor()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._tasks: dict[tuple[str, int], Future[Any]] = {}
        self._thread = threading.Thread(target=self._schedule, daemon=True)

    def start(self) -> None:
        """Start the scheduler. It also takes runs that an earlier app left in the queue."""
        WORKERS.warm()
        self._thread.start()

    def wake(self) -> None:
        """Tell the scheduler that a run was queued."""
        self._wake.set()

    def close(self) -> None:
        """Kill all processes. Their runs go back into the queue."""
        self._closing.set()
        self._wake.set()
        self._thread.join()
        for task in self._tasks.values():
            task.exception()
        WORKERS.close()

    def _schedule(self) -> None:
        while not self._closing.is_set():
            self._wake.clear()
            self._tasks = {key: task for key, task in self._tasks.items() if not task.done()}
            self._recover()
            while len(self._tasks) < self.slots and (claimed := self.store.claim()):
                _log.info("run %s, attempt %d: claimed", *claimed)
                task = self._executor.submit(supervise, str(environment.database_url()), *claimed, self._closing)
                task.add_done_callback(lambda _: self.wake())
                self._tasks[claimed] = task
            self._wake.wait(timeout=1.0)

    def _recover(self) -> None:
        """Queue runs again whose process sends no heartbeat, such as those of an app that was killed."""
        for run_id, attempt in self.store.stale(STALE_SECONDS):
            if (run_id, attempt) not in self._tasks:
                _log.warning("run %s, attempt %d: its process is silent, the run is queued again", run_id, attempt)
                self.store.give_back(run_id, attempt, lost=True)
