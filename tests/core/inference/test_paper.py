"""What is drawn where: sheets, lines, shadows, several digits. See `made.sheet` for the photos."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from core.config import DataConfig
from core.data.own.images import decode
from core.inference.paper import LOOKED_AT, Box, drawings, is_dark_on_light
from core.inference.preparation import AS_IT_IS, automatic, subjects, to_input
from core.recipes import configure
from tests.core.inference.made import glyph, sheet

MNIST = configure("mnist-mlp", {}).data
GLYPHS = ("one", "seven", "zero", "four", "three", "five")
CASES = Path(__file__).parents[4] / "shared" / "cases"


def alike(seen: Image.Image, name: str) -> float:
    """The correlation of what a network gets with what it would get from the glyph alone."""
    wanted = Image.fromarray(255 - np.pad(glyph(name), 40)).convert("RGB")
    one, other = (to_input(image, MNIST, automatic(image, MNIST)).flatten() for image in (seen, wanted))
    return float(np.corrcoef(one.numpy(), other.numpy())[0, 1])


@pytest.mark.parametrize("desk", [False, True])
def test_a_digit_on_a_sheet_is_found_and_prepared_as_if_alone(desk: bool) -> None:
    random = np.random.default_rng(3)
    likeness = []
    for number in range(24):
        name = GLYPHS[number % len(GLYPHS)]
        found = drawings(sheet([glyph(name)], random, desk=desk))
        likeness.append(alike(found[0].image, name) if len(found) == 1 else 0.0)
    assert np.mean(np.array(likeness) > 0.75) > 0.93, likeness


@pytest.mark.parametrize("desk", [False, True])
def test_several_digits_are_found_in_reading_order(desk: bool) -> None:
    random = np.random.default_rng(5)
    right = 0
    for _ in range(12):
        names = [str(name) for name in random.choice(GLYPHS, 3)]
        found = drawings(sheet([glyph(name) for name in names], random, desk=desk))
        right += len(found) == 3 and all(alike(one.image, name) > 0.7 for one, name in zip(found, names, strict=True))
    assert right >= 11


def page(
    *places: tuple[int, int, int], size: tuple[int, int] = (900, 700), ink: int = 30, paper: int = 230
) -> Image.Image:
    """A page with zeros at (left, top), so many pixels high."""
    pixels = np.full((size[1], size[0]), float(paper))
    for left, top, side in places:
        mask = np.asarray(Image.fromarray(glyph("zero")).resize((side, side)), float) / 255
        pixels[top : top + side, left : left + side] += mask * (ink - paper)
    return Image.fromarray(pixels.astype(np.uint8)).convert("RGB")


def boxes(image: Image.Image) -> list[Box]:
    return [one.box for one in drawings(image)]


def test_a_small_digit_on_a_large_page_is_found() -> None:
    ((left, top, right, bottom),) = boxes(page((120, 90, 40), size=(1100, 1500)))
    assert 118 <= left < right <= 162
    assert 88 <= top < bottom <= 132


def test_lines_are_read_from_the_top_each_from_the_left() -> None:
    found = boxes(page((500, 60, 150), (90, 80, 120), (300, 90, 90), (400, 400, 150), (60, 420, 100)))
    assert [box[0] // 100 for box in found] == [1, 3, 5, 0, 4]


@pytest.mark.parametrize(("ink", "paper"), [(30, 230), (230, 30), (120, 90)])
def test_chalk_and_pencil_are_found_as_well(ink: int, paper: int) -> None:
    image = page((300, 200, 200), ink=ink, paper=paper)
    assert len(boxes(image)) == 1
    assert is_dark_on_light((np.asarray(image.convert("L")) / 255).astype(np.float32)) == (ink < paper)


@pytest.mark.parametrize("colour", ["white", "black", "#777777", "#e0d8c8"])
def test_an_empty_sheet_has_nothing_on_it(colour: str) -> None:
    assert drawings(Image.new("RGB", (400, 300), colour)) == []
    grain = np.random.default_rng(0).normal(0, 4, (300, 400, 3)) + np.asarray(Image.new("RGB", (400, 300), colour))
    assert drawings(Image.fromarray(np.clip(grain, 0, 255).astype(np.uint8))) == []


def test_squared_paper_alone_is_empty() -> None:
    pixels = np.full((500, 500), 230, np.uint8)
    pixels[20::40] = pixels[:, 20::40] = 180
    assert drawings(Image.fromarray(pixels).convert("RGB")) == []


def test_an_empty_sheet_on_a_desk_is_empty() -> None:
    pixels = np.full((600, 800), 60, np.uint8)
    pixels[80:520, 120:680] = 235
    assert drawings(Image.fromarray(pixels).convert("RGB")) == []


def test_a_thick_stroke_is_no_sheet() -> None:
    pixels = np.zeros((400, 400), np.uint8)
    pixels[60:340, 160:240] = 255  # a 1 in chalk
    ((left, _top, right, _bottom),) = boxes(Image.fromarray(pixels).convert("RGB"))
    assert abs(left - 160) <= 3
    assert abs(right - 240) <= 3


def test_a_digit_that_fills_the_picture_is_not_cut() -> None:
    image = Image.fromarray(255 - glyph("zero", LOOKED_AT)).convert("RGB")
    ((left, top, right, bottom),) = boxes(image)
    assert right - left > 0.5 * LOOKED_AT
    assert bottom - top > 0.8 * LOOKED_AT


def test_a_drawing_program_s_white_page_of_the_set_s_size_is_inverted() -> None:
    drawn = Image.fromarray(255 - np.asarray(Image.fromarray(glyph("four")).resize((28, 28)))).convert("RGB")
    (subject,) = subjects(drawn, MNIST)
    assert automatic(subject.image, MNIST).invert
    assert alike(subject.image, "four") > 0.8


def test_an_image_of_the_set_is_left_as_it_is() -> None:
    digit = Image.fromarray(np.asarray(Image.fromarray(glyph("four")).resize((28, 28)))).convert("RGB")
    (subject,) = subjects(digit, MNIST)
    assert subject.image is digit
    assert automatic(digit, MNIST) == AS_IT_IS


def test_photos_for_networks_that_see_colours_are_taken_whole() -> None:
    photo = page((300, 200, 200))
    (subject,) = subjects(photo, DataConfig(dataset="cats_dogs", image_size=32))
    assert subject.image is photo


# --- as they were brought -----------------------------------------------------------------------------------------


def test_a_thin_pen_s_lines_become_as_thick_as_those_of_the_set() -> None:
    thick = Image.fromarray(255 - np.pad(glyph("zero", 300), 60))
    thin = thick.filter(ImageFilter.MaxFilter(19))  # light grows, so the line is a third as thick
    for config in (MNIST, MNIST.model_copy(update={"dataset": "mnist_sample"})):
        ink = [
            float((to_input(one, config, automatic(one, config)) > 0.5).float().mean())
            for one in (image.convert("RGB") for image in (thick, thin))
        ]
        assert ink[1] > 0.6 * ink[0]


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases aren't here")
@pytest.mark.parametrize("case", ["H01-ballpoint", "H06-paper-on-desk", "H11-tiny-in-corner", "H15-paint-28x28"])
def test_each_digit_that_was_brought_is_most_like_itself(case: str) -> None:
    real = sorted((CASES / "H16-mnist-28x28-real").glob("*.png"))
    truth = np.stack([to_input(Image.open(path).convert("RGB"), MNIST).flatten().numpy() for path in real])
    right = 0
    for path in sorted((CASES / case).glob("*.[jp][pn]g")):
        found = subjects(decode(path.read_bytes(), 480).image, MNIST)
        assert len(found) == 1, path.name
        seen = to_input(found[0].image, MNIST, automatic(found[0].image, MNIST)).flatten().numpy()
        likeness = [np.corrcoef(seen, one)[0, 1] for one in truth]
        right += real[int(np.argmax(likeness))].stem[0] == path.stem[0]
    assert right >= 27  # a network that learned from MNIST reads 30


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases aren't here")
def test_sheets_without_a_digit_and_white_ink_on_nothing() -> None:
    for name in ("white.png", "black.jpg", "empty-paper.jpg", "empty-grid.jpg"):
        assert drawings(decode((CASES / "H14-no-digit" / name).read_bytes(), 480).image) == [], name
    for path in (CASES / "I05-white-on-transparent").glob("*.png"):
        assert len(drawings(decode(path.read_bytes(), 480).image)) == 1, path.name
