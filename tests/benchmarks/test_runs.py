"""The page Runs with ten thousand runs, one of a hundred thousand steps; and every recipe's script on its own."""

import statistics
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from sqlalchemy import insert
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner

from core.config import LayerStack
from core.data.catalog import DATASETS
from core.data.own import stored
from core.handin.bundle import single
from core.handin.script import printed
from core.recipes import configure, recipes
from core.runs import history
from core.runs.run import owner_of
from core.runs.schema import epochs, losses, runs
from core.runs.state import State
from core.runs.store import Store
from pages.components.shell import engine as shared
from tests.core.handin.test_handin import on_its_own
from tests.pages.opened import idle_queue, open_app
from tests.runs import ME, train_next

pytestmark = pytest.mark.benchmark

open_page = partial(open_app, "pages/3_Runs.py")
LIMIT = 0.300  # seconds of server time for one answer
RUNS, STEPS, EPOCHS = 10_000, 100_000, 40
LONG = "long"


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of each script run."""
    measured: list[float] = []
    run_script = ScriptRunner._run_script

    def timed(self: ScriptRunner, *arguments: object) -> None:
        started = time.perf_counter()
        run_script(self, *arguments)  # type: ignore[arg-type]
        measured.append(time.perf_counter() - started)

    monkeypatch.setattr(ScriptRunner, "_run_script", timed)
    return measured


@pytest.fixture
def many(folders: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The pages' store with ten thousand runs of forty epochs, the newest of them long."""
    st.cache_data.clear()
    with idle_queue(monkeypatch):
        fill(shared.store())
        yield shared.store()


def fill(store: Store) -> None:
    config = configure("digits", {})
    shared_values = {
        "config": config.to_json(), "recipe": "digits", "state": State.FINISHED, "attempt": 1, "dataset": "digits",
        "epochs": EPOCHS, "epoch": EPOCHS, "seconds": 3.0, "best_epoch": 30, "best_val_accuracy": 0.97,
        "step": 1800, "total_steps": 1800, "started_at": 1.0, "finished_at": 4.0,
    }  # fmt: skip
    now = time.time()
    rows = [
        {"id": f"run{number}", "name": f"try {number}", "owner": owner_of(str(number % 30)), "queued_at": now - number}
        | shared_values
        for number in range(1, RUNS)
    ]
    rows.append({"id": LONG, "name": LONG, "owner": ME, "queued_at": now} | shared_values)
    rows[-1] |= {"step": STEPS, "total_steps": STEPS}
    values = {"train_accuracy": 0.9, "val_loss": 0.5, "val_accuracy": 0.9, "lr": 0.1, "seconds": 1.0, "best": False}
    told = [
        {"run_id": row["id"], "epoch": epoch, "attempt": 1, "step": STEPS * epoch // EPOCHS,
         "train_loss": 2.0 / epoch} | values
        for row in rows
        for epoch in range(1, EPOCHS + 1)
    ]  # fmt: skip
    noise = np.random.default_rng(0).normal(1, 0.1, STEPS).astype("<f4")
    records = [
        {"run_id": LONG, "first_step": first, "attempt": 1, "values": noise[first : first + 250].tobytes()}
        for first in range(0, STEPS, 250)
    ]
    with store.database.begin() as connection:
        connection.execute(insert(runs), rows)
        connection.execute(insert(epochs), told)
        connection.execute(insert(losses), records)


@pytest.mark.parametrize(
    ("what", "query"),
    [
        ("the list", {}),
        ("a search", {"search": "try 77"}),
        ("the long run", {"run": LONG}),
        ("its diagnosis", {"run": LONG, "tab": "Diagnosis"}),
        ("its hand-in", {"run": LONG, "tab": "Hand in"}),
        ("it beside two others", {"compare": f"{LONG},run1,run2"}),
    ],
)
def test_the_page_answers_in_time(
    many: Store, seconds: list[float], what: str, query: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    open_page(**query)  # imports what the page needs
    seconds.clear()
    for _again in range(5):
        open_page(**query)
    middle = statistics.median(seconds)
    with capsys.disabled():
        print(f"\n{what} among {RUNS} runs: {middle * 1e3:.0f} ms of server time")
    assert middle < LIMIT


@pytest.mark.parametrize("name", list(recipes()))
def test_every_recipe_s_script_prints_on_its_own_what_the_app_found(
    name: str, real_data: Path, store: Store, tmp_path: Path
) -> None:
    config = configure(name, {})
    if not isinstance(config.model, LayerStack) or stored.is_name(config.data.dataset):
        pytest.skip("its numbers depend on weights or photos that are downloaded")
    assert config.data.dataset in DATASETS
    config = config.model_copy(update={"epochs": min(3, config.epochs)})
    store.create(config, owner=ME, name=name, recipe=name)
    run = train_next(store)
    records = history.epoch_records(store.database, run.id)
    assert on_its_own(str(single(store, run.id, "train.py")), tmp_path / "alone", real_data) == [
        printed(record) for record in records
    ]
