"""From an image of any size to a network's input."""

import numpy as np
import pytest
import torch
from PIL import Image

from core.config import DataConfig
from core.data import catalog
from core.inference.preparation import AS_IT_IS, Steps, automatic, stages, to_input
from core.recipes import configure

MNIST = configure("mnist-mlp", {}).data


def drawn(ink: int = 0, paper: int = 255, *, place: tuple[int, int] = (30, 110), size: int = 240) -> Image.Image:
    """A bar of 20×80 pixels on a large page."""
    pixels = np.full((size, size), paper, np.uint8)
    top, left = place
    pixels[top : top + 80, left : left + 20] = ink
    return Image.fromarray(pixels).convert("RGB")


def test_an_image_as_the_data_set_has_it_is_left_as_it_is() -> None:
    pixels = np.arange(28 * 28, dtype=np.uint8).reshape(28, 28)
    image = Image.fromarray(pixels).convert("RGB")
    assert automatic(image, MNIST) == AS_IT_IS
    torch.testing.assert_close(to_input(image, MNIST)[0], torch.from_numpy(pixels / np.float32(255)), rtol=0, atol=0)


def test_a_drawing_becomes_light_on_dark_in_the_middle_with_mnist_s_margin() -> None:
    image = drawn()
    steps = automatic(image, MNIST)
    assert steps == Steps(invert=True, clean=True, crop=True, centre=True)
    seen = to_input(image, MNIST, steps)[0]
    rows, columns = (np.flatnonzero(seen.amax(axis).numpy() > 0.5) for axis in (1, 0))
    assert (rows[0], rows[-1]) == (4, 23)  # 20 of 28 pixels
    assert (columns[0] + columns[-1]) / 2 == pytest.approx(13.5, abs=0.5)
    assert seen.max() == 1
    assert seen[0].max() == 0


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0), (60, 120), (120, 60), (200, 255)])
def test_any_ink_on_any_paper_looks_alike(ink: int, paper: int) -> None:
    expected = to_input(drawn(), MNIST, automatic(drawn(), MNIST))
    image = drawn(ink, paper)
    assert (to_input(image, MNIST, automatic(image, MNIST)) - expected).abs().max() < 0.15


def test_a_lamp_on_one_side_and_specks_dont_matter() -> None:
    expected = to_input(drawn(), MNIST, automatic(drawn(), MNIST))
    pixels = np.asarray(drawn(40, 190)).astype(float) + np.linspace(0, 60, 240)[:, None]
    pixels[200, 10] = pixels[215, 225] = 0
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    assert (to_input(image, MNIST, automatic(image, MNIST)) - expected).abs().max() < 0.25


@pytest.mark.parametrize("colour", ["white", "black", "#777777"])
def test_an_empty_page_has_nothing_on_it(colour: str) -> None:
    image = Image.new("RGB", (90, 60), colour)
    assert to_input(image, MNIST, automatic(image, MNIST)).max() == 0


def test_each_step_can_be_left_out() -> None:
    image = drawn()
    whole = automatic(image, MNIST)
    titles = [stage.title.template for stage in stages(image, MNIST, whole)]
    assert titles == [
        "Your image",
        "Grey",
        "Inverted",
        "Paper made black",
        "Cropped to its content",
        "Centred",
        "Resized to {size}×{size}",
        "Normalised",
    ]
    for name, title in (("invert", "Inverted"), ("crop", "Cropped to its content"), ("normalise", "Normalised")):
        fewer = Steps(**{**vars(whole), name: False})
        assert title not in [stage.title.template for stage in stages(image, MNIST, fewer)]


def test_the_last_stage_is_what_the_network_gets() -> None:
    config = configure("mnist-cnn-8x8", {}).data
    image = drawn()
    last = stages(image, config, automatic(image, config))[-1]
    tensor = to_input(image, config, automatic(image, config))
    assert last.pixels.shape == (8, 8)
    assert last.normalised
    assert list(last.normalised) == [pytest.approx(float(tensor.min())), pytest.approx(float(tensor.max()))]


def test_photos_stay_as_they_are_but_for_size_crop_and_normalising() -> None:
    config = DataConfig(dataset="cats_dogs", image_size=32, center_crop=24, mean=(0.5, 0.4, 0.3), std=(0.2, 0.2, 0.2))
    image = Image.new("RGB", (300, 200), (255, 0, 51))
    assert automatic(image, config) == AS_IT_IS
    tensor = to_input(image, config)
    assert tensor.shape == catalog.input_shape(config) == (3, 24, 24)
    torch.testing.assert_close(tensor[:, 0, 0], torch.tensor([2.5, -2.0, -0.5]))
    assert [stage.title.template for stage in stages(image, config)][1:] == ["Resized to {size}×{size}", "Normalised"]
