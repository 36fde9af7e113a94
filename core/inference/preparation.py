"""Turns an image of any size into a network's input, with the same preprocessing as validation images.

A photo of a digit doesn't look like an image of MNIST: its ink is dark, its paper isn't quite white, and the digit can
be anywhere. For networks trained on grey images, `adjusted` makes photos look like them, in steps that are optional.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from core.config import DataConfig
from core.data import transforms
from core.data.builtin import photo_sets
from core.data.builtin.samples import SAMPLES
from core.data.catalog import full_size, info, input_shape
from core.data.own import stored
from core.data.own.squares import square
from core.inference.paper import Drawing, drawings
from core.inference.paper.digits import Layout, centred, cleaned, cropped, stretched
from core.inference.paper.pixels import Grey, border, bytes_of, values_of
from core.messages import Message, say

Pixels = NDArray[np.uint8]  # [height, width] or [height, width, 3]

_LAYOUTS = {
    # Scaled into 20 of 28 pixels, then centred by mass (LeCun, Cortes, Burges: The MNIST database). Its lines are about
    # 0.15 of a digit thick. Of digits with half as thick lines, lesson 5's network read 0.87, and with `line` 0.96.
    "mnist": Layout(filled=20 / 28, line=0.12),
    # As high as the image and six of eight pixels wide, with thick lines. Stretching and thickening raised the share of
    # MNIST's digits that the digits' network reads from 0.60 to 0.70.
    "digits": Layout(width=0.7, thicker=0.05),
}
_LOOKED_AT = 160  # pixels of the longer side, enough to distinguish paper and ink
_WHITE = 0.7  # brightness of a corner of white paper, at least
_FAINT = 0.06  # if the darkest and lightest parts of an image differ by less, it is empty


@dataclass(frozen=True)
class Steps:
    """The steps of the preparation. The first four are only for networks trained on grey images."""

    invert: bool = False  # dark on light becomes light on dark
    clean: bool = False  # paper becomes black, ink white
    crop: bool = False  # to what is drawn
    centre: bool = False  # with the margin that the training images have
    normalise: bool = True  # as in training


AS_IT_IS = Steps()


@dataclass(frozen=True)
class Stage:
    """The image after a step. `normalised` is the range of its values, if they are no longer colours."""

    title: Message
    pixels: Pixels
    normalised: tuple[float, float] | None = None


def adjustable(config: DataConfig) -> bool:
    """Whether the first four steps apply: only for data sets of grey images."""
    return input_shape(config)[0] == 1


def subjects(image: Image.Image, config: DataConfig) -> list[Drawing]:
    """What is shown in an image, each on its own, in reading order. Empty where a sheet of paper is.

    One, the whole image, for networks that learned from photos, and where the image is one that the set could hold.
    """
    if not adjustable(config) or _is_like_the_set(image, config):
        return [Drawing((0, 0, *image.size), image)]
    return drawings(image)


def automatic(image: Image.Image, config: DataConfig) -> Steps:
    """The steps that suit an image of one drawing. An image like those of the data set needs none."""
    if not adjustable(config) or _is_like_the_set(image, config):
        return AS_IT_IS
    return Steps(invert=_dark_on_light(_grey(image)), clean=True, crop=True, centre=True)


def to_input(image: Image.Image, config: DataConfig, steps: Steps = AS_IT_IS) -> torch.Tensor:
    """Turn an upright RGB image into the network's input, float32 [C, H, W].

    With `AS_IT_IS`, a validation image gives exactly the input that it had in training.
    """
    return resized_input(source(image, config, steps), config, steps)


def resized_input(pixels: Pixels, config: DataConfig, steps: Steps) -> torch.Tensor:
    """What `source` gave as the network's input, float32 [C, H, W]."""
    return _as_input(_resized(pixels, config), config, steps)


def stages(image: Image.Image, config: DataConfig, steps: Steps = AS_IT_IS) -> list[Stage]:
    """The image, the image after each step, and the network's input."""
    found = [Stage(say("Your image"), np.asarray(_small(image)))]
    if adjustable(config):
        values = _grey(image)
        found.append(Stage(say("Grey"), bytes_of(values)))
        found += [Stage(title, bytes_of(after)) for title, after in adjusted(values, config, steps)]
    tensor = _as_input(_resized(source(image, config, steps), config), config, Steps(normalise=False))
    shown = tensor.mul(255).round().to(torch.uint8).permute(1, 2, 0).squeeze(-1).numpy()
    found.append(Stage(say("Resized to {size}×{size}", size=tensor.shape[-1]), shown))
    if steps.normalise:
        numbers = _normalised(tensor, config)
        low, high = float(numbers.min()), float(numbers.max())
        stretched = (numbers - low) / max(high - low, 1e-6)
        shown = stretched.mul(255).round().to(torch.uint8).permute(1, 2, 0).squeeze(-1).numpy()
        found.append(Stage(say("Normalised"), shown, (low, high)))
    return found


def adjusted(values: Grey, config: DataConfig, steps: Steps) -> Iterator[tuple[Message, Grey]]:
    """A grey image after each step that is switched on."""
    if steps.invert:
        values = 1 - values
        yield say("Inverted"), values
    if steps.clean:
        values = cleaned(values)
        yield say("Paper made black"), values
    if steps.crop:
        values = cropped(values)
        yield say("Cropped to its content"), values
    if steps.centre:
        layout = _layout(config.dataset)
        values = centred(stretched(values, layout), layout.filled)
        yield say("Centred"), values


def _layout(dataset: str) -> Layout:
    """How the images of a data set, or those that a sample of it comes from, are laid out."""
    sample = SAMPLES.get(dataset)
    return _LAYOUTS.get(sample.parent if sample else dataset, Layout())


# --- as the data set does it --------------------------------------------------------------------------------------


def _is_like_the_set(image: Image.Image, config: DataConfig) -> bool:
    """Whether it has the set's size and, as all grey sets here, dark paper: a drawing program's is white."""
    sizes = {full_size(config), info(config.dataset).size}
    if image.width != image.height or image.width not in sizes:
        return False
    return not _has_white_paper(values_of(image.convert("L")))


def _has_white_paper(values: Grey) -> bool:
    """Whether all corners and most of the edges are nearly white. No image of the grey sets is so."""
    corners = values[np.ix_([0, -1], [0, -1])]
    return bool(corners.min() > _WHITE and np.median(border(values)) > _WHITE)


def source(image: Image.Image, config: DataConfig, steps: Steps) -> Pixels:
    """The image after the steps, uint8 [height, width, 3]."""
    if not adjustable(config):
        return np.asarray(image)
    if steps == Steps(normalise=steps.normalise):
        return np.asarray(image.convert("L").convert("RGB"))
    *_before, (_title, values) = adjusted(_grey(image), config, steps)
    return np.asarray(Image.fromarray(bytes_of(values)).convert("RGB"))


def _resized(pixels: Pixels, config: DataConfig) -> Pixels:
    """Resize as `core.data` does: first to the original size of the data set, if it has one. uint8 [C, H, W]."""
    size = full_size(config)
    stored_whole = stored.is_name(config.dataset) or config.dataset in photo_sets.TITLES
    if not stored_whole and pixels.shape[:2] != (size, size):
        pixels = square(pixels, info(config.dataset).size).transpose(1, 2, 0)
    return square(np.ascontiguousarray(pixels), size)[: input_shape(config)[0]]


def _as_input(pixels: Pixels, config: DataConfig, steps: Steps) -> torch.Tensor:
    tensor = torch.from_numpy(pixels.copy())[None].to(torch.float32).div_(255)
    for step in transforms.validation(config):
        tensor = step.apply(tensor, _NOTHING)
    return _normalised(tensor[0], config) if steps.normalise else tensor[0]


def _normalised(tensor: torch.Tensor, config: DataConfig) -> torch.Tensor:
    mean, std = (torch.tensor(numbers).view(-1, 1, 1) for numbers in (config.mean, config.std))
    return transforms.normalise(tensor.clone(), mean, std)


_NOTHING = transforms.draw(0, torch.Generator())  # validation isn't random


# --- paper and ink ------------------------------------------------------------------------------------------------


def _small(image: Image.Image) -> Image.Image:
    shown = image.copy()
    shown.thumbnail((_LOOKED_AT, _LOOKED_AT), Image.Resampling.BILINEAR)
    return shown


def _grey(image: Image.Image) -> Grey:
    return values_of(_small(image).convert("L"))


def _dark_on_light(values: Grey) -> bool:
    """Whether the ink is darker than the paper. The paper is what is along the edges."""
    paper = float(np.median(border(values)))
    darkest, lightest = np.quantile(values, (0.005, 0.995))
    if max(paper - darkest, lightest - paper) < _FAINT:
        return paper > 0.5
    return bool(paper - darkest > lightest - paper)
