"""Archives as people brought them, where they lie beside the project; `test_layout` has small ones of each kind."""

from collections import Counter
from pathlib import Path

import pytest

from core.data.own import stored
from core.data.own.archives import archive
from core.data.own.checks import inspect
from core.data.own.entries import Source
from core.data.own.images import decode
from core.data.own.importing import importing
from core.data.split import held_out
from core.errors import DataError

CASES = Path(__file__).parents[5] / "shared" / "cases"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the cases aren't here")


def brought(case: str) -> Source:
    (file,) = (CASES / case).glob("*.zip")
    return archive(file)


@pytest.mark.parametrize(
    ("case", "reading", "train", "val"),
    [
        ("L02-kaggle-dogs-vs-cats-flat", "names", {"cat": 12, "dog": 12}, {}),
        ("L04-training_set-test_set", "level-0", {"cats": 12, "dogs": 12}, {"cats": 4, "dogs": 4}),
        ("L41-training_set-large", "level-0", {"cats": 30, "dogs": 30}, {"cats": 12, "dogs": 12}),
        ("L07-roboflow-multilabel-csv", "table", {"Cat": 5, "Dog": 5}, {"Cat": 2, "Dog": 2}),
        ("L09-csv-labels-one-folder", "table", {"cat": 8, "dog": 8}, {}),
        ("L11-chinese-split-folders", "level-0", {"猫": 10, "狗": 10}, {"猫": 4, "狗": 4}),
        ("L16-upper-lower", "level-0", {"A": 30, "B": 30, "a": 30, "b": 30}, {}),
        ("L18-windows-spanish-cp850", "level-0", {"Pájaro": 5, "Árbol": 5, "Ñandú": 5}, {}),
        ("L20-chinese-gbk", "level-0", {"柵欄貓": 5, "龍猫": 5}, {}),
        ("L40-gbk-cat-dog", "level-0", {"猫": 25, "狗": 25}, {}),
        ("L31-ppm-gtsrb", "level-0", {"00000": 4, "00001": 4}, {}),
        ("L29-synology-eadir", "level-0", {"Cat": 6, "Dog": 6}, {}),
        ("L35-imagenet-val-flat", "level-0", {"Cat": 8, "Dog": 8}, {}),
        ("L36-val-other-classes", "level-0", {"Cat": 8, "Dog": 8}, {"Cat": 4, "Fox": 4}),
    ],
)
def test_classes_and_splits(case: str, reading: str, train: dict[str, int], val: dict[str, int]) -> None:
    source = brought(case)
    assert [one.key for one in source.readings] == [reading]
    assert Counter(entry.label for entry in source.entries if not entry.validation) == train
    assert Counter(entry.label for entry in source.entries if entry.validation) == val


def test_what_is_no_set_of_classes_is_named() -> None:
    with pytest.raises(DataError, match=r"object detection \(YOLO\)"):
        brought("L08-yolo-detection")


def test_zips_inside_are_opened() -> None:
    with pytest.raises(DataError, match="The images aren't in folders"):  # all of its images are cats
        brought("L03-kaggle-nested-zips")


def test_names_are_kept_as_written() -> None:
    assert {"Gato negro", "🐱 gatos", "**stars**", "{brace}", "=1+1", "$x^2$"} <= set(
        brought("L27-names-html-emoji").classes
    )


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("L13-single-image-each", "No image can be held out to check the network"),
        ("L14-one-class-single-image", "Classes without validation images: Dog."),
        ("L36-val-other-classes", "Classes with validation images but none to learn from: Fox."),
        ("L42-val-fox-large", "Classes without validation images: Dog."),
    ],
)
def test_what_the_split_leaves_out_is_a_problem(
    case: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    *_, last = importing(brought(case))
    images = stored.load(str(last.name))
    mask = held_out(images.labels, 0.2) if images.validation is None else images.validation
    found = [finding for finding in inspect(images, mask) if finding.serious]
    assert any(sentence in str(finding.message) for finding in found)


def test_wrong_endings_are_named_with_the_true_format() -> None:
    outcomes = {entry.name: entry.read() for entry in brought("I03-wrong-ending").entries}
    said = {}
    for name, data in outcomes.items():
        assert isinstance(data, bytes)
        try:
            decode(data)
        except DataError as error:
            said[name] = str(error).split(",")[0]
    assert said == {
        "Cat/heic.jpg": "The file is HEIC",
        "Cat/page.jpg": "The file is a web page",
        "Cat/jp2.jpg": "The file is JPEG 2000",
    }
