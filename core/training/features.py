"""Features of a frozen network: the input of its head for each image, computed once.

If only the head learns, the layers before it give the same numbers in every epoch. They are computed once for each
image and stored in a file that is mapped into memory. Runs with the same weights, images and transforms share it.
"""

import hashlib
import os
from collections.abc import Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from core import environment, faults
from core.config import RunConfig
from core.data.batches import Batch, Batches, Cut, Randomness, training_batches, validation_batches
from core.data.datasets import ImageSet
from core.errors import RunError
from core.messages import say
from core.models import network
from core.progress import Progress
from core.storage import check_space, limit, replacing

# Disk space for all stored features.
KEPT_BYTES = 4_000_000_000
# Images that pass through the network at once. Few enough for a small server.
AT_ONCE = 32
_NEXT_VIEW = 1_000_003  # difference between the seeds of two versions of the images


def useful(config: RunConfig, model: nn.Module) -> bool:
    """Whether features can be stored: only the head learns, and there is a fixed number of versions of each image."""
    steady = not config.data.augmentation.any or config.transfer.views > 0
    return config.transfer.trains == "head" and steady and network.tail(config, model) is not None


class FeatureBatches(Cut):
    """Splits stored features into batches, in the same order as the images."""

    def __init__(
        self,
        views: list[torch.Tensor],
        labels: torch.Tensor,
        batch_size: int,
        generator: torch.Generator | None = None,
    ) -> None:
        """Args:
        views: Features of N images, float32 [N, …], one tensor for each version of the images.
        labels: int64 [N], on the device to train on.
        """
        super().__init__(labels, batch_size, generator)
        self._views = views

    def batch(self, chosen: slice | torch.Tensor, epoch: int = 0) -> Batch:
        """The features at these positions. Each epoch uses the next version of the images."""
        features = self._views[epoch % len(self._views)]
        places = chosen.cpu() if isinstance(chosen, torch.Tensor) else chosen
        return features[places].to(self.labels.device), self.labels[chosen]


@dataclass
class Frozen:
    """A network up to its head, in evaluation mode."""

    config: RunConfig
    model: nn.Module
    device: torch.device
    autocast: AbstractContextManager[object]

    def training(
        self, images: ImageSet, generator: torch.Generator | None
    ) -> Generator[Progress, None, FeatureBatches]:
        """Batches of training features. Raises RunError if they can't be stored."""
        augmented = self.config.data.augmentation.any
        plain = self.config.model_copy(update={"shuffle": False, "batch_size": AT_ONCE})
        views = []
        for number in range(self.config.transfer.views if augmented else 1):
            seed = self.config.seed + number * _NEXT_VIEW
            batches = training_batches(plain, images, self.device, Randomness.of(seed))
            # Without augmentation nothing is random, so all seeds share one file.
            views.append((yield from self._kept(images, batches, f"train {seed}" if augmented else "plain")))
        labels = images.labels.to(self.device)
        return FeatureBatches(views, labels, self.config.batch_size, generator)

    def validation(self, images: ImageSet) -> Generator[Progress, None, FeatureBatches]:
        """Batches of validation features. Raises RunError if they can't be stored."""
        batches = validation_batches(self.config, images, self.device)
        batches.batch_size = AT_ONCE
        features = yield from self._kept(images, batches, "plain")
        return FeatureBatches([features], images.labels.to(self.device), batch_size=1_000)

    def _kept(self, images: ImageSet, batches: Batches, variant: str) -> Generator[Progress, None, torch.Tensor]:
        """The features of all images, mapped into memory. Computes them if they aren't stored yet."""
        path = _folder() / f"{self._key(images, variant)}.npy"
        if not path.exists():
            yield from self._write(path, batches)
        os.utime(path)  # marks it as used, so that it isn't removed next
        return torch.from_numpy(np.load(path, mmap_mode="c"))

    def _write(self, path: Path, batches: Batches) -> Generator[Progress]:
        limit(_folder(), "*.npy", KEPT_BYTES)
        done, total = 0, len(batches.labels)
        try:
            # Written piece by piece: if the disk fills, that is an error here, but would kill through a writable map.
            with replacing(path) as aside, aside.open("wb") as file:
                for images, _labels in batches.epoch():
                    features = self._features(images)
                    if not done:
                        check_space(path.parent, 4 * total * features[0].numel())
                        header = {"descr": "<f4", "fortran_order": False, "shape": (total, *features.shape[1:])}
                        np.lib.format.write_array_header_1_0(file, header)
                    file.write(np.ascontiguousarray(features.cpu().numpy(), dtype="<f4").data)
                    done += len(features)
                    message = say("Passing image {done} of {total} through the frozen network", done=done, total=total)
                    yield Progress(message, done / total)
        except OSError as error:
            reason = error.strerror or str(error)
            message = say("The features of the images can't be saved ({reason}). Free some disk space.", reason=reason)
            raise RunError(faults.cause(error) or message) from error

    def _features(self, images: torch.Tensor) -> torch.Tensor:
        """The input of the head, float32 [B, …]."""
        given: list[torch.Tensor] = []
        head = self.model.get_submodule(network.head_name(self.config))
        hook = head.register_forward_pre_hook(lambda _module, inputs: given.append(inputs[0]))
        self.model.eval()
        with torch.no_grad(), self.autocast:
            self.model(images)
        hook.remove()
        return given[0].float()

    def _key(self, images: ImageSet, variant: str) -> str:
        """A digest of everything that decides the features: weights, images and transforms."""
        digest = hashlib.sha256(variant.encode())
        # Which images these are is told below, so that runs with more or fewer of them share what they have in common.
        unused = {"per_class"} | ({"augmentation"} if variant == "plain" else set())
        data = self.config.data.model_dump(exclude=unused, mode="json")
        digest.update(repr((sorted(data.items()), self.config.model, self.config.precision)).encode())
        for name, tensor in self.model.state_dict().items():
            if not name.startswith(network.head_name(self.config)):
                digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
        rows = images.rows if images.rows is not None else torch.arange(len(images))
        digest.update(rows.numpy().tobytes())
        # Labels and a few pixels show which images of the data set these are.
        digest.update(images.labels.numpy().tobytes())
        digest.update(images.images[rows[:: max(1, len(rows) // 16)]].numpy().tobytes())
        return digest.hexdigest()[:32]


def _folder() -> Path:
    folder = environment.state_dir() / "features"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
