"""The page Activations, tabs Training and Inside, without a browser. Networks are trained here, in the test itself."""

import json
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete
from streamlit.testing.v1 import AppTest

from core import environment
from core.advice.inside import share_that_arrives
from core.config import RunConfig
from core.config.variants import OWN, activations_of, variant_of
from core.data.datasets import ImageData
from core.recipes import recipe
from core.runs import history
from core.runs.run import Run
from core.runs.schema import runs
from core.runs.state import State
from core.runs.store import Store
from core.training import probe
from core.training.records import ProbeRecord
from pages.components.activations.inside import untrained_of
from tests.pages.opened import in_link, open_app, written
from tests.runs import train_all

open_page = partial(open_app, "pages/4_Activations.py")


def waiting(store: Store) -> list[Run]:
    return [store.get(run) for run in store.line()]


def press_train(app: AppTest) -> str:
    """The comparison's id."""
    app.button(key="train").click().run()
    assert not app.exception
    return in_link(app)["comparison"]


def table(app: AppTest) -> dict[str, dict[str, Any]]:
    """The rows by the name of the function."""
    return app.table[0].value.to_dict("index")  # type: ignore[no-any-return]


def chart(app: AppTest, title: str) -> dict[str, Any]:
    """The Plotly figure whose y axis has this title."""
    specs = [json.loads(part.proto.spec) for part in app.get("plotly_chart")]
    return next(spec for spec in specs if spec["layout"].get("yaxis", {}).get("title", {}).get("text") == title)


# --- training -----------------------------------------------------------------------------------------------------


def test_the_first_view_invites_to_train_three_networks(store: Store) -> None:
    app = open_page(tab="Training")
    assert app.button(key="train").label == "Train 3 networks"
    assert "Press Train to see the curves of all networks here" in written(app)
    assert not app.table
    assert waiting(store) == []


def test_one_click_queues_networks_that_differ_only_in_their_activations(store: Store) -> None:
    app = open_page(tab="Training")
    name = press_train(app)
    queued = waiting(store)
    assert [variant_of(run.config.model) for run in queued] == ["relu", "sigmoid", "tanh"]
    assert {run.comparison for run in queued} == {name}
    assert {run.config.model_copy(update={"model": queued[0].config.model}) for run in queued} == {queued[0].config}
    assert all(run.config.probe and run.config.epochs == 20 for run in queued)
    assert queued[0].config.model == recipe("digits").config.model
    assert [row["State"] for row in table(app).values()] == [":material/hourglass_empty: waiting"] * 3


def test_a_recipe_with_several_functions_is_one_of_the_variants(store: Store) -> None:
    app = open_page(tab="Training", compared="mnist-mixed-activations", functions=["ReLU", "Tanh"], epochs="2")
    assert app.button(key="train").label == "Train 3 networks"
    press_train(app)
    kinds = {
        variant_of(run.config.model): [layer.kind for layer in activations_of(run.config.model)]
        for run in waiting(store)
    }
    assert kinds == {OWN: ["relu", "tanh", "elu"], "relu": ["relu"] * 3, "tanh": ["tanh"] * 3}
    assert list(table(app)) == ["As in the recipe (ReLU, Tanh, ELU)", "ReLU", "Tanh"]


def test_a_link_shows_the_comparison_and_its_results_to_others(store: Store) -> None:
    name = press_train(open_page(tab="Training", epochs="3"))
    train_all(store)
    app = open_page(tab="Training", comparison=name)
    rows = table(app)
    assert list(rows) == ["ReLU", "Sigmoid", "Tanh"]
    for row, run in zip(rows.values(), sorted(store.comparison(name), key=lambda run: run.name), strict=True):
        assert run.state == State.FINISHED
        assert run.best_val_accuracy is not None
        assert f"{100 * run.best_val_accuracy:.1f} %" in row["Best accuracy"]
        assert row["Best epoch"] == str(run.best_epoch)
    assert rows["Sigmoid"]["Epochs to 90 %"] == "–"
    assert rows["Tanh"]["Epochs to 90 %"] == "2"
    assert "Tanh reached 90 % first, after epoch 2." in written(app)
    assert "Didn't reach 90 % within 3 epochs: Sigmoid." in written(app)


def test_only_who_started_a_comparison_can_stop_it(store: Store) -> None:
    mine = open_page(tab="Training")
    name = press_train(mine)
    theirs = open_page("theirs", tab="Training", comparison=name)
    assert [button.key for button in theirs.main.button] == ["train"]
    mine.button(key="stop").click().run()
    assert not mine.exception
    assert "stop" not in [button.key for button in mine.button]
    assert {run.state for run in store.comparison(name)} == {State.STOPPED}


def test_a_comparison_whose_runs_were_deleted_is_an_error(store: Store) -> None:
    app = open_page(tab="Training")
    press_train(app)
    with store.database.begin() as connection:
        connection.execute(delete(runs))
    app.run()
    assert not app.exception
    assert "There is no comparison" in app.error[0].value


def test_a_link_to_an_unknown_comparison_is_an_error(store: Store) -> None:
    app = open_page(tab="Training", comparison="nowhere")
    assert [error.value for error in app.error] == [
        "There is no comparison nowhere. Check the link, or start a new one."
    ]
    assert app.button(key="train").label == "Train 3 networks"


def test_nonsense_in_a_link_shows_the_first_view(store: Store) -> None:
    app = open_page(tab="Training", compared="nothing", depth="99", epochs="-3", functions="Nonsense")
    assert app.selectbox(key="compared").value == "digits"
    assert (app.slider(key="depth").value, app.number_input(key="epochs").value) == (0, -3)
    assert app.button(key="train").label == "Train 3 networks"
    assert "Choose a whole number from 1 to" in written(app)


def test_with_a_single_function_there_is_nothing_to_compare(store: Store) -> None:
    app = open_page(tab="Training", functions="Tanh")
    app.toggle(key="own").set_value(False).run()
    assert app.button(key="train").disabled
    assert app.button(key="train").help == "Choose at least two functions to compare."


def test_with_too_many_waiting_runs_nothing_is_queued(store: Store) -> None:
    app = open_page(tab="Training")
    for _ in range(environment.waiting_per_visitor()):
        press_train(app)
    queued = len(store.line())
    app.button(key="train").click().run()
    assert [error.value for error in app.error] == ["You already have 10 runs waiting. Stop one of them first."]
    assert len(store.line()) == queued == 3 * environment.waiting_per_visitor()


def test_another_recipe_suggests_its_own_number_of_epochs(store: Store) -> None:
    app = open_page(tab="Training")
    app.selectbox(key="compared").set_value("fashion-mlp").run()
    assert app.number_input(key="epochs").value == 5
    assert in_link(app)["compared"] == "fashion-mlp"


# --- inside -------------------------------------------------------------------------------------------------------


def test_the_first_view_shows_the_untrained_networks_and_the_textbook_case(store: Store) -> None:
    app = open_page(tab="Inside")
    drawn = chart(app, "gradient norm")
    assert [trace["name"] for trace in drawn["data"]] == ["ReLU", "Sigmoid", "Tanh"]
    assert all(len(trace["x"]) == 3 for trace in drawn["data"])
    assert "With ten hidden layers:** **Sigmoid**: the gradient vanishes." in written(app)
    app.button(key="ten").click().run()
    assert app.slider(key="depth").value == 10
    assert all(len(trace["x"]) == 11 for trace in chart(app, "gradient norm")["data"])
    assert "**Sigmoid**: the gradient vanishes. It is " in written(app)
    assert waiting(store) == []


def test_ten_trained_sigmoid_layers_lose_their_gradient_and_the_page_reports_it(store: Store) -> None:
    app = open_page(tab="Inside", depth="10", epochs="2")
    name = press_train(app)
    train_all(store)
    app = open_page(tab="Inside", depth="10", epochs="2", comparison=name)
    sigmoid = next(run for run in store.comparison(name) if variant_of(run.config.model) == "sigmoid")
    for record in history.probe_records(store.database, sigmoid.id):
        share = share_that_arrives(record)
        assert share is not None
        assert share < 1 / 1_000
    drawn = {trace["name"]: trace["y"] for trace in chart(app, "gradient norm")["data"]}
    assert len(drawn["Sigmoid"]) == 11
    assert drawn["Sigmoid"][0] < drawn["Sigmoid"][-1] / 1_000
    assert "- **Sigmoid**: the gradient vanishes. It is " in written(app)
    assert "Before training" not in [part.value for part in app.subheader]


def test_any_epoch_and_any_network_can_be_shown(store: Store) -> None:
    name = press_train(open_page(tab="Inside", epochs="2"))
    train_all(store)
    app = open_page(tab="Inside", epochs="2", comparison=name)
    assert app.slider(key="epoch").value == 2
    relu = chart(app, "share of units")["data"][0]["y"]
    app.slider(key="epoch").set_value(0).run()
    app.segmented_control(key="variant").set_value("tanh").run()
    assert not app.exception
    assert chart(app, "share of units")["data"][0]["y"] != relu
    assert "**Values before and after each activation layer**: Tanh, epoch 0, 359 validation images" in written(app)
    bars = [json.loads(part.proto.spec) for part in app.get("plotly_chart")][-1]["data"]
    assert len(bars) == 4  # two layers, in and out
    assert all(sum(trace["y"]) == pytest.approx(100) for trace in bars)


def test_waiting_networks_are_reported(store: Store) -> None:
    name = press_train(open_page(tab="Inside"))
    app = open_page(tab="Inside", comparison=name)
    assert "The networks are waiting in the queue." in written(app)


def test_images_that_would_have_to_be_downloaded_are_not(store: Store) -> None:
    app = open_page(tab="Inside", compared="mnist-mlp")
    assert "The images of this recipe aren't on this server yet." in written(app)


def test_moving_a_slider_back_measures_nothing_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    untrained_of.clear()
    measured: list[RunConfig] = []
    real = probe.untrained

    def noting(config: RunConfig, data: ImageData) -> ProbeRecord:
        measured.append(config)
        return real(config, data)

    monkeypatch.setattr(probe, "untrained", noting)
    app = open_page(tab="Inside")
    assert len(measured) == 4  # three functions and the textbook case
    app.slider(key="depth").set_value(4).run()
    assert len(measured) == 7
    app.slider(key="depth").set_value(0).run()
    open_page(tab="Inside")
    assert len(measured) == 7
    untrained_of.clear()


def test_epochs_out_of_range_are_refused_where_they_stand(store: Store) -> None:
    app = open_page(tab="Training")
    app.number_input(key="epochs").set_value(5_000).run()
    assert "Choose a whole number from 1 to" in written(app)
    assert app.button(key="train").disabled
