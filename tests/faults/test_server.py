"""The whole app as a process: it goes on by itself, leaves in seconds, and survives being killed at any moment."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from core.config import Conv2d, Flatten, LayerStack, Linear
from core.recipes import configure
from core.runs import history
from core.runs.run import Run
from core.runs.schema import connect
from core.runs.state import State
from core.runs.store import Store
from tests.browser.conftest import ROOT, Server
from tests.runs import ME, busiest_worker

LIMIT = 240.0  # seconds, on a very busy machine
CONFIG = configure("digits", {"epochs": 120})
LONGER = configure("digits", {"epochs": 200})
# A step of a trillion multiplications, which takes longer than this machine's processors have after a kill.
LARGE_STEP = CONFIG.model_copy(
    update={
        "batch_size": 256,
        "model": LayerStack(
            layers=(
                *(Conv2d(out_channels=1024, kernel_size=3, padding=1) for _ in range(3)),
                Flatten(),
                Linear(out_features=10),
            )
        ),
    }
)
KILLS = 10
VICTIMS = {"worker": 7, "server": 2, "both": 1}  # and how often
IN_START = 0.1  # share of kills that don't wait for that


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    one = Server(ROOT / "streamlit_app.py", tmp_path, env={"TRAINING_SLOTS": "1"})
    yield one
    one.end()


@pytest.fixture
def store(server: Server) -> Store:
    server.state.mkdir(parents=True, exist_ok=True)
    return Store(connect(f"sqlite:///{server.state / 'runs.db'}"))


def wait(store: Store, run_id: str, done: Callable[[Run], bool], limit: float = LIMIT) -> Run:
    deadline = time.monotonic() + limit
    while not done(run := store.get(run_id)):
        assert time.monotonic() < deadline, f"still {run.state} at step {run.step}"
        time.sleep(0.02)
    return run


def losses(store: Store, run_id: str) -> bytes:
    return history.step_losses(store.database, run_id)[1].tobytes()


def gone(processes: list[psutil.Process], within: float) -> bool:
    """Whether all have ended within so many seconds. One whose parent hasn't asked for its end has ended, too."""
    deadline = time.monotonic() + within
    while left := [one for one in processes if runs_on(one)]:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
        processes = left
    return True


def runs_on(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def start(store: Store) -> str:
    return store.create(CONFIG, owner=ME, name="a run")


def survive_kills(
    server: Server, store: Store, run_id: str, number: int, chance: random.Random, *, within: float
) -> Counter[str]:
    """Kill worker, server or both again and again, until the run has ended; returns what died how often.

    Each time it may go on for 0.2 to `within` seconds.
    """
    kills: Counter[str] = Counter()
    attempt = 0
    while kills.total() < number:
        if chance.random() > IN_START:
            wait_until_it_goes_on(store, run_id, attempt)
        time.sleep(chance.uniform(0.2, within))
        run = store.get(run_id)
        if run.state == State.FINISHED:
            break
        attempt = run.attempt
        [victim] = chance.choices(list(VICTIMS), list(VICTIMS.values()))
        kills[victim] += 1
        children = server.children()
        with suppress(psutil.NoSuchProcess, ValueError):  # none is there between two attempts
            for child in children if victim == "both" else [busiest_worker(children)] if victim == "worker" else []:
                child.kill()
        if victim != "worker":
            server.kill()
            gone(children, within=5)
            server.start()
    return kills


def wait_until_it_goes_on(store: Store, run_id: str, attempt: int) -> None:
    """Wait until an attempt after this one has begun to train, or the run has finished."""
    deadline = time.monotonic() + 3 * LIMIT
    while (run := store.get(run_id)).state != State.FINISHED and not (
        run.attempt > attempt and run.state == State.RUNNING
    ):
        assert time.monotonic() < deadline, f"still {run.state} at step {run.step}"
        go_on(store, run_id)
        time.sleep(0.02)


def go_on(store: Store, run_id: str) -> None:
    """Resume a run that failed because its process was killed three times in a row before it saved anything."""
    if (run := store.get(run_id)).state == State.FAILED:
        assert "ended its process" in str(run.note) or "app ended" in str(run.note)
        store.resume(run_id, owner=ME)


def wait_through_kills(store: Store, run_id: str, limit: float = LIMIT) -> Run:
    """Wait until the run has finished, also where its last process died too often."""
    deadline = time.monotonic() + limit
    while (run := store.get(run_id)).state != State.FINISHED:
        assert time.monotonic() < deadline, f"still {run.state} at step {run.step}"
        go_on(store, run_id)
        time.sleep(0.1)
    return run


def test_the_queue_goes_on_without_a_visitor_and_leaves_everything_saved_within_five_seconds(
    server: Server, store: Store
) -> None:
    whole, run_id = start(store), start(store)
    server.start()
    assert wait(store, whole, lambda run: run.ended).state == State.FINISHED, "nobody has opened a page"
    wait(store, run_id, lambda run: run.step > 500)
    assert server.process
    family = [psutil.Process(server.process.pid), *server.children()]
    began = time.monotonic()
    server.process.terminate()
    assert gone(family, within=30)
    assert time.monotonic() - began < 5.0
    server.process = None
    left = store.get(run_id)
    assert left.state == State.QUEUED
    assert left.step > 500
    server.start()
    assert wait(store, run_id, lambda run: run.ended).state == State.FINISHED
    assert losses(store, run_id) == losses(store, whole)


def test_a_killed_app_takes_its_workers_with_it_within_seconds(server: Server, store: Store) -> None:
    run_id = store.create(LARGE_STEP, owner=ME, name="a run")
    server.start()
    wait(store, run_id, lambda run: run.state == State.RUNNING)
    time.sleep(1.0)
    children = server.children()
    assert children
    assert store.get(run_id).step == 0, "it is still in its first step"
    server.kill()
    assert gone(children, within=3.5)


def test_killed_at_random_again_and_again_a_run_ends_with_the_same_numbers(
    server: Server, store: Store, figure: Callable[[str], None]
) -> None:
    """The worker, the server, or both; in the middle of a step, of a checkpoint, of the start."""
    whole, run_id = (store.create(LONGER, owner=ME, name="a run") for _ in range(2))
    server.start()
    wait(store, whole, lambda run: run.ended)
    kills = survive_kills(server, store, run_id, KILLS, random.Random(7), within=1.5)
    assert kills.total() >= KILLS / 2, "the run was too short"  # a fast machine is through before the tenth
    run = wait_through_kills(store, run_id)
    assert losses(store, run_id) == losses(store, whole)
    assert [record.val_loss for record in history.epoch_records(store.database, run_id)] == [
        record.val_loss for record in history.epoch_records(store.database, whole)
    ]
    figure(f"{dict(kills)} killed at random, {run.attempt} attempts: the same losses")
