"""Names on a page."""

from core.runs.state import State
from pages.components.shell import labels


def test_every_state_has_a_word_and_an_icon() -> None:
    assert labels.STATES.keys() == set(State)
    assert all(word and icon.startswith(":material/") for word, icon, _color in labels.STATES.values())


def test_names_that_are_alike_get_their_hint_and_then_a_number() -> None:
    names = {1: "Pets", 2: "Digits", 3: "Digits", 4: "Digits", 5: "Pets (2)", 6: "Pets"}
    told = labels.distinct(names, {2: "16:42", 3: "16:41", 4: "16:41"})
    assert list(told) == list(names)
    assert list(told.values())[:4] == ["Pets", "Digits · 16:42", "Digits · 16:41", "Digits · 16:41 (2)"]
    assert len(set(told.values())) == len(names)
    assert labels.distinct({}) == {}
