"""The tasks below the Train button: ticked by a run of one's own, and by nobody else's."""

from collections.abc import Iterator

import pytest
import streamlit as st

from core.runs.store import Store
from pages.components.shell import engine as shared
from tests.pages.opened import idle_engine, open_app, written
from tests.runs import ME, YOU, trained

HALVE = "Halve the learning rate. What do you expect? Try it."


@pytest.fixture
def store(folders: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    st.cache_data.clear()
    with idle_engine(monkeypatch):
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
