"""Turns an image of any size into a network's input, with the same preprocessing as validation images.

A photo of a digit doesn't look like an image of MNIST: its ink is dark, its paper isn't quite white, and the digit can
be anywhere. For networks trained on grey images, `adjusted` makes photos look like them, in steps that are optional.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from core.config import DataConfig
from core.data import transforms
from core.data.builtin import photo_sets
from core.data.catalog import full_size, info, input_shape
from core.data.own import stored
from core.data.own.squares import square
from core.inference.paper import Drawing, drawings
from core.messages import Message, say

Grey = NDArray[np.float32]  # [height, width], 0 (black) to 1 (white)
Pixels = NDArray[np.uint8]  # [height, width] or [height, width, 3]


@dataclass(frozen=True)
class Layout:
    """Where the content is in the images of a data set."""

    filled: float = 1.0  # share of the image that the longer side of the content takes; below 1 it is centred by mass
    width: float | None = None  # the content is stretched to this share of its height, unless it is narrow like a 1
    thicker: float = 0.0  # share of its height by which lines are made thicker


_LAYOUTS = {
    # Scaled into 20 of 28 pixels, then centred by mass (LeCun, Cortes, Burges: The MNIST database).
    "mnist": Layout(filled=20 / 28),
    # As high as the image and six of eight pixels wide, with thick lines. Stretching and thickening raised the share of
    # MNIST's digits that the digits' network reads from 0.60 to 0.70.
    "digits": Layout(width=0.7, thicker=0.05),
}
_NARROW = 0.45  # width to height
_LOOKED_AT = 160  # pixels of the longer side, enough to distinguish paper and ink
_PAPER = 0.2  # values from 0 (paper) to 1 (ink) below this count as paper
_INK = 0.4  # values above this count as ink
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
        found.append(Stage(say("Grey"), _bytes(values)))
        found += [Stage(title, _bytes(after)) for title, after in adjusted(values, config, steps)]
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
        values = _cleaned(values)
        yield say("Paper made black"), values
    if steps.crop:
        values = _cropped(values)
        yield say("Cropped to its content"), values
    if steps.centre:
        layout = _LAYOUTS.get(config.dataset, Layout())
        values = _centred(_stretched(values, layout), layout.filled)
        yield say("Centred"), values


# --- as the data set does it --------------------------------------------------------------------------------------


def _is_like_the_set(image: Image.Image, config: DataConfig) -> bool:
    """Whether it has the set's size and, as all grey sets here, dark paper: a drawing program's is white."""
    sizes = {full_size(config), info(config.dataset).size}
    if image.width != image.height or image.width not in sizes:
        return False
    return not _has_white_paper(_shares(image.convert("L")))


def _has_white_paper(values: Grey) -> bool:
    """Whether all corners and most of the edges are nearly white. No image of the grey sets is so."""
    corners = values[np.ix_([0, -1], [0, -1])]
    return bool(corners.min() > _WHITE and np.median(_edges(values)) > _WHITE)


def source(image: Image.Image, config: DataConfig, steps: Steps) -> Pixels:
    """The image after the steps, uint8 [height, width, 3]."""
    if not adjustable(config):
        return np.asarray(image)
    if steps == Steps(normalise=steps.normalise):
        return np.asarray(image.convert("L").convert("RGB"))
    *_before, (_title, values) = adjusted(_grey(image), config, steps)
    return np.asarray(Image.fromarray(_bytes(values)).convert("RGB"))


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
    return _shares(_small(image).convert("L"))


def _shares(grey: Image.Image) -> Grey:
    values: Grey = np.asarray(grey, dtype=np.float32) / np.float32(255)
    return values


def _bytes(values: Grey) -> Pixels:
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def _edges(values: Grey) -> Grey:
    return np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])


def _dark_on_light(values: Grey) -> bool:
    """Whether the ink is darker than the paper. The paper is what is along the edges."""
    paper = float(np.median(_edges(values)))
    darkest, lightest = np.quantile(values, (0.005, 0.995))
    if max(paper - darkest, lightest - paper) < _FAINT:
        return paper > 0.5
    return bool(paper - darkest > lightest - paper)


def _cleaned(values: Grey) -> Grey:
    """Scale light ink on dark paper so that paper is 0 and ink is 1."""
    paper = _paper(values)
    above = values - paper
    ink = float(np.quantile(above, 0.99))
    if ink < _FAINT:  # nothing is drawn
        return np.zeros_like(values)
    above /= ink
    low = min(0.5, max(_PAPER, 4 * _spread(_edges(above))))
    cleaned: Grey = np.clip((above - low) / (1 - low), 0, 1)
    return cleaned


def _paper(values: Grey) -> Grey:
    """The brightness of the paper: a plane fitted to the edges, since one side is often closer to the lamp."""
    height, width = values.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    places = [_edges(one) for one in (x, y)]
    known = np.stack([*places, np.ones_like(places[0])], axis=1)
    edges = _edges(values)
    kept = np.abs(edges - np.median(edges)) <= 3 * _spread(edges) + 0.05  # ink may reach an edge
    slope_x, slope_y, level = np.linalg.lstsq(known[kept], edges[kept], rcond=None)[0]
    plane: Grey = (slope_x * x + slope_y * y + level).astype(np.float32)
    return plane


def _spread(values: Grey) -> float:
    """The standard deviation, estimated from the median absolute deviation, which ignores outliers."""
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def _cropped(values: Grey) -> Grey:
    """The smallest part that contains all ink. Specks are ignored."""
    ink = Image.fromarray(_bytes(values)).filter(ImageFilter.MedianFilter(3)) if min(values.shape) >= 32 else values
    drawn = np.asarray(ink) > (_INK * 255 if ink is not values else _INK)
    rows, columns = np.flatnonzero(drawn.any(1)), np.flatnonzero(drawn.any(0))
    if not len(rows):
        return values
    return values[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _stretched(values: Grey, layout: Layout) -> Grey:
    """Adapt the width and the thickness of lines to the data set."""
    height, width = values.shape
    image = Image.fromarray(_bytes(values))
    if layout.thicker and height >= 32:
        image = image.filter(ImageFilter.MaxFilter(2 * max(1, round(height * layout.thicker / 2)) + 1))
    if layout.width and width > _NARROW * height:
        image = image.resize((max(1, round(height * layout.width)), height), Image.Resampling.BILINEAR)
    return _shares(image)


def _centred(values: Grey, filled: float) -> Grey:
    """A black square with the content in the middle, which takes the share `filled` of it.

    With a margin, the content's centre of mass is in the middle, as in MNIST.
    """
    height, width = values.shape
    side = round(max(height, width) / filled)
    top, left = (side - height) / 2, (side - width) / 2
    mass = float(values.sum())
    if filled < 1 and mass > 0:
        top = side / 2 - float((values.sum(1) * (np.arange(height) + 0.5)).sum()) / mass
        left = side / 2 - float((values.sum(0) * (np.arange(width) + 0.5)).sum()) / mass
    y, x = (round(min(max(0, start), side - length)) for start, length in ((top, height), (left, width)))
    whole = np.zeros((side, side), dtype=np.float32)
    whole[y : y + height, x : x + width] = values
    return whole
