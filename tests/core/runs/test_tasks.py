"""Heavy work beside training: done by a real process, one at a time, and ended whatever becomes of the process."""

import time
from collections.abc import Iterator

import pytest

from core.evaluation import EVALUATE, results
from core.runs import tasks
from core.runs.queue import WORKERS, Worker
from core.runs.store import Store
from core.runs.tasks import Task, TaskRunner
from core.training import FIND_LEARNING_RATE, lr_finder
from tests.runs import trained


@pytest.fixture(autouse=True)
def workers() -> Iterator[None]:
    yield
    WORKERS.close()


def wait(task_runner: TaskRunner, task: Task, seconds: float = 60.0) -> tasks.Status:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        status = task_runner.status(task)
        if status and status.state in ("done", "failed"):
            return status
        time.sleep(0.05)
    raise AssertionError("it takes too long")


def test_a_process_evaluates_and_searches_and_is_kept_for_the_next(store: Store) -> None:
    run = trained(store, epochs=2)
    task_runner = TaskRunner()
    evaluation, search = (
        Task(EVALUATE, run.id, (run.best_epoch or 0,)),
        Task(FIND_LEARNING_RATE, run.id, (run.config_json,)),
    )
    assert task_runner.status(evaluation) is None
    task_runner.submit(evaluation)
    task_runner.submit(evaluation)  # twice is once
    task_runner.submit(search)
    assert task_runner.status(search) is not None
    assert wait(task_runner, evaluation).state == "done"
    assert wait(task_runner, search).state == "done"
    found = results.kept(run.id, run.best_epoch or 0)
    assert found is not None
    assert found.accuracy == run.best_val_accuracy
    searched = lr_finder.kept(run.id)
    assert searched is not None
    assert searched.suggestion is not None


def test_what_cannot_be_done_is_reported(store: Store) -> None:
    run = trained(store, epochs=2)
    task_runner = TaskRunner()
    task_runner.submit(Task(EVALUATE, run.id, (9,)))
    status = wait(task_runner, Task(EVALUATE, run.id, (9,)))
    assert status.state == "failed"
    assert "after epoch 9 weren't saved" in str(status.message)


def test_a_process_that_dies_leaves_a_sentence_not_a_bar_that_never_moves(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained(store, epochs=2)
    monkeypatch.setattr(Worker, "send", lambda worker, _command: worker.kill())
    runner = TaskRunner()
    runner.submit(Task(EVALUATE, run.id, (1,)))
    assert "perhaps for lack of memory" in str(wait(runner, Task(EVALUATE, run.id, (1,))).message)


def test_the_loss_says_which_learning_rate_to_take() -> None:
    rates = [10 ** (-6 + 0.05 * step) for step in range(100)]  # up to 0.09
    losses = [2.3 if rate < 1e-4 else 2.3 - min(2.0, 2e2 * rate) if rate < 0.02 else 9.0 for rate in rates]
    suggestion = lr_finder.suggest(rates, losses)
    assert suggestion is not None
    assert 1e-3 < suggestion < 1e-2
    assert lr_finder.suggest(rates, [2.3] * 100) is None
    assert lr_finder.suggest(rates, [2.3 + rate for rate in rates]) is None
