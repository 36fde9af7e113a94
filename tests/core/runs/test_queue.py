"""Real training processes: the same numbers as anywhere, stopped, killed, left behind by their app."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from core import environment
from core.config import RunConfig
from core.recipes import configure
from core.runs import history
from core.runs.queue import Queue
from core.runs.run import Run, owner_of
from core.runs.schema import connect
from core.runs.state import State
from core.runs.store import Store
from core.training.__main__ import train
from tests.conftest import set_folders
from tests.runs import ME

LIMIT = 90.0  # seconds, on a busy machine
TURN = 1  # second
LONG = configure("digits", {"epochs": 400})
INTERRUPTED = configure("digits", {"epochs": 60})
pytestmark = pytest.mark.usefixtures("shared_folders")  # and so one warm process for all


@pytest.fixture(scope="module")
def shared_queue(shared_root: Path) -> Iterator[Queue]:
    """One queue for the file: two would each fill their own slots."""
    with pytest.MonkeyPatch.context() as environ:
        set_folders(environ, shared_root)
        environ.setenv("TURN_SECONDS", str(TURN))
        running = Queue(Store(connect(environment.database_url())), slots=1)
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
    """A run of `INTERRUPTED` that nobody interrupted."""
    return finished(shared_queue, start(shared_queue, INTERRUPTED))


def start(queue: Queue, config: RunConfig, **names: str) -> str:
    run_id = queue.store.create(config, owner=ME, name="a run", **names)
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


def test_a_run_has_the_numbers_of_the_headless_command(queue: Queue) -> None:
    config = configure("digits", {"epochs": 3})
    run = finished(queue, start(queue, config))
    *epochs, summary = train(config)
    ours = history.epoch_records(queue.store.database, run.id)
    assert [record.val_loss for record in ours] == [epoch["val_loss"] for epoch in epochs]
    assert [record.train_loss for record in ours] == [epoch["train_loss"] for epoch in epochs]
    assert run.best_val_accuracy == summary["best_val_accuracy"]


def test_a_stopped_run_ends_within_two_seconds_and_goes_on_with_the_same_numbers(queue: Queue, whole: Run) -> None:
    run_id = start(queue, INTERRUPTED)
    wait(queue, run_id, lambda run: run.step > 100)
    asked = time.monotonic()
    queue.store.request_stop(run_id, owner=ME)
    run = wait(queue, run_id, lambda run: run.ended)
    assert time.monotonic() - asked < 2.0
    assert run.state == State.STOPPED
    assert run.step < whole.step, "this test needs a run that is stopped before its end"
    queue.store.resume(run_id, owner=ME)
    queue.wake()
    finished(queue, run_id)
    assert same_curves(queue, run_id, whole.id)


def test_a_killed_process_is_replaced_and_the_numbers_are_the_same(queue: Queue, whole: Run) -> None:
    run_id = start(queue, INTERRUPTED)
    wait(queue, run_id, lambda run: run.step > 300)
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):  # ended, and not yet reaped
            if "core.runs.worker" in child.cmdline():
                child.kill()
    run = finished(queue, run_id)
    assert run.attempt == 2
    assert same_curves(queue, run_id, whole.id)


def same_curves(queue: Queue, first: str, second: str) -> bool:
    database = queue.store.database
    losses = [history.step_losses(database, run)[1].tobytes() for run in (first, second)]
    epochs = [
        [(record.train_loss, record.val_loss, record.val_accuracy) for record in history.epoch_records(database, run)]
        for run in (first, second)
    ]
    return losses[0] == losses[1] and epochs[0] == epochs[1]


def test_a_run_that_cannot_have_its_data_fails_with_a_sentence(queue: Queue, shared_root: Path) -> None:
    (shared_root / "data").write_text("a file where the data folder should be")
    run_id = start(queue, configure("mnist-mlp", {}))
    run = wait(queue, run_id, lambda run: run.ended)
    (shared_root / "data").unlink()
    assert run.state == State.FAILED
    assert "MNIST can't be downloaded" in str(run.note)


def test_as_many_runs_train_as_there_are_slots(queue: Queue) -> None:
    first, second = start(queue, LONG), start(queue, LONG)
    wait(queue, first, lambda run: run.step > 0)
    assert queue.store.line() == [second]
    queue.store.request_stop(first, owner=ME)
    wait(queue, second, lambda run: run.step > 0)
    queue.store.request_stop(second, owner=ME)
    wait(queue, second, lambda run: run.ended)


def test_a_long_run_makes_way_for_somebody_else_and_resumes_with_the_same_numbers(queue: Queue, whole: Run) -> None:
    long = start(queue, INTERRUPTED)
    wait(queue, long, lambda run: run.step > 0)
    guest = queue.store.create(configure("digits", {"epochs": 1}), owner=owner_of("a guest"), name="short")
    queue.wake()
    finished(queue, guest)
    assert not queue.store.get(long).ended
    assert finished(queue, long).attempt == 2
    assert same_curves(queue, long, whole.id)


def test_nobody_makes_way_for_runs_of_their_own(queue: Queue) -> None:
    long = start(queue, LONG)
    own = start(queue, configure("digits", {"epochs": 1}))
    wait(queue, long, lambda run: run.seconds > 2 * TURN)
    assert (queue.store.get(long).attempt, queue.store.get(own).state) == (1, State.QUEUED)


def test_a_run_that_diverges_ends_with_advice(queue: Queue) -> None:
    config = configure("digits", {"optimizer.name": "sgd", "optimizer.lr": 100.0})
    run_id = start(queue, config)
    run = wait(queue, run_id, lambda run: run.ended)
    assert run.state == State.DIVERGED
    assert "Lower the learning rate" in str(run.note)
