"""Runs for the tests: queued, taken from the queue, and trained in the test's own process."""

import threading
import time
from collections.abc import Iterable
from typing import Any

import psutil

from core.recipes import configure
from core.runs.journal import Journal
from core.runs.run import Run, owner_of
from core.runs.store import Store
from core.runs.worker import Attempt

ME, YOU = owner_of("me"), owner_of("you")


def queue(store: Store, name: str = "a run", *, owner: str = ME, recipe: str = "digits", **changes: Any) -> str:
    """Queue a recipe with some settings changed, `optimizer__lr` for `optimizer.lr`; returns the run's id."""
    settings = {path.replace("__", "."): value for path, value in changes.items()}
    return store.create(configure(recipe, settings), owner=owner, name=name, recipe=recipe)


def claimed(store: Store) -> Journal:
    """The journal of the first run in line, which is now taken."""
    claim = store.claim()
    assert claim is not None
    return Journal(store.database, *claim)


def begun(store: Store, *, step: int = 0, epoch: int = 0, total_steps: int = 90) -> Journal:
    """The journal of the first run in line, whose first step comes next."""
    journal = claimed(store)
    journal.begin(step=step, epoch=epoch, total_steps=total_steps, device="cpu")
    return journal


def train_next(store: Store) -> Run:
    """Train the first run in line to its end, in this process, as a worker does."""
    journal = claimed(store)
    Attempt(store.get(journal.run_id), journal, threading.Event()).execute()
    return store.get(journal.run_id)


def train_all(store: Store) -> None:
    """Train everything that waits."""
    while store.line():
        train_next(store)


def trained(store: Store, name: str = "a run", *, epochs: int = 3, **given: Any) -> Run:
    """A run that was trained to its end; `given` as for `queue`."""
    run_id = queue(store, name, epochs=epochs, **given)
    run = train_next(store)
    assert run.id == run_id, "another run was waiting"
    return run


def busiest_worker(processes: Iterable[psutil.Process]) -> psutil.Process:
    """The process that trains, not the one that waits."""
    workers = [one for one in processes if "core.runs.worker" in one.cmdline()]
    before = [one.cpu_times().user for one in workers]
    time.sleep(0.3)
    return max(zip(workers, before, strict=True), key=lambda pair: pair[0].cpu_times().user - pair[1])[0]
