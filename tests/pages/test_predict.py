"""The page Predict, without a browser."""

import io
import json
import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from safetensors.torch import save
from streamlit.testing.v1 import AppTest

from core.data import datasets
from core.data.own.entries import Limits
from core.inference import neighbours
from core.recipes import configure, recipe
from core.runs import first_run
from core.runs.run import Run
from core.runs.store import Store
from core.spreadsheet import SHEETS, as_csv, usual_sheet
from core.training import run_files, weights
from pages.components.predict import many, many_results
from pages.components.predict.model import Model
from pages.components.shell.formats import percent
from tests import runs
from tests.core.data.sets import zipped
from tests.core.inference.made import glyph, png
from tests.pages.opened import in_link, open_app, widget, written
from tests.runs import ME, YOU, queue, train_next

pytestmark = pytest.mark.usefixtures("tasks_at_once")
open_page = partial(open_app, "pages/5_Predict.py")
learned = partial(runs.trained, epochs=4)


@pytest.fixture
def network(shared_folders: Path, store: Store) -> Run:
    """A network that is trained once for all tests of this file that only look at it."""
    return next(iter(store.recent()), None) or learned(store)


def upload(app: AppTest, *files: tuple[str, bytes], place: int = -1) -> AppTest:
    """Upload files with the uploader at this index, by default the last on the page."""
    uploader: Any = app.get("file_uploader")[place]
    uploads = [(name, data, "application/octet-stream") for name, data in files]
    uploader.set_value(uploads if len(uploads) > 1 or uploader.proto.multiple_files else uploads[0]).run()
    assert not app.exception
    return app


def bars(app: AppTest) -> list[dict[str, Any]]:
    """The rows of all charts of probabilities on the page."""
    messages = [json.loads(part.proto.json or "{}") for part in app.get("bidi_component")]
    return [row for message in messages for row in message.get("rows", [])]


def digit(number: int = 0) -> tuple[bytes, str]:
    """A validation image of the digits as a PNG file, and its class."""
    split = datasets.load(configure("digits", {}).data).validation
    return png(split.at(slice(number, number + 1))[0].numpy()), str(int(split.labels[number]))


# --- which network ------------------------------------------------------------------------------------------------


def test_without_any_network_the_app_trains_one_itself_and_goes_on(store: Store) -> None:
    app = open_page()
    assert "the app trains one now" in written(app)
    [run] = store.recent()
    assert (run.owner, run.config) == (first_run.OWNER, recipe("digits").config)
    app.run()
    assert len(store.recent()) == 1
    train_next(store)
    app = open_page()
    assert widget(app.selectbox, "Network").value == run.id
    assert len(store.recent()) == 1
    with pytest.raises(Exception, match="browser"):
        store.request_stop(run.id, owner=ME)


def test_the_newest_network_of_ones_own_answers_and_a_link_chooses_another(store: Store) -> None:
    mine = learned(store, "mine")
    yours = learned(store, "yours", owner=YOU)
    app = open_page()
    assert widget(app.selectbox, "Network").value == mine.id
    assert [option.split(" · ")[0] for option in widget(app.selectbox, "Network").options] == ["yours", "mine"]
    app = open_page(run=yours.id)
    assert widget(app.selectbox, "Network").value == yours.id
    widget(app.selectbox, "Network").set_value(mine.id).run()
    assert in_link(app)["run"] == mine.id


@pytest.mark.parametrize(
    "query", [{"run": "nobody"}, {"with": "nobody"}, {"run": "file-" + "0" * 16}], ids=["run", "second run", "file"]
)
def test_a_link_to_an_unknown_network_is_an_error(network: Run, query: dict[str, str]) -> None:
    app = open_page(**query)
    assert len(app.error) == 1


def test_a_run_in_its_first_epoch_is_waited_for(store: Store) -> None:
    other = learned(store)
    waiting = queue(store, "waits", epochs=4)
    app = open_page(run=waiting)
    assert "**waits** is in its first epoch." in written(app)
    assert "waits · – · still training" in widget(app.selectbox, "Network").options
    assert bars(app) == []
    train_next(store)
    app = open_page(run=waiting)
    assert [row["text"] for row in bars(app)] == ["–"] * 10
    waiting = queue(store, "waits in vain", epochs=4)
    store.request_stop(waiting, owner=ME)
    app = open_page(run=waiting)
    assert "ended before it completed an epoch" in written(app)
    widget(app.selectbox, "Network").set_value(other.id).run()
    assert [row["text"] for row in bars(app)] == ["–"] * 10


def test_a_run_whose_weights_were_deleted_is_not_in_the_menu_and_an_error_in_old_links(store: Store) -> None:
    deleted, other = learned(store), learned(store)
    shutil.rmtree(run_files.folder(deleted.id))
    app = open_page()
    assert not app.exception
    assert len(widget(app.selectbox, "Network").options) == 1
    app = open_page(run=deleted.id)
    assert "they were deleted to make room" in written(app)
    widget(app.selectbox, "Network").set_value(other.id).run()
    assert [row["text"] for row in bars(app)] == ["–"] * 10


def test_a_network_from_a_file_opens_and_anything_else_is_refused(network: Run) -> None:
    app = upload(open_page(way="upload"), ("weights.safetensors", b"no network"), place=0)
    assert "isn't a network of this app" in written(app)
    app = open_page(way="upload")
    upload(app, ("weights.safetensors", weights.best_path(network.id).read_bytes()), place=0)
    assert in_link(app)["run"].startswith("file-")
    app = upload(app, ("digit.png", digit()[0]))
    assert sum(row["best"] for row in bars(app)) == 1


# --- one image ----------------------------------------------------------------------------------------------------


def test_the_first_view_invites_to_draw_and_names_the_classes(network: Run) -> None:
    app = open_page()
    assert "Draw something." in written(app)
    assert "The network knows 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9." in written(app)
    assert [row["text"] for row in bars(app)] == ["–"] * 10


def test_an_uploaded_image_gets_the_network_s_own_answer(network: Run) -> None:
    from core.inference.predictor import opened, predict
    from core.inference.preparation import to_input

    data, _label = digit()
    trained = weights.load(network.id)
    opinion = predict(trained, to_input(opened(data), trained.config.data)[None])[0]
    app = upload(open_page(way="upload"), ("digit.png", data))
    assert [row["share"] for row in bars(app)] == pytest.approx(opinion.probabilities.tolist())
    assert next(row["name"] for row in bars(app) if row["best"]) == str(opinion.best)
    assert percent(opinion.confidence) in written(app)


def test_an_answer_below_the_threshold_is_unsure(store: Store) -> None:
    learned(store, epochs=1, optimizer__lr=1e-5)  # it has learned next to nothing
    app = upload(open_page(way="upload"), ("digit.png", digit()[0]))
    assert "Unsure: " in written(app)
    app.slider(key="threshold").set_value(0).run()
    assert "Unsure: " not in written(app)


def test_noise_is_reported_to_be_unlike_the_training_images(store: Store) -> None:
    run = learned(store)
    app = upload(open_page(way="upload"), ("digit.png", digit()[0]))
    assert neighbours.kept(run.id)
    assert not app.warning
    noise = np.random.default_rng(0).integers(0, 255, (8, 8), dtype=np.uint8)
    app = upload(open_page(way="upload"), ("noise.png", png(noise)))
    assert "unlike everything" in app.warning[0].value


def test_steps_can_be_switched_off_and_on(network: Run) -> None:
    page = Image.new("L", (200, 200), 255)
    page.paste(0, (90, 40, 110, 160))
    file = io.BytesIO()
    page.save(file, "PNG")
    app = upload(open_page(way="upload"), ("one.png", file.getvalue()))
    pills: Any = app.get("button_group")[-1]
    assert pills.value == ["invert", "clean", "crop", "centre", "normalise"]
    before = [row["share"] for row in bars(app)]
    pills.set_value(["clean", "crop", "centre", "normalise"]).run()
    assert not app.exception
    assert [row["share"] for row in bars(app)] != before


@pytest.mark.parametrize(("kind", "heat_map"), [("perceptron", "Saliency"), ("convolution", "Grad-CAM")])
def test_every_tab_explains_the_answer(kind: str, heat_map: str, store: Store) -> None:
    layers = [{"kind": "conv2d", "out_channels": 4}, {"kind": "relu"}, {"kind": "flatten"}]
    layers += [{"kind": "linear", "out_features": 10}]
    changes: dict[str, Any] = {"model__layers": layers} if kind == "convolution" else {}
    learned(store, **changes)
    app = upload(open_page(way="upload"), ("digit.png", digit()[0]))
    texts = {
        "What the network saw": "The network gets only the last picture.",
        "Why": heat_map,
        "Inside": "What the first layer looks for",
        "Similar images": "The most similar of 1,438 training images",
    }
    for tab, text in texts.items():
        app.session_state["about"] = tab
        app.run()
        assert not app.exception
        assert [other for other in texts.values() if other in written(app)] == [text]


def test_validation_images_can_be_chosen(network: Run) -> None:
    app = open_page(way="held-out")
    assert "Click on an image." in written(app)
    app.button(key="others").click().run()
    assert not app.exception


@pytest.mark.parametrize(
    "data", [b"no image", b"", png(np.zeros((8, 8), np.uint8))[:45]], ids=["text", "empty", "cut off"]
)
def test_what_is_no_image_is_an_error(data: bytes, network: Run) -> None:
    app = upload(open_page(way="upload"), ("a.png", data))
    assert len(app.error) == 1


def test_two_networks_answer_side_by_side(store: Store) -> None:
    one, other = learned(store, "one"), learned(store, "other", seed=3)
    app = upload(open_page(run=one.id, way="upload", **{"with": other.id}), ("digit.png", digit()[0]))
    assert len(bars(app)) == 20
    assert "one" in written(app)
    assert "other" in written(app)


# --- many images --------------------------------------------------------------------------------------------------


def folders(number: int = 30) -> dict[str, bytes]:
    """Validation images in a folder for each digit."""
    found = (digit(place) for place in range(number))
    return {f"{label}/{place}.png": data for place, (data, label) in enumerate(found)}


def classify(app: AppTest, archive: io.BytesIO) -> AppTest:
    ways: Any = app.get("button_group")[-1]
    ways.set_value("zip").run()
    upload(app, ("images.zip", archive.getvalue()))
    app.button(key="name").click().run()
    assert not app.exception
    return app


def test_images_in_folders_named_after_classes_are_judged(network: Run) -> None:
    trained = weights.load(network.id)
    app = classify(open_page(way="many"), zipped({**folders(), "3/broken.png": b"broken"}))
    assert app.button(key="name").disabled  # the archive was given back, the field is empty
    table = app.dataframe[0].value
    assert len(table) == 30
    right = (table["Predicted"] == table["Folder"]).mean()
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics == {"Images": "30", "Right": percent(right)}
    assert list(table["Right"] == "✓") == list(table["Predicted"] == table["Folder"])
    assert set(table["Predicted"]) <= set(trained.classes)
    assert "3/broken.png" in written(app).replace("\\", "")
    predictions = app.session_state["classroom.predict.many"]
    evaluation = many_results.evaluation(Model(network.id, "", trained, network), predictions)
    assert evaluation.accuracy == pytest.approx(right)


def test_bare_weights_are_opened_once_their_classes_have_names(network: Run) -> None:
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 3))
    app = upload(open_page(), ("model.safetensors", save(model.state_dict())), place=0)
    assert "These weights fit **Linear, ReLU** with 3 outputs." in written(app).replace("\\", "")
    app.text_area(key="class-names").set_value("cat\ndog").run()
    app.button(key="open-named").click().run()
    assert "Give 3 different names" in app.error[0].value
    app.text_area(key="class-names").set_value("cat\ndog\nfox").run()
    app.button(key="open-named").click().run()
    assert in_link(app)["run"].startswith("file-")
    assert "The network knows 3 classes: cat, dog, fox." in written(app)


def test_a_file_of_another_program_gets_a_sentence(network: Run) -> None:
    app = upload(open_page(), ("model.h5", b"\x89HDF\r\n\x1a\n"), place=0)
    assert "it is Keras (HDF5)" in app.error[0].value.replace("\\", "")


def test_an_empty_sheet_is_called_empty(network: Run) -> None:
    app = upload(open_page(way="upload"), ("empty.png", png(np.full((300, 200), 235, np.uint8))))
    assert app.info[0].value.startswith("Nothing is drawn here.")
    assert not bars(app)


def test_several_digits_are_answered_one_by_one_in_reading_order(network: Run) -> None:
    page = np.full((160, 480), 255, np.uint8)
    for place in range(3):
        page[30:130, 30 + 150 * place : 130 + 150 * place] -= glyph("zero", 100) * (place != 1) + glyph("one", 100) * (
            place == 1
        )
    app = upload(open_page(way="upload"), ("three.png", png(page)))
    choice: Any = next(one for one in app.get("button_group") if "are drawn" in one.label)  # type: ignore[union-attr]
    assert choice.label == "3 things are drawn here, in reading order:"
    assert [option[:3] for option in choice.options] == ["1: ", "2: ", "3: "]
    first, second, third = (str(option)[3:] for option in choice.options)
    assert first == third != second
    assert [row["name"] for row in bars(app) if row["best"]] == [first]
    choice.set_value(1).run()
    assert [row["name"] for row in bars(app) if row["best"]] == [second]


def test_images_without_folders_are_classified(network: Run) -> None:
    app = classify(open_page(way="many"), zipped({"1.png": digit(0)[0], "2.png": digit(1)[0]}))
    assert [metric.label for metric in app.metric] == ["Images"]
    assert list(app.dataframe[0].value["File"]) == ["1.png", "2.png"]


def test_two_networks_classify_the_same_images(store: Store) -> None:
    one, other = learned(store, "one"), learned(store, "other", seed=3)
    app = classify(open_page(run=one.id, way="many", **{"with": other.id}), zipped(folders(10)))
    assert [metric.label for metric in app.metric] == ["Images", "Right: one", "Right: other", "Both agree"]
    assert {"Predicted (1)", "Predicted (2)"} <= set(app.dataframe[0].value.columns)


def test_too_many_images_are_refused(network: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "_LIMITS", Limits(files=3))
    app = classify(open_page(way="many"), zipped(folders(5)))
    assert "more than 3 files" in written(app)


def as_file(network: Run, kind: str) -> bytes:
    model = Model(network.id, "", weights.load(network.id), network)
    rows = [many_results.Row("=1+1.png", "3", (3,), (0.75,), ""), many_results.Row("b, c.png", "猫", (9,), (0.5,), "")]
    columns, table = many_results.columns_of([model]), many_results.table_rows([model], rows)
    return as_csv(columns, table, SHEETS[kind]).encode()


def test_the_table_as_csv_has_a_byte_order_mark_and_no_formulas(network: Run) -> None:
    assert as_file(network, "point") == (
        '\ufefffile,folder,predicted,confidence\r\n\'=1+1.png,3,3,0.750000\r\n"b, c.png",猫,9,0.500000\r\n'.encode()
    )


def test_a_spreadsheet_with_decimal_commas_gets_semicolons(network: Run) -> None:
    table = pd.read_csv(io.BytesIO(as_file(network, "comma")), sep=";", decimal=",", encoding="utf-8-sig")
    assert table["confidence"].tolist() == [0.75, 0.5]
    assert table["folder"].tolist() == ["3", "猫"]


@pytest.mark.parametrize(
    ("locale", "kind"),
    [("es-ES", "comma"), ("es-MX", "point"), ("de", "comma"), ("de-CH", "point"), ("en-GB", "point"), ("", "point"),
     ("zh-CN", "point"), ("pt_BR", "comma")],
)  # fmt: skip
def test_the_usual_spreadsheet_of_a_language(locale: str, kind: str) -> None:
    assert usual_sheet(locale) == kind


@pytest.mark.parametrize(
    ("folder", "classes", "expected"),
    [
        ("a", ("A", "B", "a", "b"), 2),
        ("A", ("A", "B", "a", "b"), 0),
        ("cat", ("Cat", "Dog"), 0),
        ("cats", ("Cat", "Dog"), 0),
        ("arbol", ("Árbol", "Flor"), 0),
        ("CATS", ("Cat", "cat"), None),
        ("Fox", ("Cat", "Dog"), None),
        ("", ("Cat", "Dog"), None),
    ],
)
def test_a_folder_means_the_class_of_its_name(folder: str, classes: tuple[str, ...], expected: int | None) -> None:
    assert many_results.matched(folder, classes) == expected


def test_folders_of_no_class_are_named(network: Run) -> None:
    app = classify(open_page(way="many"), zipped({"Fox/1.png": digit(0)[0]}))
    assert "Right answers aren't counted: the network knows no class for these folders: Fox." in written(app)


def test_everything_can_be_translated(network: Run, untranslated: Callable[[AppTest], set[str]]) -> None:
    for way in ("draw", "upload", "held-out", "many"):
        left = untranslated(open_page(way=way))
        assert {text for text in left if not re.search(r"a run|safetensors", text)} == set()
