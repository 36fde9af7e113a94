"""The Train page helps while one chooses: tasks that runs of one's own tick off, and a hint for each change."""

from collections.abc import Iterator

import pytest
import streamlit as st

from core.activations.facts import FACTS
from core.runs.store import Store
from pages.components.shell import queue as shared
from tests.pages.opened import idle_queue, open_app, widget, written
from tests.runs import ME, YOU, trained

HALVE = "Halve the learning rate. What do you expect? Try it."


@pytest.fixture
def store(folders: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    st.cache_data.clear()
    with idle_queue(monkeypatch):
        yield shared.store()


def page(recipe: str = "digits") -> str:
    return written(open_app("pages/2_Train.py", recipe=recipe))


def test_a_tick_appears_when_a_run_of_one_s_own_shows_it(store: Store) -> None:
    assert f":material/radio_button_unchecked: {HALVE}" in page()
    trained(store, epochs=2, optimizer__lr=0.0005, owner=YOU)
    assert f":material/radio_button_unchecked: {HALVE}" in page(), "it was somebody else"
    trained(store, epochs=2, optimizer__lr=0.0005, owner=ME)
    assert f":green[:material/check_circle:] {HALVE} *(done)*" in page()


def test_another_lesson_has_other_tasks(store: Store) -> None:
    text = page("mnist-cnn-8x8")
    assert "Remove the convolutions." in text
    assert HALVE not in text


@pytest.mark.parametrize(
    ("label", "value", "sentence"),
    [
        ("Learning rate", 0.0005, "Steps 0.5 times as long as in the recipe: safer, and slower."),
        ("Learning rate", 0.004, "Steps 4 times as long as in the recipe: faster, until they jump too far."),
        ("Batch size", 8, "About 225 steps an epoch, each from fewer images: a noisier curve."),
        ("Epochs", 7, "The network sees each image 7 times."),
    ],
)
def test_a_change_says_what_the_setting_does(store: Store, label: str, value: float, sentence: str) -> None:
    app = open_app("pages/2_Train.py", recipe="digits")
    assert sentence not in written(app)
    widget(app.number_input, label).set_value(value).run()
    assert not app.exception
    assert sentence in written(app)
    assert len(app.get("image")) == (label != "Epochs")


def test_another_activation_shows_its_curve_and_what_is_known_of_it(store: Store) -> None:
    app = open_app("pages/2_Train.py", recipe="digits")
    widget(app.selectbox, "Activation").set_value("tanh").run()
    assert not app.exception
    assert FACTS["tanh"].note in written(app)


def test_another_optimizer_s_own_learning_rate_is_no_change_of_it(store: Store) -> None:
    app = open_app("pages/2_Train.py", recipe="digits")
    widget(app.selectbox, "Optimizer").set_value("sgd").run()
    assert not app.exception
    assert "in the lesson" not in written(app)
