"""Heavy work beside training: done by a real process, one at a time, and ended whatever becomes of the process."""

import threading
import time
from collections.abc import Iterator

import pytest

from core.evaluation import EVALUATE, results
from core.messages import say
from core.progress import Progress
from core.runs import tasks
from core.runs.queue import WORKERS, Worker
from core.runs.store import Store
from core.runs.tasks import Task, TaskRunner
from core.training import FIND_LEARNING_RATE, lr_finder, run_files
from tests.runs import ME, YOU, trained


@pytest.fixture(autouse=True)
def workers() -> Iterator[None]:
    yield
    WORKERS.close()


def wait(runner: TaskRunner, task: Task, seconds: float = 60.0, visitor: str = ME) -> tasks.Status:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        status = runner.status(task, visitor)
        if status and status.state in ("done", "failed"):
            return status
        time.sleep(0.05)
    raise AssertionError("it takes too long")


def test_a_process_evaluates_and_searches_and_is_kept_for_the_next(store: Store) -> None:
    run = trained(store, epochs=2)
    runner = TaskRunner()
    evaluation, search = (
        Task(EVALUATE, run.id, (run.best_epoch or 0,)),
        Task(FIND_LEARNING_RATE, run.id, (run.config_json,)),
    )
    assert runner.status(evaluation, ME) is None
    runner.submit(evaluation, ME)
    runner.submit(evaluation, ME)  # twice is once
    runner.submit(search, ME)
    assert runner.status(search, ME) is not None
    assert wait(runner, evaluation).state == "done"
    assert wait(runner, search).state == "done"
    found = results.kept(run.id, run.best_epoch or 0)
    assert found is not None
    assert found.accuracy == run.best_val_accuracy
    searched = lr_finder.kept(run.id)
    assert searched is not None
    assert searched.suggestion is not None


def test_what_cannot_be_done_is_reported(store: Store) -> None:
    run = trained(store, epochs=2)
    runner = TaskRunner()
    runner.submit(Task(EVALUATE, run.id, (9,)), ME)
    status = wait(runner, Task(EVALUATE, run.id, (9,)))
    assert status.state == "failed"
    assert "after epoch 9 weren't saved" in str(status.message)


def test_a_process_that_dies_leaves_a_sentence_not_a_bar_that_never_moves(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained(store, epochs=2)
    monkeypatch.setattr(Worker, "send", lambda worker, _command: worker.kill())
    runner = TaskRunner()
    runner.submit(Task(EVALUATE, run.id, (1,)), ME)
    assert "perhaps for lack of memory" in str(wait(runner, Task(EVALUATE, run.id, (1,))).message)


def endless(run_id: str) -> Iterator[Progress]:
    """Work that ends only with its process."""
    while True:
        time.sleep(0.05)
        yield Progress(say("At work"), None)


def quick(run_id: str, number: int) -> Iterator[Progress]:
    """Work that is done at once, and says when."""
    with (run_files.folder(run_id) / "order.txt").open("a") as file:
        file.write(f"{number}\n")
    yield from ()


ENDLESS, QUICK = (f"{__name__}:{work.__name__}" for work in (endless, quick))


def test_a_task_ends_when_nobody_looks_any_more_and_the_next_one_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "GONE_SECONDS", 2.0)
    runner, long, short = TaskRunner(), Task(ENDLESS, "a"), Task(QUICK, "b", (1,))
    runner.submit(long, ME)
    runner.submit(short, YOU)
    until = time.monotonic() + 60
    while (status := runner.status(long, ME)) and status.state != "working" and time.monotonic() < until:
        runner.status(short, YOU)
        time.sleep(0.05)
    for _ in range(60):  # 3 seconds: looking keeps it
        now = [runner.status(long, ME), runner.status(short, YOU)]
        assert [status and status.state for status in now] == ["working", "waiting"]
        time.sleep(0.05)
    assert wait(runner, short, visitor=YOU).state == "done"
    assert runner.status(long, ME) is None  # so that a page that comes back asks again


def test_a_task_of_a_visitor_who_left_never_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Task] = []
    monkeypatch.setattr(tasks, "GONE_SECONDS", 0.5)

    def work(task: Task, _wanted: object) -> None:
        time.sleep(1)
        done.append(task)

    monkeypatch.setattr(tasks, "supervise", work)
    runner, first, second = TaskRunner(), Task(QUICK, "a", (1,)), Task(QUICK, "a", (2,))
    runner.submit(first, ME)
    runner.submit(second, YOU)
    time.sleep(1.5)
    assert done == [first]
    assert runner.status(second, YOU) is None


def test_visitors_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Task] = []
    go_on = threading.Event()

    def work(task: Task, _wanted: object) -> None:
        begun.append(task)
        go_on.wait(10)

    monkeypatch.setattr(tasks, "supervise", work)
    runner = TaskRunner()
    mine = [Task(QUICK, "a", (number,)) for number in range(3)]
    yours, unwatched = Task(QUICK, "b", (7,)), [Task(QUICK, "c", (number,)) for number in (8, 9)]
    for task in unwatched:
        runner.submit(task, YOU, watched=False)  # of these one at a time
    while not begun:
        time.sleep(0.01)
    for task in mine:
        runner.submit(task, ME)
    runner.submit(yours, YOU)
    go_on.set()
    while len(begun) < 5:
        time.sleep(0.01)
    assert begun == [unwatched[0], mine[0], yours, mine[1], mine[2]]
    assert runner.status(unwatched[1], YOU) is None


def test_the_loss_says_which_learning_rate_to_take() -> None:
    rates = [10 ** (-6 + 0.05 * step) for step in range(100)]  # up to 0.09
    losses = [2.3 if rate < 1e-4 else 2.3 - min(2.0, 2e2 * rate) if rate < 0.02 else 9.0 for rate in rates]
    suggestion = lr_finder.suggest(rates, losses)
    assert suggestion is not None
    assert 1e-3 < suggestion < 1e-2
    assert lr_finder.suggest(rates, [2.3] * 100) is None
    assert lr_finder.suggest(rates, [2.3 + rate for rate in rates]) is None
