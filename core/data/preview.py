"""The batches and transforms of a run, for the page Data."""

from dataclasses import dataclass, replace
from typing import Literal

import torch

from core.config import DataConfig, RunConfig
from core.data import plane, transforms
from core.data.batches import Batches, Randomness, training_batches, validation_batches
from core.data.catalog import has_points
from core.data.datasets import ImageData, ImageSet
from core.messages import Message, say

Split = Literal["train", "validation"]
CPU = torch.device("cpu")


@dataclass(frozen=True)
class PreviewBatch:
    """A batch: the network's input, float32 [B, C, H, W]; labels and positions in the split, int64 [B]."""

    images: torch.Tensor
    labels: torch.Tensor
    positions: torch.Tensor


def batch(config: RunConfig, data: ImageData, split: Split, number: int = 0, label: int | None = None) -> PreviewBatch:
    """Batch `number` of the first epoch, counted from 0. For training, it is the batch of step `number`.

    With `label`, the batch has only images of this class, in the same order. It may be empty.
    """
    batches = _batches(config, data, split)
    order = batches.order()
    if order is None:
        order = torch.arange(len(batches.labels))
    if label is not None:
        order = order[batches.labels[order] == label]
    if batches.draws:  # skips the random numbers of earlier batches
        for _earlier in range(number):
            transforms.draw(config.batch_size, batches.draws)
    chosen = order[number * config.batch_size : (number + 1) * config.batch_size]
    return PreviewBatch(*batches.batch(chosen), chosen)


def count(config: RunConfig, data: ImageData, split: Split, label: int | None = None) -> int:
    """The number of batches in an epoch."""
    images = data.train if split == "train" else data.validation
    number = len(images) if label is None else int((images.labels == label).sum())
    return -(-number // config.batch_size)


def pictures(shown: PreviewBatch, config: RunConfig) -> torch.Tensor:
    """The images of a batch without the normalisation, uint8 [B, C, H, W]."""
    return pictures_of(shown.images, config.data)


def pictures_of(inputs: torch.Tensor, data: DataConfig) -> torch.Tensor:
    """Inputs of the network as pictures, uint8 [B, C, H, W]: images without the normalisation, points in the plane."""
    inputs = inputs.cpu()
    if not has_points(data):
        return transforms.undone(inputs, data.mean, data.std)
    return plane.pictures(transforms.undone_points(inputs, data.mean, data.std))


def smaller(pictures: torch.Tensor, at_most: int) -> torch.Tensor:
    """Pictures, uint8 [B, C, H, W], scaled down to at most this height and width in pixels."""
    longest = max(pictures.shape[-2:])
    if longest <= at_most:
        return pictures
    size = [max(1, round(length * at_most / longest)) for length in pictures.shape[-2:]]
    scaled = torch.nn.functional.interpolate(pictures.float(), size=size, mode="bilinear", antialias=True)
    return scaled.round_().clamp_(0, 255).to(torch.uint8)


@dataclass(frozen=True)
class Shown:
    """An image after a step, uint8 [C, H, W]."""

    name: Message
    picture: torch.Tensor


def step_by_step(config: RunConfig, data: ImageData, position: int, seed: int) -> list[Shown]:
    """A training image after each step of the training pipeline, with the random numbers of `seed`."""
    drawn = transforms.draw(1, torch.Generator().manual_seed(seed))
    one = _only(data.train, position)
    whole = one.images[one.rows[0] if one.rows is not None else 0]
    size = "×".join(map(str, whole.shape[-2:]))
    shown = [Shown(say("Resized to {size}", size=size), whole)]
    batches = training_batches(config, one, CPU, Randomness.of(seed))
    steps = batches.steps
    images = whole.unsqueeze(0).float() / 255
    if batches.crops_pictures:
        images = batches.cropped(slice(0, 1), drawn).float() / 255
        shown.append(Shown(steps[0].name, _bytes(images)))
        steps = steps[1:]
    for step in steps:
        images = step.apply(images, drawn)
        shown.append(Shown(step.name, _bytes(images)))
    return [*shown, Shown(say("Normalised"), normalised(images, config))]


def normalised(images: torch.Tensor, config: RunConfig) -> torch.Tensor:
    """The normalised values of one image as a picture: black is −2 or less, white is 2 or more."""
    mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (config.data.mean, config.data.std))
    return _bytes(((images - mean) / std + 2) / 4)


def random_draws(config: RunConfig, data: ImageData, position: int, seed: int, number: int = 8) -> torch.Tensor:
    """A training image as in `number` different epochs, uint8 [number, C, H, W]. Uses the training code."""
    one = _only(data.train, position)
    batches = training_batches(config, one, CPU, Randomness.of(seed))
    images, _labels = batches.batch(torch.zeros(number, dtype=torch.int64))
    return transforms.undone(images, config.data.mean, config.data.std)


def _batches(config: RunConfig, data: ImageData, split: Split) -> Batches:
    if split == "train":
        return training_batches(config, data.train, CPU, Randomness.of(config.seed))
    return validation_batches(config, data.validation, CPU)


def _only(images: ImageSet, position: int) -> ImageSet:
    """A set of one image."""
    one = slice(position, position + 1)
    rows = images.rows[one] if images.rows is not None else None
    pixels = images.images if rows is not None else images.images[one]
    pictures = images.pictures
    if pictures:
        pictures = replace(pictures, positions=pictures.positions[one])
    return ImageSet(pixels, images.labels[one], rows, pictures)


def _bytes(images: torch.Tensor) -> torch.Tensor:
    """The first image of a batch, 0 to 1, as uint8."""
    return (images[0] * 255).round().clamp(0, 255).to(torch.uint8)
