"""Training processes that hang, die, or meet a bug, in a real queue."""

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from core import environment
from core.evaluation import EVALUATE
from core.recipes import configure
from core.runs import causes, history, tasks
from core.runs import queue as queue_module
from core.runs.queue import Queue, Worker, supervise
from core.runs.run import Run
from core.runs.schema import connect
from core.runs.state import State
from core.runs.store import Store
from core.runs.tasks import Task, TaskRunner
from core.training import run_files
from tests.conftest import set_folders
from tests.runs import ME, busiest_worker

LIMIT = 90.0  # seconds, on a busy machine
INTERRUPTED = configure("digits", {"epochs": 60})
pytestmark = pytest.mark.usefixtures("shared_folders")


@pytest.fixture(scope="module")
def shared_queue(shared_root: Path) -> Iterator[Queue]:
    with pytest.MonkeyPatch.context() as environ:
        set_folders(environ, shared_root)
        running = Queue(Store(connect(environment.database_url())), slots=2)
        running.start()
        yield running
        running.close()


@pytest.fixture
def queue(shared_queue: Queue) -> Iterator[Queue]:
    yield shared_queue
    for run in shared_queue.store.recent(100):
        if not run.ended:
            shared_queue.store.request_stop(run.id, owner=ME)
            wait(shared_queue, run.id, lambda run: run.ended)


@pytest.fixture(scope="module")
def whole(shared_queue: Queue) -> Run:
    """A run of `INTERRUPTED` that nothing happened to."""
    return finished(shared_queue, start(shared_queue))


def start(queue: Queue) -> str:
    run_id = queue.store.create(INTERRUPTED, owner=ME, name="a run")
    queue.wake()
    return run_id


def wait(queue: Queue, run_id: str, done: Callable[[Run], bool]) -> Run:
    deadline = time.monotonic() + LIMIT
    while not done(run := queue.store.get(run_id)):
        assert time.monotonic() < deadline, f"still {run.state} at step {run.step}"
        time.sleep(0.02)
    return run


def finished(queue: Queue, run_id: str) -> Run:
    run = wait(queue, run_id, lambda run: run.ended)
    assert run.state == State.FINISHED, run.note
    return run


def losses(queue: Queue, run: Run) -> bytes:
    return history.step_losses(queue.store.database, run.id)[1].tobytes()


def test_a_process_that_hangs_is_replaced_and_the_numbers_are_the_same(
    queue: Queue, whole: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_module, "STALE_SECONDS", 3.0)
    run_id = start(queue)
    wait(queue, run_id, lambda run: run.step > 300)
    hung = busiest_worker(psutil.Process().children())
    hung.send_signal(signal.SIGSTOP)
    run = finished(queue, run_id)
    assert run.attempt == 2
    assert losses(queue, run) == losses(queue, whole)
    assert not hung.is_running() or hung.status() == psutil.STATUS_ZOMBIE


def test_the_queue_outlives_a_database_that_does_not_answer(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = iter(range(3))
    claim, pulse = queue.store.claim, Store.pulse

    looks = iter(range(2))

    def refuse(times: Iterator[int]) -> None:
        if next(times, None) is not None:
            raise OperationalError("select", {}, Exception("unable to open database file"))

    def claim_later() -> tuple[str, int] | None:
        refuse(failures)
        return claim()

    def look_later(store: Store, run_id: str, attempt: int) -> object:
        refuse(looks)
        return pulse(store, run_id, attempt)

    monkeypatch.setattr(queue.store, "claim", claim_later)
    monkeypatch.setattr(Store, "pulse", look_later)
    finished(queue, start(queue))
    assert next(failures, None) is None
    assert next(looks, None) is None


def test_runs_go_on_with_the_same_numbers_after_the_database_was_locked(queue: Queue, whole: Run) -> None:
    file = make_url(environment.database_url()).database
    assert file
    runs = [start(queue) for _ in range(2)]
    wait(queue, runs[0], lambda run: run.step > 100)
    with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        time.sleep(12.0)  # longer than a connection waits by itself, and than a silent process is left alone
        connection.execute("ROLLBACK")
    for run_id in runs:
        assert losses(queue, finished(queue, run_id)) == losses(queue, whole)


def test_a_bug_in_the_supervisor_is_told_and_leaves_no_process(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a bug of ours")

    monkeypatch.setattr(queue_module, "_watch", broken)
    run = wait(queue, start(queue), lambda run: run.ended)
    assert run.state == State.FAILED
    assert "An error of the app ended it (number" in str(run.note)


def test_closing_saves_what_was_trained_and_gives_it_back(queue: Queue, whole: Run) -> None:
    other = Queue(queue.store, slots=1)
    closing_now = threading.Event()
    run_id = queue.store.create(INTERRUPTED, owner=ME, name="a run")
    claim = other.store.claim()
    assert claim == (run_id, 1)
    supervisor = threading.Thread(target=supervise, args=[environment.database_url(), *claim, closing_now])
    supervisor.start()
    wait(queue, run_id, lambda run: run.step > 300)
    began = time.monotonic()
    closing_now.set()
    supervisor.join()
    assert time.monotonic() - began < 5
    left = queue.store.get(run_id)
    assert left.state in (State.QUEUED, State.PREPARING), "the shared queue may have taken it already"
    assert left.step > 300
    assert run_files.last_checkpoint(run_id).exists()
    queue.wake()
    assert losses(queue, finished(queue, run_id)) == losses(queue, whole)


def test_a_task_whose_process_hangs_ends_with_a_sentence(
    queue: Queue, whole: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "SILENT_SECONDS", 1.0)
    monkeypatch.setattr(tasks, "START_SECONDS", 1.0)

    def stopped(worker: Worker, _command: object) -> None:
        os.kill(worker.process.pid, signal.SIGSTOP)

    monkeypatch.setattr(Worker, "send", stopped)
    runner, task = TaskRunner(), Task(EVALUATE, whole.id, (1,))
    runner.submit(task, ME)
    deadline = time.monotonic() + LIMIT
    while (status := runner.status(task, ME)) is None or status.state != "failed":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert status.message == causes.HUNG
