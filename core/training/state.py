"""Where a run stands, and what its current epoch adds up to."""

from dataclasses import dataclass
from typing import Any

import torch


class Sums:
    """Loss and hits so far in an epoch. What the device knows of the last steps waits there until it is fetched."""

    def __init__(self, loss: float = 0.0, hits: int = 0, images: int = 0) -> None:
        self.loss = loss  # of all images; the mean is exact to more digits than anyone prints
        self.hits = hits
        self.images = images
        self._waiting: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []  # mean loss, outputs and labels

    def add(self, outputs: torch.Tensor, labels: torch.Tensor, loss: torch.Tensor) -> None:
        """Count one batch whose mean loss is `loss`, without waiting for the device."""
        self._waiting.append((loss.detach(), outputs.detach(), labels))
        self.images += len(labels)

    def fetch(self) -> list[float]:
        """The mean losses of the batches since the last call, which from now on are in the sums."""
        if not self._waiting:
            return []
        losses, outputs, labels = zip(*self._waiting, strict=True)
        self._waiting.clear()
        fetched: list[float] = torch.stack(losses).tolist()
        for loss, batch in zip(fetched, labels, strict=True):
            self.loss += loss * len(batch)
        self.hits += int((torch.cat(outputs).argmax(1) == torch.cat(labels)).sum())
        return fetched

    def means(self) -> tuple[float, float]:
        """Mean loss and accuracy."""
        self.fetch()
        return self.loss / self.images, self.hits / self.images

    def state_dict(self) -> dict[str, Any]:
        """What `Sums(**state)` needs to go on. Nothing may wait."""
        assert not self._waiting
        return {"loss": self.loss, "hits": self.hits, "images": self.images}


@dataclass
class Position:
    """Where a run stands: what a checkpoint must remember beside weights and generators."""

    epoch: int = 0  # finished epochs
    batch: int = 0  # finished batches of the current epoch
    step: int = 0  # finished steps of the run
    seconds: float = 0.0  # of training
    best_epoch: int | None = None
    best_val_accuracy: float = -1.0
    diverged: bool = False
    ended: bool = False
