"""One trained run for all tests of a file."""

from pathlib import Path

import pytest

from core.evaluation.predictions import evaluate
from core.handin.snapshot import Snapshot, take
from core.runs.run import Run
from core.runs.store import Store
from tests.runs import trained

NAME = "Größe: ../../x"


@pytest.fixture
def run(shared_folders: Path, store: Store) -> Run:
    """Three epochs of the digits, with the evaluation of the best one."""
    if found := [one for one in store.recent() if one.name == NAME]:
        return found[0]
    run = trained(store, NAME, epochs=3)
    for _ in evaluate(run.id, run.best_epoch or 0):
        pass
    return run


@pytest.fixture
def snapshot(run: Run, store: Store) -> Snapshot:
    """The run with its weights."""
    return take(store.database, run.id, weights=True)
