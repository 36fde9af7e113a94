"""The transforms of images, used in training, on the page Data and on the page Predict.

They work on whole batches, float32 [B, C, H, W] in 0 to 1, but change each image differently. All random numbers of a
batch are drawn first, as `Draws`, and each step uses some of them. Torchvision's transforms would draw one number for
the whole batch.

The order is that of the usual torchvision pipeline:

    training:    resize, random resized crop or centre crop, rotation, flip, colour jitter, normalise
    validation:  resize, centre crop, normalise
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch.nn.functional import affine_grid, grid_sample

from core.config import Augmentation, DataConfig
from core.messages import Message, say

_TRIES = 10  # for a crop that fits, as in torchvision
_ASPECT = (3 / 4, 4 / 3)  # width to height of a random crop, as in torchvision
_LUMA = (0.2989, 0.587, 0.114)  # how much red, green and blue count for brightness (ITU-R BT.601)


@dataclass(frozen=True)
class Draws:
    """The random numbers of B images, all in 0 to 1. They don't depend on which steps are switched on."""

    crop: torch.Tensor  # [B, 10, 2]: area and aspect of ten tries
    place: torch.Tensor  # [B, 2]: position of the crop
    angle: torch.Tensor  # [B]
    flip: torch.Tensor  # [B]
    colour: torch.Tensor  # [B, 3]: brightness, contrast, saturation

    def __len__(self) -> int:
        return len(self.angle)


Transform = Callable[[torch.Tensor, Draws], torch.Tensor]  # images, float32 [B, C, H, W], and their random numbers


@dataclass(frozen=True)
class Step:
    """A step of a pipeline, and its title."""

    name: Message
    apply: Transform


def draw(count: int, generator: torch.Generator) -> Draws:
    """Draw the random numbers of `count` images, on the CPU, so that all devices get the same."""
    numbers = torch.rand(count, 2 * _TRIES + 7, generator=generator)
    crop, place, angle, flip, colour = numbers.split([2 * _TRIES, 2, 1, 1, 3], dim=1)
    return Draws(crop.view(count, _TRIES, 2), place, angle[:, 0], flip[:, 0], colour)


def training(config: DataConfig) -> list[Step]:
    """The steps for training images, between resizing and normalising."""
    settings = config.augmentation
    if not settings.crops:
        return [*_centre(config), *_random(settings)]
    name = say("Random resized crop, {share} of the area or more", share=f"{settings.crop_scale:.0%}")

    def crop(images: torch.Tensor, draws: Draws) -> torch.Tensor:
        height, width = images.shape[-2:]
        sizes = torch.tensor([[height, width]]).expand(len(images), 2)
        return random_resized_crop(images, boxes(draws, sizes, settings.crop_scale))

    return [Step(name, crop), *_random(settings)]


def validation(config: DataConfig) -> list[Step]:
    """The steps for validation images, between resizing and normalising. None is random."""
    return _centre(config)


def _centre(config: DataConfig) -> list[Step]:
    size = config.center_crop
    if size is None:
        return []
    return [Step(say("Centre crop to {size}×{size}", size=size), lambda images, _draws: centre_crop(images, size))]


def _random(settings: Augmentation) -> list[Step]:
    steps = []
    if degrees := settings.rotation:
        steps.append(
            Step(
                say("Random rotation, up to {degrees}°", degrees=f"{degrees:g}"),
                lambda images, draws: rotate(images, degrees * (2 * draws.angle - 1)),
            )
        )
    if probability := settings.horizontal_flip:
        steps.append(
            Step(
                say("Random flip, in {share} of all cases", share=f"{probability:.0%}"),
                lambda images, draws: flip(images, draws.flip < probability),
            )
        )
    strengths = (settings.brightness, settings.contrast, settings.saturation)
    if any(strengths):
        reach = torch.tensor(strengths)
        steps.append(
            Step(
                say("Colour jitter"),
                lambda images, draws: colour_jitter(images, 1 + reach * (2 * draws.colour - 1)),
            )
        )
    return steps


def normalise(images: torch.Tensor, mean: torch.Tensor, std: torch.Tensor) -> torch.Tensor:
    """Subtract the mean and divide by the standard deviation, in place, like `transforms.Normalize`."""
    return images.sub_(mean).div_(std)


def undone_points(points: torch.Tensor, mean: Sequence[float], std: Sequence[float]) -> torch.Tensor:
    """Undo the normalisation of points, float32 [B, 2]."""
    return points * torch.tensor(std) + torch.tensor(mean)


def undone(images: torch.Tensor, mean: Sequence[float], std: Sequence[float]) -> torch.Tensor:
    """Undo the normalisation. Returns uint8 [B, C, H, W], with values clipped to 0 to 255."""
    back = images * torch.tensor(std).view(-1, 1, 1) + torch.tensor(mean).view(-1, 1, 1)
    return back.mul_(255).round_().clamp_(0, 255).to(torch.uint8)


# --- the steps ----------------------------------------------------------------------------------------------------


def centre_crop(images: torch.Tensor, size: int) -> torch.Tensor:
    """The middle `size` × `size` pixels, rounded like torchvision's `CenterCrop`."""
    top, left = (round((length - size) / 2) for length in images.shape[-2:])
    return images[..., top : top + size, left : left + size]


def boxes(draws: Draws, sizes: torch.Tensor, smallest: float) -> torch.Tensor:
    """The crops of torchvision's `RandomResizedCrop`: left, top, width and height in pixels, int64 [B, 4].

    Args:
        draws: The random numbers of B images.
        sizes: Their heights and widths, int64 [B, 2].
        smallest: The smallest share of an image's area (`scale[0]`).
    """
    heights, widths = (lengths.double().unsqueeze(1) for lengths in sizes.unbind(1))  # [B, 1]
    area = (smallest + (1 - smallest) * draws.crop[..., 0].double()) * heights * widths  # [B, 10]
    low, high = (math.log(ratio) for ratio in _ASPECT)
    aspect = torch.exp(low + (high - low) * draws.crop[..., 1].double())
    width, height = (area * aspect).sqrt().round(), (area / aspect).sqrt().round()
    fits = (width >= 1) & (width <= widths) & (height >= 1) & (height <= heights)
    # If none fits, use the middle of the image, with the nearest allowed aspect ratio.
    first = fits.int().argmax(1, keepdim=True)
    some = fits.any(1, keepdim=True)
    whole_width = torch.minimum(widths, (heights * _ASPECT[1]).round())
    whole_height = torch.minimum(heights, (widths / _ASPECT[0]).round())
    width = torch.where(some, width.gather(1, first), whole_width)
    height = torch.where(some, height.gather(1, first), whole_height)
    place = torch.where(some, draws.place.double(), 0.5)
    left = (place[:, :1] * (widths - width + some)).floor().clamp(max=widths - width)
    top = (place[:, 1:] * (heights - height + some)).floor().clamp(max=heights - height)
    return torch.cat([left, top, width, height], dim=1).long()


def random_resized_crop(images: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
    """Each image's box, stretched to the full size with bilinear interpolation."""
    height, width = images.shape[-2:]
    left, top, across, down = boxes.float().unbind(1)
    zero = torch.zeros_like(left)
    theta = torch.stack(
        [
            torch.stack([across / width, zero, (2 * left + across) / width - 1], dim=1),
            torch.stack([zero, down / height, (2 * top + down) / height - 1], dim=1),
        ],
        dim=1,
    )
    return _sampled(images, theta, "border")


def rotate(images: torch.Tensor, degrees: torch.Tensor) -> torch.Tensor:
    """Each image turned counter-clockwise about its middle. Empty corners are black. `degrees` is [B]."""
    angle = torch.deg2rad(degrees)
    sine, cosine, zero = torch.sin(angle), torch.cos(angle), torch.zeros_like(angle)
    skew = images.shape[-2] / images.shape[-1]
    theta = torch.stack(
        [torch.stack([cosine, -sine * skew, zero], dim=1), torch.stack([sine / skew, cosine, zero], dim=1)], dim=1
    )
    return _sampled(images, theta, "zeros")


def flip(images: torch.Tensor, mirrored: torch.Tensor) -> torch.Tensor:
    """Swap left and right in the images of the mask `mirrored`, bool [B]."""
    return torch.where(mirrored.to(images.device).view(-1, 1, 1, 1), images.flip(-1), images)


def colour_jitter(images: torch.Tensor, factors: torch.Tensor) -> torch.Tensor:
    """Multiply brightness, contrast and saturation by the three `factors` of each image, [B, 3].

    Each is computed like in torchvision, in this order. Torchvision's `ColorJitter` uses a random order.
    """
    brightness, contrast, saturation = factors.to(images.device).view(-1, 3, 1, 1, 1).unbind(1)
    images = (images * brightness).clamp(0, 1)
    mean = _grey(images).mean((-3, -2, -1), keepdim=True)
    images = torch.lerp(mean.expand_as(images), images, contrast.expand_as(images)).clamp(0, 1)
    if images.shape[1] == 1:
        return images
    return torch.lerp(_grey(images).expand_as(images), images, saturation.expand_as(images)).clamp(0, 1)


def _grey(images: torch.Tensor) -> torch.Tensor:
    if images.shape[1] == 1:
        return images
    return (images * torch.tensor(_LUMA, device=images.device).view(3, 1, 1)).sum(1, keepdim=True)


def _sampled(images: torch.Tensor, theta: torch.Tensor, beyond: str) -> torch.Tensor:
    grid = affine_grid(theta.to(images.device, images.dtype), list(images.shape), align_corners=False)
    return grid_sample(images, grid, mode="bilinear", padding_mode=beyond, align_corners=False)
