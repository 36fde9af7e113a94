"""A hundred random kills, and a database that is gone for half a minute: what a run's numbers say of it."""

import os
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from core.recipes import configure
from core.runs.state import State
from core.runs.store import Store
from core.storage import path_aside, sweep
from tests.browser.conftest import ROOT, Server
from tests.faults.test_server import gone, losses, server, store, survive_kills, wait, wait_through_kills
from tests.runs import ME

__all__ = ["server", "store"]
pytestmark = pytest.mark.benchmark
TRY = configure("digits", {"epochs": 200})
KILLS = int(os.environ.get("KILLS") or 100)
SECONDS_A_KILL = 2.0  # of training that is kept, between two kills; the rest of the run is trained undisturbed
RUNS, SECONDS_GONE = 5, 30.0


def test_a_long_run_killed_a_hundred_times_has_the_same_losses(
    server: Server,
    store: Store,
    figure: Callable[[str], None],
) -> None:
    server.start()
    tried = wait(store, store.create(TRY, owner=ME, name="try"), lambda run: run.ended, limit=900)
    epochs = min(10_000, round(TRY.epochs * KILLS * SECONDS_A_KILL / tried.seconds))
    config = configure("digits", {"epochs": epochs})
    whole = store.create(config, owner=ME, name="whole")
    wait(store, whole, lambda run: run.ended, limit=1_800)
    run_id = store.create(config, owner=ME, name="killed")
    began = time.monotonic()
    kills = survive_kills(server, store, run_id, KILLS, random.Random(11), within=3.0)
    took = time.monotonic() - began
    run = wait_through_kills(store, run_id, limit=1_800)
    assert losses(store, run_id) == losses(store, whole)
    parts = "*" + path_aside(server.state).name[:9] + "*"
    left = len(list(server.state.rglob(parts)))
    for folder in server.state.glob("runs/**/"):
        sweep(folder, seconds=0)
    figure(
        f"{kills.total()} random kills {dict(kills)} in {took:.0f} s, {run.attempt} attempts, {run.step:,} steps: "
        f"the same losses to the bit; {left} half-written files, which the server sweeps after a day"
    )
    assert not list(server.state.rglob(parts))
    assert kills.total() == KILLS, "the run was too short"
    assert server.process
    family = [psutil.Process(server.process.pid), *server.children()]
    server.process.terminate()
    assert gone(family, within=10)


def test_five_runs_outlive_a_database_that_is_locked_for_half_a_minute(
    tmp_path: Path,
    store: Store,
    figure: Callable[[str], None],
) -> None:
    one = Server(ROOT / "streamlit_app.py", tmp_path, env={"TRAINING_SLOTS": str(RUNS)})
    config = configure("digits", {"epochs": 150})
    runs = [store.create(config, owner=ME, name=f"run {number}") for number in range(RUNS)]
    one.start()
    try:
        for run_id in runs:
            wait(store, run_id, lambda run: run.step > 100, limit=300)
        with closing(sqlite3.connect(one.state / "runs.db", timeout=60, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(SECONDS_GONE)
            connection.execute("ROLLBACK")
        ended = [wait(store, run_id, lambda run: run.ended, limit=600) for run_id in runs]
    finally:
        one.end()
    assert {run.state for run in ended} == {State.FINISHED}
    assert len({losses(store, run_id) for run_id in runs}) == 1
    figure(
        f"{RUNS} runs, database locked for {SECONDS_GONE:.0f} s: attempts {[run.attempt for run in ended]}, same losses"
    )
