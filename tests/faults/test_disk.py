"""A disk that is really full: who needs it is told so, everybody else goes on, and with space again so does all."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import faults, storage
from core.config import Activation, Flatten, LayerStack, Linear
from core.data import datasets
from core.errors import DataError
from core.recipes import configure
from core.runs.schema import connect
from core.runs.state import State
from core.runs.store import Store
from tests.browser.conftest import ROOT, Server
from tests.disks import fill, small_disk
from tests.faults.test_server import LIMIT, losses, wait
from tests.runs import ME
from tests.visits import visit

DISK = 32 * 2**20  # bytes
SMALL = configure("digits", {"epochs": 15})
WIDE = LayerStack(layers=(Flatten(), Linear(out_features=40_000), Activation(kind="relu"), Linear(out_features=10)))
LARGE = SMALL.model_copy(update={"model": WIDE, "epochs": 1})  # saved, it takes 48 MB


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", DISK) as folder:
        yield folder


def test_a_run_that_cannot_be_saved_is_told_so_and_others_go_on(disk: Path, tmp_path: Path) -> None:
    server = Server(ROOT / "streamlit_app.py", tmp_path, env={"STATE_DIR": str(disk), "TRAINING_SLOTS": "1"})
    store = Store(connect(f"sqlite:///{disk / 'runs.db'}"))
    before, large, after = (store.create(config, owner=ME, name="a run") for config in (SMALL, LARGE, SMALL))
    server.start()
    try:
        runs = [wait(store, run_id, lambda run: run.ended, limit=3 * LIMIT) for run_id in (before, large, after)]
        assert [run.state for run in runs] == [State.FINISHED, State.FAILED, State.FINISHED]
        assert runs[1].note == faults.DISK_FULL
        assert losses(store, before) == losses(store, after)
        assert not list(disk.rglob(f"{storage.path_aside(disk).name[:9]}*")), "half of a file is left"

        stuck = store.create(SMALL, owner=ME, name="a run")
        fill(disk / "everything")
        with urllib.request.urlopen(server.url("/_stcore/health"), timeout=10) as answer:
            assert answer.status == 200
        visit(server, "Runs")
        (disk / "everything").unlink()
        while (run := wait(store, stuck, lambda run: run.ended)).state == State.FAILED:
            assert run.note == faults.DISK_FULL
            store.resume(stuck, owner=ME)
        assert losses(store, stuck) == losses(store, before)
    finally:
        server.end()
        store.database.dispose()


def test_no_data_set_is_begun_that_the_disk_cannot_take(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIR", str(disk))
    config = SMALL.data.model_copy(update={"image_size": 200})  # 72 MB
    with pytest.raises(DataError) as raised:
        list(datasets.prepare(config))
    assert raised.value.message == faults.DISK_FULL
    assert storage.size_of(disk) < 2**20, "nothing of it was written"
    list(datasets.prepare(SMALL.data))
