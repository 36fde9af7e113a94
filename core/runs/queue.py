"""The queue: a scheduler thread starts runs in order, and a supervised process trains each.

The executor has the interface of `concurrent.futures`, so a pool on another machine can take its place.
"""

import logging
import math
import os
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from core import environment, faults
from core.child import Child
from core.messages import Message
from core.runs import causes, owner_actions, schema
from core.runs.state import State
from core.runs.store import Pulse, Store
from core.training import run_files

_log = logging.getLogger(__package__)
POLL_SECONDS = 0.1
# A worker without a heartbeat for this long counts as dead. It sends one a second.
STALE_SECONDS = 8.0
# A new process imports PyTorch before it beats for the first time. Its supervisor beats for it meanwhile.
START_SECONDS, BEAT_SECONDS = 90.0, 1.0
# A machine that slept shows everybody silent for a moment.
SECOND_LOOK_SECONDS = 5.0
LONGEST_PAUSE = 2.0  # between two looks while the database doesn't answer
# What a process gets to save and end when the app ends.
CLOSING_SECONDS = 3.0
# Seconds that a process has to stop by itself. While it trains, it may have to write a checkpoint.
STOP_GRACE = {State.PREPARING: 1.5, State.RUNNING: 10.0}
# Keep up to 128 MB of freed memory for the next step. By default, the C library returns it to the system at every step,
# which makes mnist-cnn-8x8 a sixth slower.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(32 * 2**20), "MALLOC_TRIM_THRESHOLD_": str(128 * 2**20)}
# Waiting threads spin for a moment. `core.training.threads` allows this only while nothing else needs the processors.
SPIN = {"GOMP_SPINCOUNT": "300000"}
# Environment of a training process. Variables that are already set take precedence.
TUNED = ALLOCATOR | SPIN


class Worker(Child):
    """A child process that trains. It starts before it is needed."""

    def __init__(self) -> None:
        tuned = {name: value for name, value in TUNED.items() if name not in os.environ}
        super().__init__("core.runs.worker", answers=False, env=tuned)

    def leave(self, seconds: float) -> None:
        """Have it save what it trains and end; kill it where that takes longer."""
        with suppress(BrokenPipeError):
            self.input.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self.kill()


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
    worker = None
    try:
        worker = WORKERS.take()
        worker.send({"run": run_id, "attempt": attempt})
        cause = _watch(store, worker, run_id, attempt, closing)
    except Exception as error:  # noqa: BLE001 - reported; the run must not wait for ever
        number = faults.report(error, _log, f"supervising run {run_id}, attempt {attempt}")
        cause = faults.cause(error) or causes.of_app(number)
    if cause is None and closing.is_set() and worker:
        _log.info("run %s, attempt %d: back into the queue, the app ends", run_id, attempt)
        worker.leave(CLOSING_SECONDS)
        with suppress(SQLAlchemyError):  # then the next app finds its heartbeat missing
            store.give_back(run_id, attempt)
    elif cause is None and worker:
        if run_files.trace(run_id).exists():  # after an error that nobody expected, who knows what state it left
            worker.kill()
            WORKERS.warm()
        else:
            WORKERS.put(worker)
        _make_room(store)
    elif cause:
        _log.warning("run %s, attempt %d: lost: %s", run_id, attempt, cause)
        if worker:
            worker.kill()
        _insist(lambda: store.give_back(run_id, attempt, cause=cause), closing)
        WORKERS.warm()


def _make_room(store: Store) -> None:
    try:
        owner_actions.make_room(store)
    except (OSError, SQLAlchemyError) as error:  # the next run's end tries again
        faults.report(error, _log, "making room for new runs")


def _watch(store: Store, worker: Worker, run_id: str, attempt: int, closing: threading.Event) -> Message | None:
    """Wait for the attempt's end; returns why its process was lost, None where it wasn't or the app is closing."""
    pauses = faults.Pauses()
    ours: float | None = None  # the last beat that isn't the worker's: the claim's, or of this thread
    started = time.monotonic() - worker.age
    silent_since = stopping_since = math.inf
    while not closing.wait(POLL_SECONDS):
        try:
            pulse = store.pulse(run_id, attempt)
            if pulse and _starting(pulse, ours) and time.monotonic() - started < START_SECONDS:
                ours = store.beat(run_id, attempt)  # while it imports, no other server shall take its run
        except SQLAlchemyError as error:
            _log.warning("run %s, attempt %d: the database doesn't answer (%s)", run_id, attempt, error)
            closing.wait(min(pauses.following(), LONGEST_PAUSE))
            silent_since = math.inf  # the worker couldn't write either
            continue
        pauses.reset()
        if pulse is None:
            return None
        now = time.monotonic()
        ours = ours or pulse.beat
        stopping_since = min(stopping_since, now) if pulse.stopping else math.inf
        if now - stopping_since > STOP_GRACE[pulse.state]:
            worker.kill()
        if not worker.alive:
            return causes.of_exit(worker.process.returncode)
        silent_since = min(silent_since, now) if pulse.silence > STALE_SECONDS else math.inf
        if now - silent_since > SECOND_LOOK_SECONDS:
            return causes.HUNG
    return None


def _starting(pulse: Pulse, ours: float | None) -> bool:
    """Whether a beat is due and the worker hasn't sent one yet."""
    return pulse.beat == (ours or pulse.beat) and pulse.silence > BEAT_SECONDS


def _insist(write: Callable[[], None], closing: threading.Event) -> None:
    """Write to the database, again and again while it doesn't answer."""
    pauses = faults.Pauses()
    while True:
        try:
            return write()
        except SQLAlchemyError as error:
            _log.warning("the database doesn't answer (%s)", error)
            if closing.wait(pauses.following()):
                return None


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
        """End all processes. What they trained is saved and goes back into the queue."""
        self._closing.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(CLOSING_SECONDS)
        with suppress(TimeoutError):
            for task in self._tasks.values():
                task.exception(timeout=CLOSING_SECONDS + 1)
        WORKERS.close()

    def _schedule(self) -> None:
        faults.keep_going(self._turn, self._closing, _log, "starting runs from the queue")

    def _turn(self) -> None:
        """Start what there is room for, and wait until there is something to do."""
        self._wake.clear()
        self._tasks = {key: task for key, task in self._tasks.items() if not task.done()}
        self._recover()
        while len(self._tasks) < self.slots and not self._closing.is_set() and (claimed := self.store.claim()):
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
                self.store.give_back(run_id, attempt, cause=causes.APP_GONE)
