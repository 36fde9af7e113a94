from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from core.data.own import checks, stored
from core.data.own.checks import Finding, inspect, remedied
from core.data.own.stored import Mask, StoredImages
from core.data.split import held_out
from tests.core.data.own.pictures import as_file, jpeg, scene, turned
from tests.core.data.sets import imported


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIR", str(tmp_path))


def pets(each: int = 20) -> dict[str, bytes]:
    files = {f"Cat/{number}.jpg": jpeg(number) for number in range(each)}
    return files | {f"Dog/{number}.jpg": jpeg(100 + number) for number in range(each)}


def found(images: StoredImages, kind: str, validation: Mask | None = None) -> Finding:
    (finding,) = (finding for finding in inspect(images, validation) if finding.kind == kind)
    return finding


def names(images: StoredImages, finding: Finding) -> set[str]:
    return {images.files[position] for position in finding.positions}


def test_good_images_have_no_findings() -> None:
    assert inspect(imported(pets())) == []


def test_images_that_are_nearly_black_are_found() -> None:
    dark = scene(60, 40).point(lambda value: value // 20)
    images = imported({**pets(), "Cat/dark.png": as_file(dark)})
    assert names(images, found(images, "dark")) == {"Cat/dark.png"}


def test_unreadable_files_are_named() -> None:
    finding = found(imported({**pets(), "Cat/broken.jpg": b"text"}), "unreadable")
    assert "1. For example Cat/broken.jpg: This image can't be read." in str(finding.message)


def test_copies_are_found_and_all_but_one_left_out() -> None:
    images = imported({**pets(), "Cat/a.jpg": jpeg(3), "Cat/b.jpg": jpeg(3)})
    finding = found(images, "copies")
    assert names(images, finding) == {"Cat/3.jpg", "Cat/a.jpg", "Cat/b.jpg"}
    assert len(finding.groups) == 1
    better = stored.load(stored.choose(images.name, remedied(images, finding)))
    assert len(better) == len(images) - 2
    assert inspect(better) == []


def test_a_remedy_keeps_the_choices_made_before() -> None:
    images = imported({**pets(22), "Cat/a.jpg": jpeg(3)})
    chosen = stored.load(stored.choose(images.name, images.choices.without([0]).relabelled({1: 1})))
    better = stored.load(stored.choose(chosen.name, remedied(chosen, found(chosen, "copies"))))
    assert len(better) == len(images) - 2
    assert "Cat/0.jpg" not in better.files
    assert better.labels[better.files.index("Cat/1.jpg")] == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda image: as_file(image, "JPEG", quality=30),
        lambda image: as_file(image.resize((100, 75))),
        lambda image: as_file(ImageEnhance.Brightness(image).enhance(1.15)),
        lambda image: as_file(ImageEnhance.Contrast(image).enhance(0.85)),
        lambda image: as_file(image.convert("L")),
        lambda image: as_file(image.crop((1, 1, 199, 149))),
    ],
    ids=["compressed", "smaller", "brighter", "less contrast", "grey", "cropped"],
)
def test_the_same_picture_saved_differently_looks_alike(change: Callable[[Image.Image], bytes]) -> None:
    original = scene(200, 150, 3)
    images = imported({**pets(), "Cat/a.png": as_file(original), "Cat/b.png": change(original)})
    finding = found(images, "alike")
    assert {"Cat/a.png", "Cat/b.png"} <= names(images, finding)
    assert all(kind != "copies" for kind in (one.kind for one in inspect(images)))


def test_different_plain_images_are_not_alike() -> None:
    plain = {f"Cat/p{level}.png": as_file(Image.new("RGB", (30, 30), (level,) * 3)) for level in (30, 120, 255)}
    images = imported({**pets(), **plain})
    assert [finding.kind for finding in inspect(images)] == ["grey"]


def test_digits_that_only_resemble_each_other_are_not_alike() -> None:
    generator = np.random.default_rng(0)
    strokes = np.zeros((300, 16, 16), np.uint8)
    for image, (left, top, height) in zip(strokes, generator.integers(3, 9, (300, 3)), strict=True):
        image[top : top + height, left : left + 2] = 255  # a "1" of some length somewhere
    kinds = {stroke.tobytes() for stroke in strokes}
    groups = checks._grouped(checks._alike(strokes))
    assert len(kinds) > 100
    assert all(len({strokes[position].tobytes() for position in group}) == 1 for group in groups)


def test_likeness_is_found_across_blocks() -> None:
    thumbnails = np.random.default_rng(0).integers(0, 256, (700, 16, 16), dtype=np.uint8)
    thumbnails[[300, 650]] = thumbnails[10]
    thumbnails[650, 0, 0] ^= 1
    assert checks._grouped(checks._alike(thumbnails)) == [(10, 300, 650)]


def test_an_image_in_training_and_validation_is_serious() -> None:
    images = imported(
        {"train/a/1.jpg": jpeg(1), "train/a/2.jpg": jpeg(2), "train/b/1.jpg": jpeg(3), "val/a/x.jpg": jpeg(1)}
    )
    finding = found(images, "leak", images.validation)
    assert finding.serious
    assert names(images, finding) == {"train/a/1.jpg", "val/a/x.jpg"}
    better = stored.load(stored.choose(images.name, remedied(images, finding)))
    assert "train/a/1.jpg" not in better.files
    assert all(one.kind != "leak" for one in inspect(better, better.validation))


def test_an_image_in_two_classes_is_serious() -> None:
    images = imported({**pets(22), "Dog/same.jpg": jpeg(3)})
    finding = found(images, "labels")
    assert finding.serious
    assert inspect(images)[0].kind == "labels"
    assert {images.files[position] for position in finding.exclude} == {"Cat/3.jpg", "Dog/same.jpg"}


def test_small_and_uneven_classes_are_named() -> None:
    files = {name: data for name, data in pets(70).items() if not name.startswith("Dog") or name < "Dog/15"}
    images = imported(files)
    few = found(images, "few")
    dogs = int((images.labels == 1).sum())
    assert str(few.message) == f"Classes with fewer than 20 images: Dog ({dogs})."
    assert names(images, few) == {name for name in files if name.startswith("Dog")}
    assert str(found(images, "uneven").message) == f"Cat has 70 images and Dog only {dogs}."


def test_a_single_class_is_serious() -> None:
    finding = found(imported({f"Cat/{number}.jpg": jpeg(number) for number in range(20)}), "split")
    assert finding.serious
    assert str(finding.message) == "All images are in one class, Cat."


def test_a_class_on_one_side_of_the_split_is_serious() -> None:
    sides = {"train/Cat": 0, "train/Dog": 100, "val/Cat": 200, "val/Fox": 300}
    images = imported({f"{side}/{n}.jpg": jpeg(first + n) for side, first in sides.items() for n in range(20)})
    unlearned, unchecked = (one for one in inspect(images, images.validation) if one.kind == "split")
    assert "none to learn from: Fox. The network can't name them." in str(unlearned.message)
    assert names(images, unlearned) == {f"val/Fox/{n}.jpg" for n in range(20)}
    assert "without validation images: Dog." in str(unchecked.message)
    assert unlearned.serious
    assert unchecked.serious
    assert not [one for one in inspect(images, held_out(images.labels, 0.2)) if one.kind == "split"]


def test_one_image_of_a_class_is_never_checked() -> None:
    images = imported({**{f"Cat/{n}.jpg": jpeg(n) for n in range(10)}, "Dog/1.jpg": jpeg(99)})
    finding = found(images, "split", held_out(images.labels, 0.2))
    assert "Classes without validation images: Dog." in str(finding.message)
    nobody = imported({"Cat/1.jpg": jpeg(1), "Dog/1.jpg": jpeg(2)})
    finding = found(nobody, "split", held_out(nobody.labels, 0.2))
    assert str(finding.message) == "No image can be held out to check the network: each class has only one."


def test_classes_that_differ_only_in_spelling_are_named() -> None:
    files = {f"{label}/{n}.jpg": jpeg(50 * place + n) for place, label in enumerate(("Cat", "cats", "Dog"))
             for n in range(20)}  # fmt: skip
    finding = found(imported(files), "spellings")
    assert finding.serious
    assert str(finding.message) == "Classes that look like the same one: Cat, cats."


def test_odd_sizes_are_found() -> None:
    images = imported(
        {**pets(), "Cat/dot.png": as_file(Image.new("RGB", (1, 1), "red")), "Cat/strip.png": as_file(scene(400, 30))}
    )
    small, long = (finding for finding in inspect(images) if finding.kind == "sizes")
    assert names(images, small) == {"Cat/dot.png"}
    assert names(images, long) == {"Cat/strip.png"}


def test_what_was_normalised_is_reported() -> None:
    odd = {
        "Cat/r.jpg": as_file(scene(seed=51), "JPEG", exif=turned(8)),
        "Cat/g.png": as_file(scene(seed=52).convert("L")),
        "Cat/t.png": as_file(Image.new("RGBA", (30, 30), (255, 0, 0, 99))),
        "Cat/c.jpg": as_file(scene(seed=53).convert("CMYK"), "JPEG"),
        "Cat/d.png": as_file(Image.fromarray(np.arange(900, dtype=np.uint16).reshape(30, 30) * 70)),
        "Cat/a.gif": as_file(scene(seed=54), "GIF", save_all=True, append_images=[scene(seed=55)]),
    }
    images = imported({**pets(), **odd})
    assert {finding.kind: names(images, finding) for finding in inspect(images)} == {
        "rotated": {"Cat/r.jpg"},
        "grey": {"Cat/g.png", "Cat/d.png"},
        "transparent": {"Cat/t.png"},
        "cmyk": {"Cat/c.jpg"},
        "deep": {"Cat/d.png"},
        "animated": {"Cat/a.gif"},
    }


def test_where_all_images_are_grey_none_stands_out() -> None:
    grey = {name: as_file(scene(seed=number).convert("L")) for number, name in enumerate(pets())}
    assert inspect(imported(grey)) == []
