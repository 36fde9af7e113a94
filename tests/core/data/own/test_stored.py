import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data.own import checks, squares, stored
from core.data.own.stored import Choices
from core.errors import DataError
from tests.core.data.own.pictures import as_file, jpeg, scene
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
    "choices",
    [
        Choices(frozenset([5])),
        Choices(labels={0: 2}),
        Choices(labels={-1: 0}),
        Choices(frozenset(range(5))),
        Choices(merged={0: 2}),
        Choices(merged={0: 1, 1: 0}),
    ],
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


def test_merged_classes_are_one_and_can_be_parted_again() -> None:
    names = ("Cat", "Dog", "cats", "Árbol", "arbol")
    numbered = [(name, 10 * place + number) for place, name in enumerate(names) for number in range(2 + place)]
    files = {f"{name}/{number}.jpg": jpeg(number) for name, number in numbered}
    images = imported(files)
    assert images.classes == ("Cat", "Dog", "arbol", "cats", "Árbol")
    chosen = stored.load(stored.choose(images.name, checks.merged(images)))
    assert chosen.classes == ("Dog", "arbol", "cats")
    assert np.bincount(chosen.labels).tolist() == [3, 11, 6]
    assert [finding.kind for finding in checks.inspect(chosen) if finding.kind == "spellings"] == []
    # What is changed afterwards names the classes as they were imported.
    moved = stored.load(stored.choose(chosen.name, chosen.choices.relabelled({0: chosen.numbers[0]})))
    assert np.bincount(moved.labels).tolist() == [4, 11, 5]
    parted = stored.load(stored.choose(moved.name, moved.choices.unmerged()))
    assert parted.classes == images.classes
    assert parted.labels[0] == 1
    assert stored.choose(chosen.name, chosen.choices.unmerged()) == images.name


def test_sets_are_listed_for_who_imported_them_and_deleted() -> None:
    name = imported(pets()).name
    assert stored.listed("me") == []
    stored.claim(name, "me", "My <pets>")
    (summary,) = stored.listed("me")
    assert stored.listed("you") == stored.listed("m") == []
    assert (summary.name, summary.title, summary.classes, summary.images) == (name, "My ‹pets›", ("Cat", "Dog"), 5)
    stored.delete(summary.name)
    assert stored.listed("me") == []
    assert list(stored.root().iterdir()) == []


def test_a_title_is_its_importer_s_own_and_nobody_sees_another_s() -> None:
    name = imported(pets()).name
    stored.claim(name, "first", "Cats {v2}")
    assert imported(pets()).name == name
    stored.claim(name, "second")
    assert [one.title for one in stored.listed("second")] == ["Cat, Dog"]
    assert stored.title_of(name, "second") == stored.title_of(name, "nobody") == "Cat, Dog"
    stored.claim(name, "second", "Mascotas de Luis")
    stored.claim(name, "second")  # once more, without a title
    assert [stored.title_of(name, owner) for owner in ("first", "second")] == ["Cats {v2}", "Mascotas de Luis"]
    assert stored.title_of(name, "guest", {str(stored.key_of(name, "first"))}) == "Cats {v2}"
    assert stored.listed("second")[0].imported > stored.listed("first")[0].imported


def test_the_same_images_with_other_names_are_a_set_of_their_own() -> None:
    mine = imported(pets())
    other = imported({name.replace("/", "/Ana López "): data for name, data in pets().items()})
    assert not any("Ana" in file for file in mine.files)
    assert all("Ana López" in file for file in other.files)


def test_a_title_of_version_0_1_is_kept() -> None:
    name = imported(pets()).name
    meta = stored.folder(name) / "meta.json"
    meta.write_text(json.dumps({**json.loads(meta.read_text()), "title": "Zoo"}))
    (stored.folder(name) / "owner-me").write_text('{"key": "secret"}')
    assert stored.title_of(name, "me") == "Zoo"
    stored.claim(name, "me")
    assert [one.title for one in stored.listed("me")] == ["Zoo"]


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
