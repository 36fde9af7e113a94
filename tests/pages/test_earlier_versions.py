"""What version 0.1.0 left behind still opens: its database, its links, its saved networks."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from core import environment
from core.data import datasets
from core.evaluation.predictions import evaluate
from core.evaluation.results import kept
from core.recipes import configure
from core.runs import history
from core.runs.schema import connect
from core.runs.state import State
from core.runs.store import Store
from core.training import weights
from core.training.loop import Trainer
from core.training.records import LossRecord
from tests.pages.opened import idle_queue, open_app, written

OLD = Path(__file__).parents[1] / "data" / "v0_1_0"
RUN = "b03a7477c29b"  # finished, three epochs of the digits
LINKS: list[dict[str, Any]] = json.loads((OLD / "links.json").read_text(encoding="utf-8"))


@pytest.fixture
def old_state(folders: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state folder as the earlier version left it."""
    folders.mkdir(parents=True)
    shutil.copy(OLD / "runs.db", folders / "runs.db")
    environment.run_folder(RUN).mkdir(parents=True)
    shutil.copy(OLD / "best.safetensors", environment.weights_file(RUN))
    with idle_queue(monkeypatch):
        yield folders


def test_its_runs_are_there_with_settings_and_curves(old_state: Path) -> None:
    store = Store(connect(environment.database_url()))
    runs = {run.name: run for run in store.recent()}
    assert {name: run.state for name, run in runs.items()} == {
        "Read handwritten digits": State.FINISHED,
        "lr 0.01": State.FINISHED,
        "lr 10": State.FINISHED,
        "waiting": State.QUEUED,
    }
    assert runs["lr 10"].config == configure("digits", {"epochs": 2, "optimizer.lr": 10.0, "optimizer.name": "sgd"})
    assert [record.epoch for record in history.epoch_records(store.database, RUN)] == [1, 2, 3]
    assert len(history.probe_records(store.database, RUN)) == 4
    store.database.dispose()


def test_the_same_settings_still_train_to_its_losses(old_state: Path) -> None:
    store = Store(connect(environment.database_url()))
    run = store.get(RUN)
    _first, old = history.step_losses(store.database, RUN)
    store.database.dispose()
    for _ in datasets.prepare(run.config.data):
        pass
    torch.set_num_threads(1)
    records = Trainer(run.config, datasets.load(run.config.data), torch.device("cpu")).records()
    losses = [loss for record in records if isinstance(record, LossRecord) for loss in record.losses]
    # Another processor may round the last digit of a sum in another way; the order of images would change the second.
    assert losses == pytest.approx(old.tolist(), rel=1e-3)


def test_its_network_predicts_as_it_did(old_state: Path) -> None:
    assert weights.load(RUN).classes == tuple("0123456789")
    for _ in evaluate(RUN, 3):
        pass
    store = Store(connect(environment.database_url()))
    evaluation = kept(RUN, 3)
    assert evaluation is not None
    assert evaluation.accuracy == store.get(RUN).best_val_accuracy
    store.database.dispose()


@pytest.mark.parametrize("link", LINKS, ids=lambda link: " ".join([link["page"][8:-3], *link["query"]]))
def test_its_links_open(old_state: Path, link: dict[str, Any]) -> None:
    query = {name.replace(".", "__"): value for name, value in link["query"].items()}
    app = open_app(link["page"], **query)
    assert not app.error, written(app)
    if "epochs" in query:
        assert next(one.value for one in app.number_input if one.label == "Epochs") == 7
