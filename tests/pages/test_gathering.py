"""Bring your own, Camera and Files for each class: what is gathered stays, is trained on, and is added to by others."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.config.transfer import Backbone
from core.data.own import gathering, stored
from core.data.own.gathering import New
from core.runs.store import Store
from pages.components.data.gathered_training import config_for
from tests.core.data.own.pictures import jpeg
from tests.pages.opened import open_app, plain, written
from tests.runs import ME

pytestmark = pytest.mark.usefixtures("tasks_at_once")


def gather(*names: str, number: int = 4) -> None:
    for place, name in enumerate(names):
        category = gathering.add_class(ME, name).id
        gathering.add(ME, category, [New(jpeg(100 * place + seed)) for seed in range(number)])


def camera() -> AppTest:
    return open_app("pages/1_Data.py", tab="Bring your own", way="camera")


def test_it_says_where_the_pictures_go_before_the_first_one() -> None:
    app = camera()
    assert "the pictures go to this server. Only you see them" in written(app)
    assert "deleted after 30 days" in written(app)
    assert app.button(key="train-gathered").disabled


@pytest.mark.parametrize(
    ("names", "number", "obstacle"),
    [
        ((), 0, "Record pictures of at least two classes."),
        (("Cup",), 4, "Record pictures of at least two classes."),
        (("Cup", "Pen"), 1, "Record pictures of at least two classes."),
    ],
)
def test_a_disabled_button_says_what_is_missing(names: tuple[str, ...], number: int, obstacle: str) -> None:
    gather(*names, number=number)
    assert camera().button(key="train-gathered").help == obstacle


def test_an_empty_third_class_is_named() -> None:
    gather("Cup", "Pen")
    gathering.add_class(ME, "*Key*")
    assert plain(camera().button(key="train-gathered").help) == "Record pictures of *Key*, or remove this class."


def test_training_starts_on_the_pictures_and_is_remembered(store: Store) -> None:
    gather("Cup", "Pen")
    app = camera()
    app.button(key="train-gathered").click().run()
    assert not app.exception
    (run,) = store.recent(owner=ME)
    assert run.name == "Cup, Pen"
    assert not run.listed
    assert stored.load(run.config.data.dataset).classes == ("Cup", "Pen")
    assert [one.name for one in stored.listed(ME)] == [run.config.data.dataset]
    found = gathering.of(ME)
    assert (found.run, found.trained) == (run.id, found.version)
    assert "doesn't know the latest pictures" not in written(camera())
    gather("Key")
    later = camera()
    assert "The network doesn't know the latest pictures yet." in written(later)
    assert later.button(key="train-gathered").label == "Train again"


def test_a_new_head_learns_on_a_network_that_comes_with_the_app() -> None:
    gather("Cup", "Pen", "Key")
    app = camera()
    app.button(key="train-gathered").click().run()
    config = config_for(gathering.of(ME).prepared)
    assert isinstance(config.model, Backbone)
    assert (config.model.name, config.transfer.weights, config.transfer.trains) == (
        "efficientnet_lite0", "imagenet", "head",
    )  # fmt: skip


def test_files_of_a_class_survive_a_reload_and_are_gone_once_imported() -> None:
    app = open_app("pages/1_Data.py", tab="Bring your own", way="classes")
    for name in ("Cup", "Pen"):
        app.text_input(key="class_name").set_value(name).run()
        field: Any = app.get("file_uploader")[0]
        files = [(f"{name} {seed}.jpg", jpeg(seed + len(name)), "image/jpeg") for seed in range(3)]
        field.set_value(files).run()
        app.button(key="add").click().run()
    assert not app.exception
    again = open_app("pages/1_Data.py", tab="Bring your own", way="classes")
    assert "**Cup** 3 · **Pen** 3" in written(again)
    again.button(key="import").click().run()
    (found,) = stored.listed(ME)
    assert stored.load(found.name).files[0] == "Cup/Cup 0.jpg"
    assert gathering.of(ME).pictures == 0


def test_a_link_lets_a_phone_add_until_its_owner_ends_it() -> None:
    gather("Cup")
    app = camera()
    app.button(key="open-set").click().run()
    assert gathering.of(ME).key_digest
    key = app.session_state["classroom.data.set_key"]
    phone = open_app("pages/1_Data.py", "you", add=key)
    assert phone.title[0].value == "Add photos to this set"
    assert "That person sees them and can delete them" in written(phone)
    assert not phone.tabs
    again = camera()  # a reload: the server kept only the digest
    assert "this page no longer knows it" in written(again)
    again.button(key="close-set").click().run()
    closed = open_app("pages/1_Data.py", "you", add=key)
    assert "This link doesn't add pictures any more." in written(closed)


def test_starting_over_deletes_all_pictures() -> None:
    gather("Cup", "Pen")
    app = camera()
    assert "This deletes all 8 pictures." in written(app)
    app.button(key="forget-gathered").click().run()
    assert gathering.of(ME).classes == ()
