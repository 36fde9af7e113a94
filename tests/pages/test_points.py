"""The data set `points` on every page: nothing there takes a point for an image."""

import base64
import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.data.catalog import usual
from core.recipes import configure
from core.runs.run import Run
from core.runs.store import Store
from core.training import snapshots
from core.training.check import problems
from pages.components.data.train_button import matching_run
from tests import runs
from tests.pages.opened import open_app, widget, written

pytestmark = pytest.mark.usefixtures("tasks_at_once")
open_data = partial(open_app, "pages/1_Data.py", data__dataset="points", data__mean="[0.0]", data__std="[1.0]")
open_train = partial(open_app, "pages/2_Train.py")
LAYERS = [{"kind": "linear", "out_features": 16}, {"kind": "tanh"}, {"kind": "linear", "out_features": 2}]
SETTINGS: dict[str, Any] = {"data": usual("points").model_dump(), "model.layers": LAYERS, "optimizer.lr": 0.2}


@pytest.fixture
def run(shared_folders: Path, store: Store) -> Run:
    """A run on points, trained once for all tests of this file."""
    changes = {path.replace(".", "__"): value for path, value in SETTINGS.items()}
    return next((run for run in store.recent() if run.name == "moons"), None) or runs.trained(
        store, "moons", epochs=6, **changes
    )


def messages(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(part.proto.json) for part in app.get("bidi_component") if part.proto.json]


@pytest.mark.parametrize("tab", ["A batch", "Numbers", "Transforms", "Checks and labels", "Bring your own"])
def test_every_tab_of_the_data_opens(tab: str) -> None:
    app = open_data(tab=tab, data__points__shape="spiral")
    assert not app.exception
    assert not app.error
    if tab == "A batch":
        assert "32 points. Each point has two coordinates, `32×2`, `float32`." in written(app)
    if tab == "Transforms":
        assert "There are no pixels to resize, crop or turn." in written(app)
        assert not [one for one in app.number_input if one.label == "Random rotation"]


def test_the_settings_of_the_points_are_in_the_link_and_change_them() -> None:
    app = open_data(data__points__number="120")
    widget(app.selectbox, "Shape").set_value("xor").run()
    assert not app.exception
    assert app.query_params["data.points.shape"] in ("xor", ["xor"])
    widget(app.selectbox, "Class").set_value(1).run()
    spec = json.loads(app.get("plotly_chart")[0].proto.spec)
    xs = [trace["x"] for trace in spec["data"]]
    numbers = [len(x) if isinstance(x, list) else len(base64.b64decode(x["bdata"])) // 4 for x in xs]
    assert numbers == [96 - 32, 0, 32], "96 to learn from; a batch has 32, all of class B"


def test_train_with_these_images_brings_a_network_for_points() -> None:
    viewed = configure("digits", {"data": usual("points").model_dump()})
    _recipe, config = matching_run(viewed, None)
    assert problems(config) == []
    assert [layer.kind for layer in config.layers] == ["linear", "relu", "linear", "relu", "linear"]


def test_choosing_points_on_train_brings_their_settings_and_a_network_and_back_again(store: Store) -> None:
    app = open_train()
    widget(app.selectbox, "Data set").set_value("points").run()
    assert not app.error
    assert not [one for one in app.number_input if one.label == "Image size"]
    widget(app.selectbox, "Shape").set_value("circles").run()
    widget(app.button, "Train").click().run()
    config = store.recent()[0].config
    assert (config.data.dataset, config.data.points.shape, config.data.mean) == ("points", "circles", (0.0,))
    app = open_train(data__dataset="points", data__mean="[0.0]", data__std="[1.0]", model__layers=json.dumps(LAYERS))
    widget(app.selectbox, "Data set").set_value("digits").run()
    assert not app.error


@pytest.mark.parametrize("tab", ["Curves", "Evaluate", "Diagnosis", "Hand in"])
def test_every_tab_of_a_run_opens(run: Run, tab: str) -> None:
    app = open_train(run=run.id, tab=tab)
    assert not app.exception
    assert not app.error
    if tab == "Evaluate":
        assert "Validation accuracy" in [one.label for one in app.metric]
    if tab == "Hand in":
        assert "np.random.default_rng(0), 500" in app.code[-1].value


def test_the_boundary_is_in_every_snapshot(run: Run) -> None:
    steps = snapshots.steps(run.id)
    first, last = (snapshots.snapshot(run.id, step) for step in (steps[0], steps[-1]))
    assert first
    assert last
    assert first.arrays["surface"].shape == (48, 48)
    assert not np.array_equal(first.arrays["surface"], last.arrays["surface"])
    scene = snapshots.scene_bytes(run.id)
    assert scene
    assert b"places" in scene[:2000]


def test_predict_shows_the_plane_and_answers_for_a_point(run: Run) -> None:
    app = open_app("pages/5_Predict.py", run=run.id)
    [pad] = [message for message in messages(app) if "pad" in message]
    [bars] = [message for message in messages(app) if "rows" in message]
    assert pad["shape"] == [48, 48]
    assert len(pad["surface"]) == 48 * 48
    assert [row["name"] for row in bars["rows"]] == ["A", "B"]
    assert sum(row["share"] for row in bars["rows"]) == pytest.approx(1)
    assert not app.get("file_uploader")[1:], "no image to upload"


def test_predict_refuses_to_compare_points_with_images(run: Run, store: Store) -> None:
    other = runs.trained(store, "digits", epochs=1)
    for first, second in ((run, other), (other, run)):
        app = open_app("pages/5_Predict.py", run=first.id, **{"with": second.id})
        assert "Compare two of the same kind." in written(app)


def test_everything_can_be_translated(run: Run, untranslated: Callable[[AppTest], set[str]]) -> None:
    for app in (open_data(), open_data(tab="Numbers"), open_app("pages/5_Predict.py", run=run.id)):
        left = untranslated(app)
        assert {text for text in left if not re.search(r"moons|digits ·|safetensors", text)} <= {"A", "B", "x", "y"}
