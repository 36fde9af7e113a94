"""The tab How it works of the page Train: each recipe's words, what comes next, and pictures to move."""

from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from core.recipes import recipes
from pages.components.concepts.lesson import TITLES
from tests.pages.opened import open_app, widget, written

open_page = partial(open_app, "pages/2_Train.py")


def choose(app: AppTest, concept: str) -> AppTest:
    widget(app.get("button_group"), "How does it work?").set_value(concept).run()
    assert not app.exception
    return app


@pytest.mark.parametrize("name", recipes())
def test_each_recipe_says_its_number_its_words_what_one_sees_and_what_comes_next(name: str) -> None:
    known = recipes()[name]
    app = open_page(recipe=name)
    shown = written(app)
    assert f"Recipe {known.number} · {known.title}" in shown
    assert known.words in shown
    assert known.look in shown
    assert set(known.concepts) <= set(TITLES)
    assert recipes()[known.next].number == (known.number + 1) % len(recipes())


@pytest.mark.parametrize("concept", TITLES)
def test_every_concept_opens(concept: str) -> None:
    app = choose(open_page(recipe="digits"), concept)
    assert not app.error


def test_the_kernel_moves_over_the_image_and_the_value_follows() -> None:
    app = open_page(recipe="mnist-cnn-8x8")
    before = written(app)
    assert "At row 3, column 3: nine pixels times nine weights" in before
    app.slider(key="convolution-column").set_value(6).run()
    assert "At row 3, column 6" in written(app)


def test_softmax_says_what_a_temperature_does() -> None:
    app = choose(open_page(recipe="fashion-mlp"), "softmax")
    assert "Most likely: cat, 70.5 %." in written(app)
    app.slider(key="softmax-temperature").set_value(5.0).run()
    assert "Most likely: cat, 42.2 %." in written(app)


def test_one_unit_computes_its_bent_sum() -> None:
    app = choose(open_page(recipe="digits"), "layer")
    app.slider(key="unit-w1").set_value(-2.0).run()
    assert r"\varphi(-2.3) = \mathbf{0}" in written(app)
    app.selectbox(key="unit-bend").set_value("none").run()
    assert r"\mathbf{-2.3}" in written(app)


def test_the_memory_of_a_batch_grows_with_it() -> None:
    app = choose(open_page(recipe="digits"), "batch")
    (table,) = [one.value for one in app.table if "Memory of a batch" in one.value]
    memory = [float(text.split()[0]) for text in table["Memory of a batch"]]
    assert memory == sorted(memory)
    assert memory[-1] / memory[0] == pytest.approx(64, rel=0.02)


@pytest.mark.usefixtures("resnet34_is_here")
def test_all_ten_children_of_resnet34_are_listed() -> None:
    app = open_page(recipe="cats-dogs-transfer")
    names = "conv1 bn1 relu maxpool layer1 layer2 layer3 layer4 avgpool fc"
    assert any(names.split() == list(one.value.get("name", [])) for one in app.dataframe)
