"""The page Train, without a browser."""

import json
import shutil
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.config import Activation, Conv2d, Layer, Linear, RunConfig, Transfer, read_setting, with_settings
from core.data.builtin import availability
from core.messages import say
from core.models.backbones import suited
from core.recipes import configure, recipe
from core.runs.journal import Journal
from core.runs.run import owner_of
from core.runs.state import State
from core.runs.store import Store
from core.training import run_files
from core.training.records import EpochRecord, LossRecord
from pages.components.shell.state import Draft
from pages.components.train import layer_editor, parts_choice
from tests.pages.opened import in_link, open_and_interrupt, open_app, plain, widget, written
from tests.runs import ME, YOU, begun, claimed, queue, trained

TOO_FLAT = '[{"kind":"linear","out_features":10}]'
open_page = partial(open_app, "pages/2_Train.py")


def train_button(app: AppTest) -> Any:
    return widget(app.button, "Train")


def link(app: AppTest) -> dict[str, Any]:
    """The page's address, its settings as values."""
    return {name: value if name == "run" else read_setting(f"={value}")[1] for name, value in in_link(app).items()}


def pressed(app: AppTest, store: Store) -> RunConfig:
    """What is queued when Train is pressed now."""
    train_button(app).click().run()
    assert not app.exception
    assert not app.error
    return store.recent(1)[0].config


def labels(app: AppTest) -> set[str]:
    return {button.label for button in app.main.button}


def draft(app: AppTest) -> Draft:
    kept: Draft = app.session_state["classroom.draft"]
    return kept


def edit_layers(app: AppTest, monkeypatch: pytest.MonkeyPatch, **edits: Any) -> AppTest:
    """What the browser does when the table is edited: AppTest can't type into it, but it can run the rest."""
    now = draft(app)
    key = f"layers-{now.generation}"
    nothing: dict[str, Any] = {"edited_rows": {}, "added_rows": [], "deleted_rows": []}
    with monkeypatch.context() as patch:
        patch.setattr(st, "session_state", {key: nothing | edits})
        layer_editor._apply(key, now, now.config)
    app.run()
    assert not app.exception
    return app


def kinds(config: RunConfig) -> list[str]:
    return [layer.kind for layer in config.layers]


# --- settings -----------------------------------------------------------------------------------------------------


def test_the_first_view_is_a_recipe_filled_in_and_one_primary_button() -> None:
    app = open_page()
    assert widget(app.selectbox, "Recipe").value == "digits"
    assert widget(app.number_input, "Epochs").value == recipe("digits").config.epochs
    assert widget(app.selectbox, "Activation").value == "relu"
    assert [button.label for button in app.button if button.proto.type == "primary"] == ["Train"]
    assert not train_button(app).disabled
    assert not app.error
    assert link(app) == {"recipe": "digits"}
    assert "17,226 weights to learn." in [caption.value for caption in app.caption]
    assert "nn.Linear(64, 128)" in app.code[0].value


def test_pressing_train_queues_the_run_and_goes_to_it(store: Store) -> None:
    app = open_page()
    widget(app.number_input, "Epochs").set_value(3).run()
    assert pressed(app, store) == configure("digits", {"epochs": 3})
    run = store.recent()[0]
    assert (run.owner, run.recipe, run.state) == (ME, "digits", State.QUEUED)
    assert link(app) == {"run": run.id}
    assert run.name in [title.value for title in app.subheader]
    assert widget(app.button, "Stop")


def test_a_link_opens_with_its_settings_and_is_rewritten_when_one_changes(store: Store) -> None:
    app = open_page(recipe="mnist-mlp", epochs="4", **{"optimizer.lr": "0.01"})
    assert widget(app.selectbox, "Recipe").value == "mnist-mlp"
    assert widget(app.number_input, "Epochs").value == 4
    assert widget(app.number_input, "Learning rate").value == 0.01
    assert link(app) == {"recipe": "mnist-mlp", "epochs": 4, "optimizer.lr": 0.01}
    widget(app.number_input, "Batch size").set_value(256).run()
    assert link(app) == {"recipe": "mnist-mlp", "epochs": 4, "optimizer.lr": 0.01, "batch_size": 256}
    widget(app.number_input, "Epochs").set_value(3).run()  # as the recipe has it
    assert link(app) == {"recipe": "mnist-mlp", "optimizer.lr": 0.01, "batch_size": 256}
    assert pressed(app, store) == configure("mnist-mlp", {"optimizer.lr": 0.01, "batch_size": 256})


def test_settings_that_have_no_widget_survive_in_the_link(store: Store) -> None:
    app = open_page(recipe="digits", **{"data.split_seed": "7"})
    assert pressed(app, store) == configure("digits", {"data.split_seed": 7})


def test_another_link_in_the_same_session_replaces_the_settings() -> None:
    app = open_page(epochs="4")
    app.query_params["epochs"] = "6"
    app.run()
    assert widget(app.number_input, "Epochs").value == 6
    app.query_params.clear()  # the menu's link: the page as it was left
    app.run()
    assert widget(app.number_input, "Epochs").value == 6
    assert link(app) == {"recipe": "digits", "epochs": 6}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"recipe": "nope"}, "There is no recipe nope. Choose one of digits, "),
        ({"epochs": "0"}, "Epochs is 0. Choose at least 1."),
        ({"epochs": "many {of} them"}, "Epochs is many {of} them. It needs a whole number."),
        ({"epoch": "3"}, "There is no setting epoch. Check the spelling."),
        ({"optimizer": "5"}, "optimizer is"),
        ({"data.dataset": "nope"}, "There is no data set nope. Choose one of digits, "),
        ({"data.std": "[0]"}, "data.std.0 is 0. Choose a value above 0"),
        ({"model.layers": "[]"}, "model.layers is too short."),
        ({"model.layers": "[" * 50_000}, "model.layers: [[["),
        ({"seed": "1" * 5_000}, "Seed: 111"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_a_wrong_link_gives_one_sentence_and_a_page_that_works(
    query: dict[str, str], sentence: str, store: Store
) -> None:
    app = open_page(**query)
    assert len(app.error) == 1
    assert plain(app.error[0].value).startswith(sentence)
    assert link(app) == {"recipe": "digits"}
    widget(app.number_input, "Epochs").set_value(2).run()
    assert pressed(app, store) == configure("digits", {"epochs": 2})


def test_a_link_keeps_its_settings_and_says_what_it_brought_in_vain(store: Store) -> None:
    app = open_page(lr="0.05", epochs="7).", fbclid="Iw", batch_size="none")
    assert link(app) == {"recipe": "digits", "optimizer.lr": 0.05, "epochs": 7}
    left_out = "Left out of the link, because the app has no such settings: fbclid."
    assert left_out in [plain(one.value) for one in app.caption]
    assert len(app.error) == 1
    widget(app.number_input, "Epochs").set_value(3).run()
    assert left_out in [plain(one.value) for one in app.caption]  # a click later as well
    assert not app.error
    assert pressed(app, store) == configure("digits", {"epochs": 3, "optimizer.lr": 0.05})


def test_what_is_typed_while_the_page_still_appears_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    rewriting = "pages.components.train.settings_form.rewrite_link"
    app = open_and_interrupt(monkeypatch, rewriting, "pages/2_Train.py", recipe="digits")
    widget(app.number_input, "Learning rate").set_value(0.02).run()
    assert widget(app.number_input, "Learning rate").value == 0.02
    assert link(app) == {"recipe": "digits", "optimizer.lr": 0.02}


def test_choosing_another_recipe_replaces_all_settings(store: Store) -> None:
    app = open_page(epochs="4")
    widget(app.selectbox, "Recipe").select("mnist-cnn-8x8").run()
    assert link(app) == {"recipe": "mnist-cnn-8x8"}
    assert widget(app.number_input, "Learning rate").value == 1.0
    assert pressed(app, store) == recipe("mnist-cnn-8x8").config


def test_choosing_another_optimizer_brings_its_own_learning_rate(store: Store) -> None:
    app = open_page(**{"optimizer.lr": "0.5"})
    widget(app.selectbox, "Optimizer").select("sgd").run()
    assert widget(app.number_input, "Learning rate").value == 0.01
    assert link(app) == {"recipe": "digits", "optimizer.name": "sgd"}
    widget(app.number_input, "Momentum").set_value(0.9).run()
    widget(app.toggle, "Nesterov").set_value(True).run()
    config = pressed(app, store)
    wanted = {"optimizer.name": "sgd", "optimizer.momentum": 0.9, "optimizer.nesterov": True}
    assert config == configure("digits", wanted)


@pytest.mark.parametrize(
    ("group", "label", "value", "sentence"),
    [
        ("number_input", "Learning rate", 0.0, "Learning rate is 0. Choose a value above 0"),
        ("number_input", "Learning rate", -1.0, "Learning rate is -1. Choose a value above 0"),
        ("number_input", "Epochs", 99_999_999, "Epochs is 99999999. Choose at most 10000."),
        ("number_input", "Batch size", 0, "Batch size is 0. Choose at least 1."),
        ("number_input", "Seed", -1, "Seed is -1. Choose at least 0."),
        ("text_input", "Mean", "0.3, grey", "data.mean.1 is grey. It needs a number."),
        ("text_input", "Mean", "", "Mean is too short."),
        ("number_input", "Share for validation", 0.0, "has no test images. Set a share for validation"),
        ("selectbox", "Loss", "nll", "NLL needs LogSoftmax"),
    ],
)
def test_a_setting_that_cannot_be_is_reported_and_keeps_the_button_from_being_pressed(
    group: str, label: str, value: Any, sentence: str, store: Store
) -> None:
    app = open_page()
    chosen = widget(getattr(app, group), label)
    before = chosen.value
    chosen.set_value(value).run()
    assert not app.exception
    assert len(app.error) == 1
    assert sentence in plain(app.error[0].value)
    assert train_button(app).disabled
    assert not app.code  # no code for what can't be trained
    widget(getattr(app, group), label).set_value(before).run()
    assert not app.error
    assert pressed(app, store) == recipe("digits").config


def test_the_field_says_why_and_nothing_else_is_trained_instead(store: Store) -> None:
    app = open_page()
    train = train_button(app)  # as the browser has it when the number is typed and the button clicked in one go
    widget(app.number_input, "Learning rate").set_value(-1.0)
    train.click().run()
    assert not app.exception
    assert store.recent() == []
    assert ":red[:material/error: Learning rate is -1. Choose a value above 0" in plain(written(app))
    assert train_button(app).disabled


# --- images that are not here -------------------------------------------------------------------------------------


@pytest.mark.parametrize("reach", [True, False])
def test_what_has_to_be_downloaded_is_said_before_the_click_and_the_sample_is_one_click(
    reach: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(availability, "within_reach", lambda _host: reach)
    app = open_page(recipe="mnist-mlp")
    said = written(app)
    assert ("MNIST is downloaded first: 12 MB, once." in said) == reach
    assert ("MNIST isn't on this server and can't be downloaded now." in said) != reach
    widget(app.button, "Take the tenth that comes with the app").click().run()
    assert in_link(app) == {"recipe": "mnist-mlp", "data.dataset": "mnist_sample"}
    app = open_page(recipe="mnist-mlp", data__dataset="mnist_sample")
    assert "Expect about 90.0 %." in written(app)
    assert not train_button(app).disabled


def test_a_recipe_says_which_network_it_takes_and_leads_to_the_camera_where_its_photos_cannot_be_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(availability, "within_reach", lambda _host: False)
    app = open_page(recipe="cats-dogs-transfer")
    assert draft(app).config.model.name == "efficientnet_lite0"
    assert "Its weights from ImageNet aren't on this server, so the recipe takes EfficientNet-Lite0" in written(app)
    widget(app.selectbox, "Network").set_value("resnet34").run()
    assert "so the recipe takes" not in written(app)
    assert "Oxford pets, cat or dog isn't on this server and can't be downloaded now." in written(app)
    widget(app.button, "Take photos").click().run()
    assert not app.exception
    assert in_link(app) == {"tab": "Bring your own", "way": "camera"}


# --- layers -------------------------------------------------------------------------------------------------------


def test_choosing_an_activation_changes_all_of_them(store: Store) -> None:
    app = open_page(recipe="mnist-mixed-activations")
    assert widget(app.selectbox, "Activation").value == "mixed"
    widget(app.selectbox, "Activation").select("gelu").run()
    assert widget(app.selectbox, "Activation").value == "gelu"
    assert "mixed" not in widget(app.selectbox, "Activation").options
    config = pressed(app, store)
    used = [layer.kind for layer in config.layers if isinstance(layer, Activation)]
    assert used == ["gelu"] * 3


def test_a_network_without_activations_says_none() -> None:
    app = open_page(**{"model.layers": '[{"kind":"flatten"},{"kind":"linear","out_features":10}]'})
    assert widget(app.selectbox, "Activation").options[0] == "None"
    assert not app.error


def test_layers_that_do_not_fit_are_reported_by_their_number_and_disable_the_button(store: Store) -> None:
    app = open_page(**{"model.layers": TOO_FLAT})
    assert [error.value for error in app.error] == [
        "Layer 1: A Linear layer needs a list of numbers, but its input is 1×8×8. Add a Flatten layer before it."
    ]
    assert train_button(app).disabled
    assert store.recent() == []


def test_the_table_changes_adds_moves_and_deletes_layers(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page()
    edit_layers(app, monkeypatch, edited_rows={1: {"size": 99}})
    edit_layers(app, monkeypatch, edited_rows={2: {"kind": "elu", "value": 0.5}})
    edit_layers(app, monkeypatch, added_rows=[{"kind": "dropout", "value": 0.1, "place": 4}])
    edit_layers(app, monkeypatch, deleted_rows=[5])
    layers: tuple[Layer, ...] = draft(app).config.layers
    assert layers[1] == Linear(out_features=99)
    assert layers[2] == Activation(kind="elu", alpha=0.5)
    assert kinds(draft(app).config) == ["flatten", "linear", "elu", "dropout", "linear", "linear"]
    config = pressed(app, store)
    assert config.layers == layers


@pytest.mark.parametrize(
    ("row", "place", "order"),
    [(0, 3, "BCADEF"), (4, 2, "AEBCDF"), (2, 6, "ABDEFC"), (5, 1, "FABCDE"), (3, None, "ABCDEF"), (1, 99, "ACDEFB")],
)
def test_a_layer_moves_to_the_number_that_is_typed(
    row: int, place: int | None, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["relu", "tanh", "elu", "gelu", "silu", "mish"]
    app = open_page(**{"model.layers": json.dumps([{"kind": name} for name in names])})
    edit_layers(app, monkeypatch, edited_rows={row: {"place": place}})
    letters = dict(zip(names, "ABCDEF", strict=True))
    assert "".join(letters[kind] for kind in kinds(draft(app).config)) == order


def test_a_row_of_another_kind_takes_over_what_it_can_and_needs_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page()
    edit_layers(app, monkeypatch, edited_rows={1: {"kind": "conv2d"}}, added_rows=[{"kind": "linear"}])
    layers = draft(app).config.layers
    assert layers[1] == Conv2d(out_channels=128)
    assert isinstance(layers[-1], Linear)


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        ({"added_rows": [{"kind": "dropout", "value": 5}]}, "p is 5"),
        ({"deleted_rows": list(range(6))}, "layers is too short."),
    ],
)
def test_an_edit_that_cannot_be_is_reported_once_and_left_out(
    edits: dict[str, Any], sentence: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = edit_layers(open_page(), monkeypatch, **edits)
    assert len(app.error) == 1
    assert sentence in plain(app.error[0].value)
    app.run()
    assert not app.error
    assert pressed(app, store) == recipe("digits").config


# --- a run --------------------------------------------------------------------------------------------------------


def started(store: Store, owner: str = ME) -> Journal:
    """A run that trains: two epochs of three are over."""
    queue(store, "A run", owner=owner, epochs=3)
    journal = begun(store, total_steps=135)
    for epoch in (1, 2):
        losses = LossRecord(45 * (epoch - 1), [1.0 / epoch] * 45, float(epoch))
        journal.losses(losses, images_per_second=1437.0)
        journal.epoch(
            EpochRecord(epoch, 45 * epoch, 1.0 / epoch, 0.9, 1.1 / epoch, 0.8, 0.001, float(epoch), epoch == 1)
        )
    return journal


def test_a_run_shows_state_progress_best_epoch_and_story(store: Store) -> None:
    app = open_page(run=started(store).run_id)
    assert app.subheader[0].value == "A run"
    assert any("running" in text.value for text in app.markdown)
    metric = app.metric[0]
    assert (metric.value, metric.delta) == ("80.0 %", "epoch 1")
    assert "0:01 left · 1,437 images a second · CPU" in [caption.value for caption in app.caption]
    written = [text.value.replace("\\", "") for text in app.markdown]
    assert any("The training loss fell from 1.000 in the first step to 0.500 on average" in text for text in written)
    charts = [json.loads(chart.proto.json) for chart in app.get("bidi_component") if "points" in chart.proto.json]
    loss, accuracy = charts
    assert [len(xs) for _start, xs, _ys in loss["points"]] == [90, 2]
    assert loss["points"][1][1] == [45, 90]
    assert [xs for _start, xs, _ys in accuracy["points"]] == [[1, 2], [1, 2]]
    assert accuracy["marks"][0]["text"] == "best 80.0 %"


def test_stop_asks_for_an_end_and_says_so(store: Store) -> None:
    run_id = started(store).run_id
    app = open_page(run=run_id)
    widget(app.button, "Stop").click().run()
    assert store.get(run_id).stop_requested_at is not None
    assert widget(app.button, "Stopping…").disabled


def test_a_stopped_run_can_be_resumed_by_its_owner(store: Store) -> None:
    journal = started(store)
    journal.end(State.STOPPED)
    app = open_page(run=journal.run_id)
    assert {"Resume", "Change and train again"} <= labels(app)
    widget(app.button, "Resume").click().run()
    assert not app.exception
    assert store.get(journal.run_id).state == State.QUEUED
    assert widget(app.button, "Stop")


def test_a_stranger_watches_and_can_neither_stop_nor_resume(store: Store) -> None:
    journal = started(store, YOU)
    app = open_page(run=journal.run_id)
    assert app.metric
    assert labels(app) == {"All runs", "Change and train again", "Pin as baseline"}
    journal.end(State.STOPPED)
    assert not {"Stop", "Resume", "Try again"} & labels(open_page(run=journal.run_id))


def test_a_run_that_failed_before_its_first_step_shows_the_reason_first_and_no_empty_charts(store: Store) -> None:
    queue(store)
    claimed(store).end(State.FAILED, say("The images are gone."))
    app = open_page(run=store.recent()[0].id)
    assert [one.value for one in app.warning] == ["The images are gone."]
    assert not app.metric
    assert not [part for part in app.get("bidi_component") if "points" in part.proto.json]
    assert {"Try again", "Change and train again"} <= labels(app)


def test_the_next_steps_of_a_trained_network_are_buttons(store: Store) -> None:
    run = trained(store)
    app = open_page(run=run.id)
    widget(app.button, "See where it is wrong").click().run()
    assert app.session_state["tab"] == "Evaluate"
    widget(open_page(run=run.id).button, "Try it yourself").click().run()


@pytest.mark.usefixtures("tasks_at_once")
def test_the_links_of_earlier_versions_to_a_run_lead_to_its_page(store: Store) -> None:
    run = trained(store)
    app = open_app("pages/3_Runs.py", run=run.id, tab="Evaluate", cell="1-1")
    assert run.name in [one.value for one in app.subheader]
    assert "Validation accuracy" in [one.label for one in app.metric]
    assert in_link(app) == {"run": run.id, "tab": "Evaluate", "cell": "1-1"}


def test_changing_something_opens_the_settings_of_the_run(store: Store) -> None:
    run_id = started(store, YOU).run_id
    app = open_page(run=run_id)
    widget(app.button, "Change and train again").click().run()
    assert not app.exception
    assert in_link(app)["follows"] == run_id
    assert pressed(app, store) == configure("digits", {"epochs": 3})


def test_a_waiting_run_shows_its_place_in_line(store: Store) -> None:
    for name in ("first", "second"):
        queue(store, name, owner=owner_of(name))
    mine = queue(store, "mine")
    assert "2 runs are ahead of yours." in str(open_page(run=mine).get("progress")[0].proto)
    store.claim()
    store.claim()
    in_a_sentence = f"{mine})."
    assert "Your run is next." in str(open_page(run=in_a_sentence).get("progress")[0].proto)


def test_a_run_that_made_way_keeps_its_progress_and_says_that_it_goes_on(store: Store) -> None:
    journal = started(store, YOU)
    store.give_back(journal.run_id, journal.attempt, behind=True)
    app = open_page(run=journal.run_id)
    assert not app.exception
    assert app.get("progress")[0].proto.value == 100 * 90 // 135
    assert any("Runs take turns" in caption.value for caption in app.caption)


def test_an_unknown_run_gives_one_sentence_and_a_way_on() -> None:
    app = open_page(run="nope")
    assert [error.value for error in app.error] == [
        "There is no run nope, or its link is incomplete. Check the link, or start a new run."
    ]
    widget(app.button, "Start a new run").click().run()
    assert not app.exception
    assert link(app) == {"recipe": "digits"}
    assert train_button(app)


def test_too_many_waiting_runs_are_refused_with_a_sentence(store: Store) -> None:
    for _number in range(10):
        queue(store, "mine")
    app = open_page()
    train_button(app).click().run()
    assert not app.exception
    assert [error.value for error in app.error] == ["You already have 10 runs waiting. Stop one of them first."]


# --- networks that others designed -------------------------------------------------------------------------------


def test_another_network_brings_its_image_size_and_is_queued(store: Store) -> None:
    app = open_page(**{"data.dataset": "cifar10", "data.mean": "[0,0,0]", "data.std": "[1,1,1]"})
    widget(app.selectbox, "Network").set_value("squeezenet1_1").run()
    assert not app.exception
    assert link(app)["model.name"] == "squeezenet1_1"
    assert [plain(error.value) for error in app.error] == [
        "CIFAR-10 at 256 pixels would need too much disk space. Choose at most 91 pixels."
    ]
    wanted = {"model.name": "squeezenet1_1", "data.dataset": "cifar10", "data.image_size": "64"}
    app = open_page(**wanted, **{"data.mean": "[0,0,0]", "data.std": "[1,1,1]", "data.validation_fraction": "0.0"})
    config = pressed(app, store)
    assert config.model.name == "squeezenet1_1"
    assert config.loss == "cross_entropy"


@pytest.mark.usefixtures("resnet34_is_here")
def test_cats_dogs_transfer_opens_frozen_and_its_parts_can_be_switched(store: Store) -> None:
    app = open_page(recipe="cats-dogs-transfer")
    assert any("1,026 weights learn" in caption.value for caption in app.caption)
    trains: Any = next(group for group in app.get("button_group") if group.proto.label == "What trains")
    assert trains.value == "head"
    now = draft(app)
    parts_choice._train(now, "layer4")
    app.run()
    assert not app.exception
    assert link(app)["transfer.trains"] == "layer4"
    assert any("13,115,394 weights learn" in caption.value for caption in app.caption)


def test_a_run_of_ones_own_can_be_begun_with(store: Store) -> None:
    run_id = trained(store, "A run", epochs=1).id
    app = open_page(recipe="mnist-mlp")
    weights = widget(app.selectbox, "Starting weights")
    assert "Run: A run" in weights.options
    weights.set_value(run_id).run()
    assert not app.exception
    now = draft(app).config
    assert now.transfer.weights == run_id
    assert now.transfer.trains == "head"
    assert now.layers == recipe("digits").config.layers
    assert now.data.image_size == 8
    assert now.data.dataset == "mnist"
    assert not app.error
    assert not train_button(app).disabled
    shutil.rmtree(run_files.folder(run_id))
    app.run()
    assert any("no weights" in error.value for error in app.error), "told before anyone presses"
    assert train_button(app).disabled
    assert "Run: A run" not in widget(open_page(recipe="mnist-mlp").selectbox, "Starting weights").options


def test_one_click_compares_the_three_ways(store: Store) -> None:
    app = open_page(
        recipe="cats-dogs-transfer",
        **{
            "data.dataset": "cifar10",
            "data.image_size": "32",
            "data.center_crop": "null",
            "data.validation_fraction": "0.0",
            "transfer.weights": "random",
            "model.name": "resnet18",
        },
    )
    assert [error.value for error in app.error] == []
    widget(app.button, "Compare the three ways").click().run()
    runs = {run.name: run for run in store.recent(5)}
    assert {name: run.config.transfer.trains for name, run in runs.items()} == {
        "Only the head": "head",
        "Chosen parts": "layer4",
        "Everything": "all",
    }
    assert len({run.config.model_copy(update={"transfer": Transfer()}) for run in runs.values()}) == 1
    assert len({run.comparison for run in runs.values()}) == 1


# --- language -----------------------------------------------------------------------------------------------------


def test_settings_are_in_the_readers_language(untranslated: Callable[[AppTest], set[str]]) -> None:
    assert untranslated(open_page()) == set()
    assert untranslated(open_page(recipe="mnist-cnn-8x8", epochs="0", **{"scheduler.name": "step"})) == set()
    assert untranslated(open_page(**{"model.layers": TOO_FLAT})) == set()


def test_a_run_is_in_the_readers_language(store: Store, untranslated: Callable[[AppTest], set[str]]) -> None:
    journal = started(store)
    assert untranslated(open_page(run=journal.run_id)) == {"A run"}  # as it was named when it was started
    journal.end(State.STOPPED)
    assert untranslated(open_page(run=journal.run_id)) == {"A run"}
    store.resume(journal.run_id, owner=ME)
    assert untranslated(open_page(run=journal.run_id)) == {"A run"}
    assert untranslated(open_page(run="nope")) == set()


def test_values_that_the_browser_sends_once_more_after_the_form_is_gone_change_nothing(store: Store) -> None:
    app = open_page(recipe="mnist-mlp", epochs="4")
    form = app._tree.get_widget_states()
    train_button(app).click().run()
    run_id = store.recent()[0].id
    assert link(app) == {"run": run_id}
    app._run(form)  # what a chart's first report is sent with while the page still arrives
    assert link(app) == {"run": run_id}
    assert app.subheader


def test_one_click_trains_with_more_and_more_images(store: Store) -> None:
    app = open_page(recipe="cats-dogs-transfer")
    assert widget(app.button, "Compare networks").disabled, "only one is here"
    widget(app.button, "How many photos does it need?").click().run()
    runs = {run.name: run.config for run in store.recent(5)}
    assert {name: config.data.per_class for name, config in runs.items()} == {
        f"{number} images per class": number for number in (5, 10, 20, 50)
    }
    same = {"data.per_class": None}
    assert len({with_settings(config, same) for config in runs.values()}) == 1


@pytest.mark.usefixtures("resnet34_is_here")
def test_one_click_compares_the_networks_that_are_here(store: Store) -> None:
    app = open_page(recipe="cats-dogs-transfer")
    widget(app.button, "Compare networks").click().run()
    runs = {run.name: run.config for run in store.recent(5)}
    assert runs.keys() == {"EfficientNet-Lite0", "ResNet-34"}
    for config in runs.values():
        assert config.data == config.data.with_pixels_of(suited(config.model.name))
        assert (config.transfer.weights, config.transfer.trains, config.transfer.views) == ("imagenet", "head", 1)
