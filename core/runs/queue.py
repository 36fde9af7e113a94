"""Where runs execute: one scheduler thread takes them from the queue, one supervised process trains each.

The executor has the shape of `concurrent.futures`: a pool on another machine can take its place.
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
# A worker that asked for nothing but has been silent so long is dead: it beats once a second.
STALE_SECONDS = 8.0
# What a process gets to end after a stop was asked for: while it trains it may have a checkpoint to write.
STOP_GRACE = {State.PREPARING: 1.5, State.RUNNING: 10.0}
# Memory that a step frees is kept for the next one, up to 128 MB of it. Given back to the system and asked for again at
# every step, as the C library does it by itself, it made mnist-cnn-8x8 a sixth slower.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(32 * 2**20), "MALLOC_TRIM_THRESHOLD_": str(128 * 2**20)}
# Threads that wait for each other stay awake for a moment; `core.training.threads` lets them
# do so only while nothing else needs the processors.
SPIN = {"GOMP_SPINCOUNT": "300000"}
# What a training process has in its environment, unless whoever started the app chose otherwise.
TUNED = ALLOCATOR | SPIN


class Worker:
    """A child process that trains, ready before it is needed."""

    def __init__(self) -> None:
        # Its input is a pipe that nobody else holds: it closes with this process, whatever kills it.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "core.runs.worker"], stdin=subprocess.PIPE, cwd=ROOT, env=TUNED | os.environ
        )

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def send(self, run_id: str, attempt: int) -> None:
        """Give it a run. A process that died meanwhile is noticed by `alive`."""
        self.tell({"run": run_id, "attempt": attempt})

    def tell(self, command: dict[str, Any]) -> None:
        """Give it a command (see `core.runs.worker`)."""
        assert self.process.stdin
        try:
            self.process.stdin.write(json.dumps(command).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            self.kill()

    def kill(self) -> None:
        """End it at once, and leave nothing of it."""
        self.process.kill()
        self.process.wait()
        if self.process.stdin:
            with suppress(BrokenPipeError):  # what was still to be sent has no reader
                self.process.stdin.close()


class Workers:
    """The processes of this machine that wait for a run."""

    def __init__(self) -> None:
        self._idle: list[Worker] = []
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Have one waiting."""
        with self._lock:
            if not self._idle:
                self._idle.append(Worker())

    def take(self) -> Worker:
        """One that is ready, or a new one."""
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.alive:
                    return worker
                worker.kill()
        return Worker()

    def put(self, worker: Worker, *, spare: bool = False) -> None:
        """Keep it for the next run; a `spare` one only if no other waits, as each takes some 300 MB."""
        with self._lock:
            if spare and self._idle:
                worker.kill()
            else:
                self._idle.append(worker)

    def close(self) -> None:
        """End all that wait."""
        with self._lock:
            for worker in self._idle:
                worker.kill()
            self._idle.clear()


WORKERS = Workers()


def supervise(url: str, run_id: str, attempt: int, closing: threading.Event) -> None:
    """Have a worker train this run, and see to it that the run ends whatever becomes of the worker."""
    store = Store(schema.connect(url))
    worker = WORKERS.take()
    worker.send(run_id, attempt)
    while not closing.wait(POLL_SECONDS):
        run = store.find(run_id)
        if run is None or run.attempt != attempt or not run.active:  # None: it ended and was deleted at once
            WORKERS.put(worker)
            owner_actions.make_room(store)
            return
        asked = run.stop_requested_at
        if asked and time.time() - asked > STOP_GRACE[run.state]:
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
    """A thread for each task. The threads are daemons: `ThreadPoolExecutor`'s would keep a stopped app from ending."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Start the task at once."""
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
    """Starts as many runs as there are free slots, in the order of the queue."""

    def __init__(self, store: Store, *, slots: int | None = None, executor: Executor | None = None) -> None:
        self.store = store
        self.slots = slots or environment.training_slots()
        self._executor = executor or ThreadExecutor()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._tasks: dict[tuple[str, int], Future[Any]] = {}
        self._thread = threading.Thread(target=self._schedule, daemon=True)

    def start(self) -> None:
        """Begin to take runs from the queue, those of an earlier app among them."""
        WORKERS.warm()
        self._thread.start()

    def wake(self) -> None:
        """There is something new in the queue."""
        self._wake.set()

    def close(self) -> None:
        """End all processes. What they trained goes back into the queue."""
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
        """Queue again what a process of an app that is gone left behind."""
        for run_id, attempt in self.store.stale(STALE_SECONDS):
            if (run_id, attempt) not in self._tasks:
                _log.warning("run %s, attempt %d: its process is silent, the run is queued again", run_id, attempt)
                self.store.give_back(run_id, attempt, lost=True)
