"""Finds the training images that are most similar to an image, as the network sees them.

The features of an image are the input of the last layer. Two images are similar if their features have a high cosine
similarity. If no training image is as similar as is usual for validation images, the image is unlike everything that
the network learned from. Perceptrons give even noise the features of a class, so the pixels are compared as well.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from core.config import Backbone, RunConfig
from core.data import datasets
from core.data.batches import validation_batches
from core.messages import say
from core.models import network
from core.progress import Progress
from core.storage import replacing
from core.training import run_files, weights
from core.training.weights import Trained

Floats = NDArray[np.float32]
# How many training images are compared. A large network needs a few hundredths of a second for each.
IMAGES, IMAGES_OF_BACKBONES = 3_000, 240
_AT_ONCE = 60
_USUAL = 0.99  # share of the validation images that count as similar to a training image
_SKETCH = 16  # pixels in height and width of the images that are compared


@dataclass(frozen=True, eq=False)
class Index:
    """Vectors of length 1 for N training images, and the similarity that validation images usually reach."""

    features: Floats  # [N, features]
    sketches: Floats  # [N, pixels]
    positions: NDArray[np.int64]  # [N], among the training images
    usual: float  # cosine similarity of features that 99 % of the validation images reach
    usual_sketch: float  # the same for sketches


@dataclass(frozen=True)
class Neighbour:
    """A training image and its cosine similarity, at most 1."""

    position: int
    similarity: float


def describe(found: Trained, images: torch.Tensor) -> Floats:
    """The features of prepared images, float32 [B, C, H, W], as vectors of length 1."""
    given: list[torch.Tensor] = []
    head = found.model.get_submodule(network.head_name(found.config))
    hook = head.register_forward_pre_hook(lambda _module, inputs: given.append(inputs[0].detach()))
    try:
        with torch.no_grad():
            found.model(images)
    finally:
        hook.remove()
    features = given[0].mean((-2, -1)) if given[0].ndim == 4 else given[0].flatten(1)
    described: Floats = functional.normalize(features.float(), dim=1).numpy()
    return described


def sketch(images: torch.Tensor) -> Floats:
    """Prepared images, float32 [B, C, H, W], made small and grey, minus their mean, as vectors of length 1."""
    size = min(_SKETCH, images.shape[-1])
    small = functional.adaptive_avg_pool2d(images.mean(1, keepdim=True), size).flatten(1)
    sketched: Floats = functional.normalize(small - small.mean(1, keepdim=True), dim=1).numpy()
    return sketched


def nearest(index: Index, found: Trained, image: torch.Tensor, number: int = 6) -> list[Neighbour]:
    """The training images most similar to a prepared image, float32 [C, H, W], most similar first."""
    similarities = index.features @ describe(found, image[None])[0]
    order = np.argsort(-similarities, kind="stable")[:number]
    return [Neighbour(int(index.positions[place]), float(similarities[place])) for place in order]


def is_far(index: Index, found: Trained, image: torch.Tensor) -> bool:
    """Whether a prepared image, float32 [C, H, W], is unlike all training images."""
    if float((index.features @ describe(found, image[None])[0]).max()) < index.usual:
        return True
    return float((index.sketches @ sketch(image[None])[0]).max()) < index.usual_sketch


def build(run_id: str) -> Iterator[Progress]:
    """Compute the index of a run with its best weights and save it in the run's folder.

    Raises:
        RunError: there are no weights yet.
        DataError: the images are gone.
    """
    found = weights.load(run_id)
    yield from datasets.prepare(found.config.data)
    data = datasets.load(found.config.data)
    learned = validation_batches(found.config, data.train, torch.device("cpu"))
    unseen = validation_batches(found.config, data.validation, torch.device("cpu"))
    limit = _limit(found.config)
    positions = _spread(len(data.train), limit)
    chosen = _spread(len(data.validation), limit // 4)
    todo = [(learned, part) for part in positions.split(_AT_ONCE)]
    todo += [(unseen, part) for part in chosen.split(_AT_ONCE)]
    features, sketches = [], []
    for number, (batches, part) in enumerate(todo, 1):
        images, _labels = batches.batch(part)
        features.append(describe(found, images))
        sketches.append(sketch(images))
        yield Progress(say("Comparing training images"), number / len(todo))
    known, usual = _usual(np.concatenate(features), len(positions))
    drawn, usual_sketch = _usual(np.concatenate(sketches), len(positions))
    _keep(run_id, Index(known, drawn, positions.numpy(), usual, usual_sketch))


def _usual(vectors: Floats, learned: int) -> tuple[Floats, float]:
    """The first `learned` vectors, and the similarity to one of them that the other vectors usually reach."""
    known, others = vectors[:learned], vectors[learned:]
    return known, float(np.quantile((others @ known.T).max(1), 1 - _USUAL)) if len(others) else -1.0


def _limit(config: RunConfig) -> int:
    return IMAGES_OF_BACKBONES if isinstance(config.model, Backbone) else IMAGES


def _spread(images: int, number: int) -> torch.Tensor:
    """Random positions, always the same ones."""
    order = torch.randperm(images, generator=torch.Generator().manual_seed(0))
    return order[:number].sort().values


# --- on the disk --------------------------------------------------------------------------------------------------


def kept(run_id: str) -> Index | None:
    """The saved index. None if there is none, or if the run has newer best weights."""
    file, weights = run_files.neighbours(run_id), run_files.best_weights(run_id)
    try:
        if file.stat().st_mtime_ns < weights.stat().st_mtime_ns:
            return None
        return _read(file, file.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError, EOFError):
        return None


@lru_cache(maxsize=4)
def _read(file: Path, _written: int) -> Index:
    with np.load(file, allow_pickle=False) as content:
        features, sketches, positions = (content[name] for name in ("features", "sketches", "positions"))
        return Index(features, sketches, positions, *content["usual"].tolist())


def _keep(run_id: str, index: Index) -> None:
    """Save the index. Does nothing if the run was deleted meanwhile."""
    with suppress(FileNotFoundError), replacing(run_files.neighbours(run_id)) as aside, aside.open("wb") as file:
        np.savez(
            file,
            features=index.features,
            sketches=index.sketches,
            positions=index.positions,
            usual=np.array([index.usual, index.usual_sketch]),
        )
