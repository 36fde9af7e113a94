"""Batches, prepared whole: one gather and one normalisation for all their images."""

import math
from collections.abc import Iterator, Sequence

import torch

from core.data.datasets import ImageSet

Batch = tuple[torch.Tensor, torch.Tensor]  # images, float32 [B, C, H, W]; labels, int64 [B]


class Batches:
    """An image set cut into batches on a device, in a new random order each epoch if shuffled.

    The bytes move to the device once. A plain `DataLoader(shuffle=True, generator=…)` with the same seed visits the
    images in the same order, and `ToTensor` with `Normalize` computes the same numbers.
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
    ) -> None:
        """Without a `generator` the images keep their order."""
        self.images = images.images.to(device)
        self.labels = images.labels.to(device)
        self.batch_size = batch_size
        self.generator = generator
        self._mean = torch.tensor(mean, device=device).view(-1, 1, 1)
        self._std = torch.tensor(std, device=device).view(-1, 1, 1)

    def __len__(self) -> int:
        """Batches in one epoch; the last may be smaller."""
        return math.ceil(len(self.labels) / self.batch_size)

    def epoch(self, start: int = 0) -> Iterator[Batch]:
        """All batches of one epoch, from batch `start` on. Draws a new order from the generator."""
        order = self._order()
        for first in range(start * self.batch_size, len(self.labels), self.batch_size):
            chosen = slice(first, first + self.batch_size)
            yield self.batch(chosen if order is None else order[chosen])

    def batch(self, chosen: slice | torch.Tensor) -> Batch:
        """The images at these positions, normalised."""
        images = self.images[chosen].to(torch.float32).div_(255)
        return images.sub_(self._mean).div_(self._std), self.labels[chosen]

    def _order(self) -> torch.Tensor | None:
        if self.generator is None:
            return None
        # DataLoader draws a number for its workers before the order, and its sampler an order more than it uses. So do
        # we, to stay in step with it.
        torch.empty((), dtype=torch.int64).random_(generator=self.generator)
        order = torch.randperm(len(self.labels), generator=self.generator)
        torch.randperm(len(self.labels), generator=self.generator)
        return order.to(self.labels.device)
