"""A hundred random kills, and a database that is gone for half a minute: what a run's numbers say of it."""

import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.recipes import configure
from core.runs.state import State
from core.runs.store import Store
from tests.browser.conftest import ROOT, Server
from tests.faults.test_server import losses, server, store, survive_kills, wait, wait_through_kills
from tests.runs import ME

__all__ = ["server", "store"]
pytestmark = pytest.mark.benchmark
LONG = configure("digits", {"epochs": 6_000})
KILLS = 100
RUNS, SECONDS_GONE = 5, 30.0


def test_a_long_run_killed_a_hundred_times_has_the_same_losses(
    server: Server,
    store: Store,
    figure: Callable[[str], None],
) -> None:
    whole, run_id = (store.create(LONG, owner=ME, name=name) for name in ("whole", "killed"))
    server.start()
    wait(store, whole, lambda run: run.ended, limit=900)
    began = time.monotonic()
    kills = survive_kills(server, store, run_id, KILLS, random.Random(11))
    run = wait_through_kills(store, run_id, limit=900)
    assert losses(store, run_id) == losses(store, whole)
    left = [path for path in server.state.rglob("*.partial*")]
    figure(
        f"{kills} random kills in {time.monotonic() - began:.0f} s, {run.attempt} attempts, {run.step:,} steps: "
        f"the same losses to the bit; {len(left)} partial files left"
    )
    assert kills == KILLS


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
