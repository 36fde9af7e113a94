"""The page Data, without a browser."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from core.config import RunConfig, with_settings
from core.data import datasets, transforms
from core.data.builtin import torchvision_sets
from core.data.own import stored
from core.recipes import recipe
from core.training.loop import Trainer
from pages.components.data.train_button import matching_run
from pages.components.shell.state import Draft
from pages.components.widgets.image_grid import largest_tile, packed
from tests.core.data.own.pictures import huge_png, jpeg
from tests.core.data.sets import brought, pets, zipped
from tests.pages.opened import in_link, open_and_interrupt, open_app, plain, widget, written
from tests.runs import ME

TAB = {"checks": "Checks and labels", "own": "Bring your own"}
open_page = partial(open_app, "pages/1_Data.py")


def grid(app: AppTest, place: int = 0) -> tuple[dict[str, Any], NDArray[np.uint8]]:
    """The header and the pictures, uint8 [N, H, W, C], that a grid received."""
    message = app.get("bidi_component")[place].proto.bytes
    length = int.from_bytes(message[:4], "little")
    header = json.loads(message[4 : 4 + length])
    shape = (header["count"], header["height"], header["width"], header["channels"])
    return header, np.frombuffer(message[4 + length :], np.uint8).reshape(shape)


def grids(app: AppTest) -> list[int]:
    """The indices of grids among all components of the page."""
    return [place for place, part in enumerate(app.get("bidi_component")) if part.proto.bytes]


def own(**files: bytes) -> str:
    return brought({**pets(24, 20), **files}).name


def first_step(config: RunConfig) -> tuple[torch.Tensor, list[int]]:
    """The images and labels that the first step of training gets."""
    for _ in datasets.prepare(config.data):
        pass
    trainer = Trainer(config, datasets.load(config.data), torch.device("cpu"))
    seen: list[torch.Tensor] = []
    trainer.model.register_forward_pre_hook(lambda _model, inputs: seen.append(inputs[0].clone()))
    labels = []
    step = trainer._step  # the only place where a batch's labels can be seen

    def noting(batch: tuple[torch.Tensor, torch.Tensor]) -> None:
        labels.append(batch[1].tolist())
        step(batch)

    trainer._step = noting  # type: ignore[method-assign]
    next(trainer.records())
    return seen[0], labels[0]


def assert_grid_shows(images: torch.Tensor, config: RunConfig, app: AppTest) -> dict[str, Any]:
    """The first grid shows these normalised images, float32 [N, C, H, W]; returns its header."""
    header, pictures = grid(app, grids(app)[0])
    expected = transforms.undone(images, config.data.mean, config.data.std)
    np.testing.assert_array_equal(pictures.transpose(0, 3, 1, 2), expected.numpy())
    return header


# --- a batch ------------------------------------------------------------------------------------------------------


def test_the_first_view_is_a_batch_of_the_built_in_digits() -> None:
    app = open_page()
    header, pictures = grid(app, grids(app)[0])
    assert pictures.shape == (32, 8, 8, 1)
    assert header["details"][0].startswith(header["names"][header["captions"][0]] + " · image ")
    assert "The first epoch uses exactly these in step 1 of 45." in written(app)
    assert "`32×1×8×8`, `float32`" in written(app)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"seed": 5, "batch_size": 16},
        {"data.image_size": 12, "data.center_crop": 10},
        {"data.augmentation.rotation": 30, "data.augmentation.crop_scale": 0.5, "data.augmentation.brightness": 0.4},
    ],
    ids=["as the recipe", "other seed", "cropped", "augmented"],
)
def test_the_grid_is_what_the_first_training_step_gets(settings: dict[str, Any]) -> None:
    config = with_settings(recipe("digits").config, settings)
    images, labels = first_step(config)
    header = assert_grid_shows(
        images, config, open_page(**{name: json.dumps(value) for name, value in settings.items()})
    )
    assert [header["names"][caption] for caption in header["captions"]] == [str(label) for label in labels]


def test_the_grid_of_imported_images_is_what_the_first_training_step_gets() -> None:
    settings = {
        "data.dataset": own(),
        "data.image_size": 64,
        "data.augmentation.crop_scale": 0.2,
        "data.augmentation.horizontal_flip": 0.5,
    }
    config = with_settings(recipe("digits").config, settings)
    _name, run = matching_run(config, None)
    images, _labels = first_step(run.model_copy(update={"batch_size": 32}))
    link = {name: value if isinstance(value, str) else json.dumps(value) for name, value in settings.items()}
    header = assert_grid_shows(images, config, open_page(**link))
    assert "/" in header["details"][0]
    assert ".jpg" in header["details"][0]


def test_the_next_batch_has_other_images_and_a_class_can_be_shown_alone() -> None:
    app = open_page()
    first = grid(app, grids(app)[0])[0]
    app.button(key="next").click().run()
    second = grid(app, grids(app)[0])[0]
    assert not set(first["details"]) & set(second["details"])
    app.selectbox(key="class").set_value(3).run()
    assert grid(app, grids(app)[0])[0]["names"] == ["3"]
    assert "Only this class" in written(app)


def test_a_setting_changed_while_the_page_still_loads_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    updating = "pages.components.data.view.update_link"
    app = open_and_interrupt(monkeypatch, updating, "pages/1_Data.py", batch_size="16")
    widget(app.number_input, "Batch size").set_value(8).run()
    assert len(grid(app, grids(app)[0])[1]) == 8
    assert in_link(app)["batch_size"] == "8"


def test_a_link_with_an_invalid_value_shows_the_first_view_and_an_error() -> None:
    app = open_page(data__image_size="-3")
    assert plain(app.error[0].value) == "Image size is -3. Choose at least 4."
    assert len(grid(app, grids(app)[0])[1]) == 32


@pytest.mark.parametrize(
    ("label", "value"), [("Image size", 3), ("Image size", 100_000), ("Share for validation", -0.2)]
)
def test_a_number_out_of_range_is_refused_where_it_stands(label: str, value: float) -> None:
    app = open_page()
    widget(app.number_input, label).set_value(value).run()
    assert not app.exception
    assert f":red[:material/error: {label} is {value}. Choose at" in plain(written(app))
    assert widget(app.button, "Train with these images").disabled


def test_deleted_images_get_a_sentence_instead_of_a_trace() -> None:
    app = open_page(data__dataset="images-0123456789abcdef")
    assert not app.exception
    assert app.error[0].value.startswith("These images aren't on this server, or their link is incomplete.")
    assert widget(app.selectbox, "Data set").value == "digits"


def test_nothing_is_downloaded_before_the_button_is_pressed(monkeypatch: pytest.MonkeyPatch) -> None:
    downloads: list[str] = []
    monkeypatch.setattr(torchvision_sets, "download", lambda title, *_fetch, **_sizes: downloads.append(title))
    app = open_page(data__dataset="cifar10", data__mean="[0.5]", data__std="[0.5]", data__validation_fraction="0.0")
    assert "170 MB" in written(app)
    assert downloads == []
    assert not grids(app)


def test_a_message_to_the_grid_is_named_by_its_content() -> None:
    header: dict[str, Any] = {"count": 1}
    assert packed(header, b"a")[1] == packed(header, b"a")[1]
    assert packed(header, b"a")[1] != packed(header, b"b")[1]
    assert largest_tile(256) ** 2 * 256 <= 1_500_000


# --- numbers and transforms ---------------------------------------------------------------------------------------


def test_numbers_are_measured_and_can_be_used() -> None:
    app = open_page(tab="Numbers")
    config = recipe("digits").config.data
    pixels = datasets.load(config).train.at(slice(None)).double() / 255
    table = app.table[1].value
    assert table["Mean, measured"].tolist() == [f"{pixels.mean():.4f}"]
    assert table["Standard deviation, measured"].tolist() == [f"{pixels.std(correction=0):.4f}"]
    assert table["Mean, in use"].tolist() == ["0.3000"]
    assert "torch.Size([32, 1, 8, 8])" in app.table[0].value["Value"].tolist()
    app.button(key="measured").click().run()
    assert app.table[1].value["Mean, in use"].tolist() == [f"{pixels.mean():.4f}"]
    assert app.button(key="measured").disabled


def test_transforms_are_shown_in_their_order_and_eight_draws_differ() -> None:
    app = open_page(tab="Transforms", data__augmentation__rotation="30", data__augmentation__crop_scale="0.5")
    steps, draws = (grid(app, place) for place in grids(app))
    assert [caption.split(",")[0] for caption in steps[0]["details"]] == [
        "Resized to 8×8",
        "Random resized crop",
        "Random rotation",
        "Normalised",
    ]
    assert len({picture.tobytes() for picture in draws[1]}) == 8
    assert "Validation images are never changed at random" in written(app)


def test_without_augmentation_no_draws_are_shown() -> None:
    app = open_page(tab="Transforms")
    assert len(grids(app)) == 1
    assert "Augmentation is off" in written(app)


# --- imported images ----------------------------------------------------------------------------------------------


def bring(data: bytes) -> AppTest:
    app = open_page(tab=TAB["own"])
    uploader: Any = app.get("file_uploader")[0]
    uploader.set_value(("images.zip", data, "application/zip")).run()
    button = app.button(key="import")
    return app if button.disabled else button.click().run()


def test_a_zip_is_imported_checked_and_opened() -> None:
    app = bring(zipped({**pets(24, 20), "Dog/broken.jpg": jpeg()[:200], "Dog/copy.jpg": jpeg(0)}).getvalue())
    assert not app.exception
    assert "45 images · 2 classes · one file skipped" in written(app)
    assert "**Problem:** The same image in several classes: 1" in written(app)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"hello", "This file isn't a zip archive, or it is damaged"),
        (zipped({"readme.txt": b"hello"}).getvalue(), "There is no usable image here"),
        (zipped({"cat.jpg": jpeg()}).getvalue(), "The images aren't in folders"),
        (zipped({"a/x.png": huge_png()}).getvalue(), "The image has more than 25 million pixels"),
    ],
    ids=["no zip", "no image", "no folder", "too large"],
)
def test_what_cannot_be_imported_is_one_error_and_leaves_nothing_behind(data: bytes, sentence: str) -> None:
    app = bring(data)
    assert not app.exception
    (error,) = app.error
    assert sentence in error.value
    assert not list(stored.root().glob("*"))
    assert not app.get("progress")


def chosen(files: Mapping[str, bytes] | bytes) -> AppTest:
    """The tab with an archive chosen, nothing imported yet."""
    app = open_page(tab=TAB["own"])
    uploader: Any = app.get("file_uploader")[0]
    data = files if isinstance(files, bytes) else zipped(files).getvalue()
    return uploader.set_value(("images.zip", data, "application/zip")).run()  # type: ignore[no-any-return]


def previewed(app: AppTest) -> list[list[Any]]:
    return app.dataframe[0].value.values.tolist()  # type: ignore[no-any-return]


def test_classes_and_counts_are_shown_before_the_import() -> None:
    splits = {f"{split}/{name}": data for split in ("train", "val") for name, data in pets(3, 2).items()}
    app = chosen({**splits, "train/Cat/page.html": b""})
    assert "**10 images** in 2 classes" in written(app)
    assert previewed(app) == [["Cat", 3, 3], ["Dog", 2, 2]]
    assert "page.html" in written(app).replace("\\", "")
    assert not list(stored.root().glob("*"))


def test_which_level_names_the_class_is_asked_before_the_import() -> None:
    files = {f"{who}/{name}": data + who.encode() for who in ("Ana", "Luis") for name, data in pets(3, 2).items()}
    app = chosen(files)
    assert app.button(key="import").disabled
    assert app.button(key="import").help == "Choose what names the class."
    question: Any = app.radio[0]
    assert question.options == [
        "The second folder names the class",
        "The first folder names the class",
        "The second folder names the class. Ana is to learn from, Luis to check with",
    ]
    question.set_value("level-1").run()
    assert previewed(app) == [["Cat", 6], ["Dog", 4]]
    app.button(key="import").click().run()
    assert not app.exception
    assert "10 images · 2 classes" in written(app)


def test_names_of_a_foreign_code_page_are_shown_and_can_be_changed() -> None:
    data = zipped({f"XX/{number}.jpg": jpeg(number) for number in range(2)}).getvalue()
    app = chosen(data.replace(b"XX", "狗".encode("gb18030")))
    assert previewed(app) == [["狗", 2]]
    menu = widget(app.selectbox, "Spelling of the names")
    assert menu.options[0] == "狗 · Chinese (GBK, GB18030)"
    menu.set_value("cp949").run()
    assert previewed(app) == [["뭍", 2]]


def test_classes_that_mean_the_same_are_merged_unless_one_says_no() -> None:
    app = chosen({"Cat/1.jpg": jpeg(1), "cats/2.jpg": jpeg(2), "cats/3.jpg": jpeg(3), "Dog/1.jpg": jpeg(4)})
    assert previewed(app) == [["Dog", 1], ["cats", 3]]
    app.checkbox[0].set_value(False).run()
    assert previewed(app) == [["Cat", 1], ["Dog", 1], ["cats", 2]]


def test_a_table_beside_the_images_is_named() -> None:
    text = "file,label\n" + "".join(f"{n}.jpg,{'cat' if n % 2 else 'dog'}\n" for n in range(6))
    app = chosen({**{f"images/{n}.jpg": jpeg(n) for n in range(6)}, "labels.csv": text.encode()})
    assert app.info[0].value.replace("\\", "") == "The table labels.csv names the class."
    assert previewed(app) == [["cat", 3], ["dog", 3]]


def test_names_from_outside_are_shown_as_text() -> None:
    name = brought({"![x](http://evil)/1.jpg": jpeg(1), "b {y}/2.jpg": jpeg(2)}).name
    app = open_page(data__dataset=name, tab=TAB["checks"])
    assert "![x](http" not in written(app)
    assert "{y}" in written(app).replace("\\", "")


def test_a_remedy_makes_a_new_name_and_can_be_taken_back() -> None:
    name = brought({**pets(24, 20), "Cat/copy.jpg": jpeg(0)}).name
    app = open_page(data__dataset=name, tab=TAB["checks"])
    assert "occur more than once: 1" in written(app)
    app.button(key="remedy-0").click().run()
    assert "44 images · 2 classes · one left out" in written(app)
    assert "occur more than once" not in written(app)
    app.button(key="take_back").click().run()
    assert "45 images · 2 classes" in written(app)
    assert stored.load(name).choices == stored.Choices()


def test_classes_of_one_name_are_merged_by_a_button_and_parted_again() -> None:
    files = {
        f"{name}/{n}.jpg": jpeg(40 * place + n) for place, name in enumerate(("Cat", "cats", "Dog")) for n in range(3)
    }
    name = brought(files).name
    app = open_page(data__dataset=name, tab=TAB["checks"])
    assert "Classes that look like the same one: Cat, cats." in written(app)
    app.button(key="merge-classes").click().run()
    assert not app.exception
    assert "9 images · 2 classes" in written(app)
    assert "Merged classes: cats → Cat" in written(app)
    assert "look like the same one" not in written(app)
    app.button(key="unmerge").click().run()
    assert "9 images · 3 classes" in written(app)


def test_a_path_of_the_server_is_offered_only_where_it_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALLOW_FOLDER_PATHS", raising=False)
    assert "Folder on the server" not in _ways(open_page(tab=TAB["own"]))
    monkeypatch.setenv("ALLOW_FOLDER_PATHS", "1")
    assert "Folder on the server" in _ways(open_page(tab=TAB["own"]))


def test_a_folder_is_imported_from_a_path_of_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, data in pets(24, 20).items():
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "photos" / name).write_bytes(data)
    monkeypatch.setenv("ALLOW_FOLDER_PATHS", "1")
    app = open_page(tab=TAB["own"])
    ways: Any = app.get("button_group")[0]
    ways.set_value("path").run()
    app.text_input(key="path").set_value(str(tmp_path / "photos")).run()
    app.button(key="import").click().run()
    assert not app.exception
    assert "44 images · 2 classes" in written(app)


def _ways(app: AppTest) -> list[str]:
    ways: Any = app.get("button_group")[0]
    return [str(option) for option in ways.options]


def test_import_is_off_until_there_is_something_to_import() -> None:
    app = open_page(tab=TAB["own"])
    assert app.button(key="import").disabled
    assert app.button(key="import").help == "Choose images first."


def test_a_network_for_imported_images_can_be_trained() -> None:
    from core.training.check import problems

    config = with_settings(recipe("digits").config, {"data.dataset": own(), "data.image_size": 32})
    name, run = matching_run(config, None)
    assert name == "digits"
    assert problems(run) == []
    assert run.data == config.data


def test_imported_images_get_a_head_on_a_network_that_knows_imagenet() -> None:
    from core.models.backbones import suited
    from core.training.check import problems

    viewed = with_settings(recipe("digits").config, {"data.dataset": own(), "data.split_seed": 3})
    layers = Draft("digits", with_settings(viewed, {"data.dataset": "digits"}))  # of ten classes, as the digits are
    name, run = matching_run(viewed, layers)
    assert name == "cats-dogs-transfer"
    assert problems(run) == []
    assert (run.model.name, run.transfer.weights, run.transfer.trains) == ("efficientnet_lite0", "imagenet", "head")
    assert run.data == viewed.data.with_pixels_of(suited("efficientnet_lite0"))
    assert matching_run(viewed, Draft(name, run)) == (name, run), "as it was, when somebody looks at the images again"


def test_a_run_has_its_script_when_its_images_are_deleted() -> None:
    from core.export import script

    config = with_settings(recipe("digits").config, {"data.dataset": own(), "data.augmentation.crop_scale": 0.5})
    _name, run = matching_run(config, None)
    stored.delete(run.data.dataset)
    assert 'Listed("train", train_transform)' in script(run)


def test_a_title_with_braces_is_shown_as_it_is() -> None:
    brought(pets(24, 20), title="{0} {x}")
    assert "{0} {x}" in open_page().selectbox[0].options


def test_deleted_images_leave_the_menu_and_the_settings_of_the_page_train() -> None:
    name = own()
    stored.claim(name, ME)
    app = open_page(data__dataset=name, tab=TAB["checks"])
    recipe_name, run = matching_run(with_settings(recipe("digits").config, {"data.dataset": name}), None)
    app.session_state["classroom.draft"] = Draft(recipe_name, run)
    app.button(key="delete").click().run()
    assert not app.exception
    assert not stored.exists(name)
    assert app.selectbox[0].value == "digits"
    assert app.session_state["classroom.draft"].config == recipe("digits").config


def test_train_takes_the_recipe_of_built_in_images() -> None:
    config = with_settings(recipe("digits").config, {"data.mean": [0.5]})
    name, run = matching_run(config, None)
    assert (name, run.model) == ("digits", recipe("digits").config.model)
    assert run.data.mean == (0.5,)
