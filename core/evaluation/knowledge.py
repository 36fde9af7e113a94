"""What a network that knows ImageNet makes of one's own images: numbers, saved in the run's folder. Needs no torch.

`core.evaluation.borrowing` computes them once for each run on a frozen network.
"""

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.config import Backbone, RunConfig
from core.storage import replacing
from core.training import run_files

Integers = NDArray[np.int64]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
STRONGEST = 5  # concepts of each class
NEIGHBOURS = 5  # images around one that say whether its label fits


@dataclass(frozen=True, eq=False)
class Knowledge:
    """Concepts of ImageNet for each of C classes, and N images as points of the plane."""

    concepts: Integers  # [C, 5], numbers of ImageNet's concepts, the strongest first
    strengths: Floats  # [C, 5], mean probability of the concept over the images of the class, 0..1
    examples: Integers  # [C, 5], the image of the class (0 to N − 1) that shows the concept most
    positions: Integers  # [N], among the training images, and after them the validation images
    labels: Integers  # [N]
    places: Floats  # [N, 2], the first two principal components of the features
    odd: Mask  # [N], whether the images around it have another label
    images: int  # of which these N were chosen


def known(config: RunConfig) -> bool:
    """Whether a run uses a frozen network that knows ImageNet."""
    return (
        isinstance(config.model, Backbone)
        and config.transfer.weights == "imagenet"
        and config.transfer.trains == "head"
    )


def strongest(probabilities: Floats, labels: Integers, classes: int) -> tuple[Integers, Floats, Integers]:
    """Concepts, strengths and examples, as in `Knowledge`, from probabilities [N, concepts] of N images.

    A class without images has strength 0 everywhere and the first image as its example.
    """
    means = np.zeros((classes, probabilities.shape[1]), np.float32)
    for label in np.unique(labels):
        means[label] = probabilities[labels == label].mean(0)
    concepts = np.argsort(-means, axis=1, kind="stable")[:, :STRONGEST]
    examples = np.zeros_like(concepts)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        examples[label] = members[probabilities[members][:, concepts[label]].argmax(0)]
    return concepts, np.take_along_axis(means, concepts, 1), examples


def two_components(features: Floats) -> Floats:
    """Features [N, F] on their first two principal components, [N, 2]. Each component's largest weight is positive."""
    centred = features - features.mean(0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
    signs = np.sign(np.take_along_axis(axes, np.abs(axes).argmax(1)[:, None], 1))
    places = np.zeros((len(features), 2), np.float32)
    places[:, : len(axes)] = centred @ (axes * signs).T
    return places


def odd_ones(features: Floats, labels: Integers) -> Mask:
    """Whether most of the images with the most similar features [N, F] have another label: it may be wrong."""
    centred = features - features.mean(0)  # what all images have in common tells none of them apart
    directions = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)
    similar = directions @ directions.T
    np.fill_diagonal(similar, -np.inf)
    nearest = np.argsort(-similar, axis=1, kind="stable")[:, : min(NEIGHBOURS, len(labels) - 1)]
    same = labels[nearest] == labels[:, None]
    return same.mean(1) < 0.5 if nearest.shape[1] else np.zeros(len(labels), bool)


# --- on the disk --------------------------------------------------------------------------------------------------


def kept(run_id: str) -> Knowledge | None:
    """What was saved. None if there is nothing, or if it can't be read. A frozen network's knowledge never changes."""
    try:
        with np.load(run_files.knowledge(run_id), allow_pickle=False) as content:
            arrays = {name: content[name] for name in content.files}
            return Knowledge(**arrays | {"images": int(arrays["images"])})
    except (OSError, ValueError, TypeError, KeyError, EOFError):
        return None


def keep(run_id: str, found: Knowledge) -> None:
    """Save it. Does nothing if the run was deleted meanwhile."""
    with suppress(FileNotFoundError), replacing(run_files.knowledge(run_id)) as aside, aside.open("wb") as file:
        np.savez(file, **vars(found))
