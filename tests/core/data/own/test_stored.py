from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data.own import squares, stored
from core.data.own.importing import importing
from core.data.own.sources import uploads
from core.data.own.stored import Choices
from core.errors import DataError
from tests.core.data.own.pictures import as_file, scene
from tests.core.data.sets import imported, pets


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIR", str(tmp_path))


def test_choices_make_another_name_and_leave_the_first_as_it_was() -> None:
    images = imported(pets())
    name = stored.choose(images.name, images.choices.without([1]).relabelled({0: 1}))
    chosen = stored.load(name)
    assert chosen.files == ("Cat/0.jpg", "Cat/2.jpg", "Dog/0.jpg", "Dog/1.jpg")
    assert chosen.labels.tolist() == [1, 0, 1, 1]
    assert chosen.rows.tolist() == [0, 2, 3, 4]
    np.testing.assert_array_equal(chosen.image(1), images.image(2))
    assert stored.load(images.name).labels.tolist() == [0, 0, 0, 1, 1]
    # Going on from there, and back.
    further = stored.load(stored.choose(name, chosen.choices.without(chosen.rows[[1]])))
    assert further.files == ("Cat/0.jpg", "Dog/0.jpg", "Dog/1.jpg")
    assert stored.choose(name, Choices()) == images.name


def test_the_same_choices_have_the_same_name() -> None:
    images = imported(pets())
    one = Choices(frozenset([2, 1]), {0: 1, 2: 1, 3: 1})  # row 2 is out anyhow, row 3 is in class 1 already
    assert stored.choose(images.name, one) == stored.choose(images.name, Choices(frozenset([1, 2]), {0: 1}))


@pytest.mark.parametrize(
    "choices", [Choices(frozenset([5])), Choices(labels={0: 2}), Choices(labels={-1: 0}), Choices(frozenset(range(5)))]
)
def test_choices_that_do_not_fit_are_refused(choices: Choices) -> None:
    with pytest.raises(DataError):
        stored.choose(imported(pets()).name, choices)


@pytest.mark.parametrize(
    "name", ["images-0123456789abcdef", "images-../../../etc", "mnist", "images-0123456789abcdef-0123456789ab", ""]
)
def test_a_set_that_is_not_there_is_one_sentence(name: str) -> None:
    for action in (stored.load, stored.delete, lambda given: squares.load(given, 8)):
        with pytest.raises(DataError, match=r"aren't on this server\. Import them again\."):
            action(name)


def test_sets_are_listed_for_who_imported_them_and_deleted() -> None:
    *_, last = importing(uploads(pets().items()), title="My <pets>")
    assert last.name
    assert stored.listed("me") == []
    stored.claim(last.name, "me")
    (summary,) = stored.listed("me")
    assert stored.listed("you") == stored.listed("m") == []
    assert (summary.name, summary.title, summary.classes, summary.images) == (last.name, "My ‹pets›", ("Cat", "Dog"), 5)
    stored.delete(summary.name)
    assert stored.listed("me") == []
    assert list(stored.root().iterdir()) == []


def test_images_that_two_people_imported_stay_until_both_have_deleted_them() -> None:
    name = imported(pets()).name
    for owner in ("me", "you"):
        stored.claim(name, owner)
    stored.forget(name, "me")
    assert stored.listed("me") == []
    assert stored.exists(name)
    stored.forget(name, "you")
    assert not stored.exists(name)


def test_squares_are_the_middle_of_each_image_at_one_size() -> None:
    wide = scene(60, 20)
    images = imported({"a/1.png": as_file(wide), **pets()})
    steps = list(squares.resize(images.name, 10))
    assert steps[-1].fraction == 1
    made = squares.load(images.name, 10)
    assert made.shape == (6, 3, 10, 10)
    middle = wide.resize((30, 10), Image.Resampling.BILINEAR).crop((10, 0, 20, 10))  # what "resize, centre crop" is
    np.testing.assert_array_equal(made[5], np.asarray(middle).transpose(2, 0, 1))
    for position in range(6):
        np.testing.assert_array_equal(made[position], squares.square(images.image(position), 10))
    assert list(squares.resize(images.name, 10)) == []
