"""Makes batches: one gather and one normalisation for the whole batch, augmentation for each image."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from core.config import RunConfig
from core.data import transforms
from core.data.datasets import ImageSet

Batch = tuple[torch.Tensor, torch.Tensor]  # images, float32 [B, C, H, W], or points [B, 2]; labels, int64 [B]

# What is larger stays in its memory map instead of moving to the device whole.
RESIDENT_BYTES = 4 * 2**30


@dataclass
class Randomness:
    """The random generators of a run's batches: one for the order, one for the augmentation."""

    order: torch.Generator
    draws: torch.Generator

    @classmethod
    def of(cls, seed: int) -> "Randomness":
        """Two independent generators. The order is that of a plain DataLoader with a generator of this seed."""
        # Seeds are below 2³¹, so the second seed is never the first seed of another run.
        return cls(torch.Generator().manual_seed(seed), torch.Generator().manual_seed(2**32 - 1 - seed))


class Cut(ABC):
    """Splits labels and images into batches, in a new random order in each epoch if shuffled.

    The order is that of a plain `DataLoader(shuffle=True, generator=…)` with the same seed.
    """

    def __init__(self, labels: torch.Tensor, batch_size: int, generator: torch.Generator | None) -> None:
        self.labels = labels
        self.batch_size = batch_size
        self.generator = generator

    def __len__(self) -> int:
        """The number of batches in an epoch. The last one may be smaller."""
        return math.ceil(len(self.labels) / self.batch_size)

    def epoch(self, start: int = 0, number: int = 0) -> Iterator[Batch]:
        """All batches of epoch `number`, from batch `start` on. Draws a new order from the generator."""
        order = self.order()
        for first in range(start * self.batch_size, len(self.labels), self.batch_size):
            chosen = slice(first, first + self.batch_size)
            yield self.batch(chosen if order is None else order[chosen], number)

    @abstractmethod
    def batch(self, chosen: slice | torch.Tensor, epoch: int = 0) -> Batch:
        """The batch of these positions, as the network gets it in this epoch."""

    def order(self) -> torch.Tensor | None:
        """Draw the order of the next epoch, as positions. None without shuffling."""
        if self.generator is None:
            return None
        # DataLoader draws a number for its workers before the order, and its sampler draws an additional order. This
        # does the same, so that the orders agree.
        torch.empty((), dtype=torch.int64).random_(generator=self.generator)
        order = torch.randperm(len(self.labels), generator=self.generator)
        torch.randperm(len(self.labels), generator=self.generator)
        return order.to(self.labels.device)


class Batches(Cut):
    """Splits an image set into batches on a device.

    The images are copied to the device once. The numbers are those of `ToTensor` with `Normalize`.
    """

    def __init__(
        self,
        images: ImageSet,
        batch_size: int,
        *,
        mean: Sequence[float],
        std: Sequence[float],
        device: torch.device,
        generator: torch.Generator | None = None,
        steps: Sequence[transforms.Step] = (),
        draws: torch.Generator | None = None,
        crop: tuple[float, int] | None = None,
    ) -> None:
        """Args:
        generator: Shuffles the images. None keeps their order.
        steps: Transforms before the normalisation.
        draws: Generator for random steps. None if no step is random.
        crop: Smallest share and size of random crops. For a set with `pictures`, they are cut from the full-size
            images instead of by the first of `steps`.
        """
        resident = images.images.nbytes <= RESIDENT_BYTES
        self.images = images.images.to(device) if resident else images.images
        super().__init__(images.labels.to(device), batch_size, generator)
        self.draws = draws
        self.steps = list(steps)
        self._device = device
        self._rows = images.rows.to(self.images.device) if images.rows is not None else None
        self._pictures = images.pictures if crop else None
        self._crop = crop
        sides = [1] * (images.images.ndim - 2)  # points have none
        self._mean = torch.tensor(mean, device=device).view(-1, *sides)
        self._std = torch.tensor(std, device=device).view(-1, *sides)

    def batch(self, chosen: slice | torch.Tensor, epoch: int = 0) -> Batch:
        """The images at these positions, normalised."""
        labels = _taken(self.labels, chosen)
        drawn = transforms.draw(len(labels), self.draws) if self.draws else _NOTHING
        if self.crops_pictures:
            images, steps = self.cropped(chosen, drawn), self.steps[1:]
        else:
            images, steps = self._gathered(chosen), self.steps
        # Points come as numbers, and as a view of all of them.
        images = images.clone() if images.is_floating_point() else images.to(torch.float32).div_(255)
        for step in steps:
            images = step.apply(images, drawn)
        return transforms.normalise(images, self._mean, self._std), labels

    @property
    def crops_pictures(self) -> bool:
        """Whether random crops are cut from full-size images."""
        return bool(self._pictures and self._crop)

    def cropped(self, chosen: slice | torch.Tensor, drawn: transforms.Draws) -> torch.Tensor:
        """Random parts of full-size images, uint8 [B, 3, size, size]."""
        assert self._pictures
        assert self._crop
        smallest, size = self._crop
        positions = torch.arange(len(self._pictures))[chosen.cpu() if isinstance(chosen, torch.Tensor) else chosen]
        found = transforms.boxes(drawn, torch.from_numpy(self._pictures.sizes)[positions], smallest)
        parts = self._pictures.cut(positions.numpy(), found.numpy(), size)
        return torch.from_numpy(parts).to(self._device)

    def _gathered(self, chosen: slice | torch.Tensor) -> torch.Tensor:
        places = chosen if self._rows is None else self._rows[chosen]
        return _taken(self.images, places).to(self._device)


def _taken(values: torch.Tensor, places: slice | torch.Tensor) -> torch.Tensor:
    """The values at these positions."""
    if isinstance(places, slice):
        return values[places]
    # Indexing with a tensor gives the same result, but is fifteen times slower.
    return values.index_select(0, places.to(values.device))


_NOTHING = transforms.draw(0, torch.Generator())


def training_batches(config: RunConfig, images: ImageSet, device: torch.device, randomness: Randomness) -> Batches:
    """The training batches of a run."""
    data = config.data
    return Batches(
        images,
        config.batch_size,
        mean=data.mean,
        std=data.std,
        device=device,
        generator=randomness.order if config.shuffle else None,
        steps=transforms.training(data),
        draws=randomness.draws if data.augmentation.any else None,
        crop=(data.augmentation.crop_scale, images.images.shape[-1]) if data.augmentation.crops else None,
    )


def validation_batches(config: RunConfig, images: ImageSet, device: torch.device, batch_size: int = 1_000) -> Batches:
    """The images that a run with this configuration is checked with, in their own order, never changed at random.

    A run's own batches have `core.training.memory.validation_batch_size` images. Who takes a few images needs no size.
    """
    data = config.data
    steps = transforms.validation(data)
    return Batches(images, batch_size, mean=data.mean, std=data.std, device=device, steps=steps)
