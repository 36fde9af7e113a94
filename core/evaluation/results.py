"""Predictions for all validation images, and the scores computed from them. Needs no torch.

Images are identified by their position in the validation set. `core.evaluation.predictions` predicts them once and
saves the result in the run's folder.
"""

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.storage import replacing
from core.training import run_files

Integers = NDArray[np.int64]
Floats = NDArray[np.float32]
CALIBRATION_BINS = 10


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The predictions of a network after `epoch` for N validation images, at positions 0 to N − 1."""

    epoch: int
    classes: tuple[str, ...]
    labels: Integers  # [N]
    predicted: Integers  # [N]
    confidence: Floats  # [N], the probability of the predicted class, 0..1
    losses: Floats  # [N], the loss of each image

    @property
    def accuracy(self) -> float:
        """Share of correct predictions, 0..1."""
        return float((self.labels == self.predicted).mean()) if len(self.labels) else 0.0


@dataclass(frozen=True)
class ClassScore:
    """Scores of one class. A share is None if there are no images to divide by."""

    name: str
    precision: float | None  # of the images predicted as this class, the share that belong to it
    recall: float | None  # of the images of this class, the share predicted as it
    f1: float | None  # harmonic mean of precision and recall
    images: int


@dataclass(frozen=True)
class Bin:
    """Predictions of similar confidence: mean confidence and accuracy (0..1)."""

    confidence: float
    accuracy: float
    images: int


def confusion(found: Evaluation) -> Integers:
    """The confusion matrix, [C, C]: rows are true classes, columns are predicted ones."""
    number = len(found.classes)
    places = found.labels * number + found.predicted
    return np.bincount(places, minlength=number * number).reshape(number, number).astype(np.int64)


def rates(counts: Integers) -> NDArray[np.float64]:
    """Counts divided by the sum of their row, 0..1. Rows without images are 0."""
    shares: NDArray[np.float64] = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return shares


def class_scores(found: Evaluation) -> list[ClassScore]:
    """Precision, recall and F1 of each class."""
    counts = confusion(found)
    right, predicted, actual = counts.diagonal(), counts.sum(axis=0), counts.sum(axis=1)
    return [
        ClassScore(
            name,
            _share(right[place], predicted[place]),
            _share(right[place], actual[place]),
            _share(2 * right[place], predicted[place] + actual[place]),
            int(actual[place]),
        )
        for place, name in enumerate(found.classes)
    ]


def cell(found: Evaluation, label: int, predicted: int) -> Integers:
    """Positions of the images in a cell of the confusion matrix, highest loss first."""
    inside = np.flatnonzero((found.labels == label) & (found.predicted == predicted))
    return inside[np.argsort(-found.losses[inside], kind="stable")]


def mistakes(found: Evaluation) -> Integers:
    """Positions of all wrong predictions, the most confident first."""
    wrong = np.flatnonzero(found.labels != found.predicted)
    return wrong[np.argsort(-found.confidence[wrong], kind="stable")]


def confused_pairs(found: Evaluation, at_most: int = 10) -> list[tuple[int, int, int]]:
    """The most frequent mistakes: true class, predicted class, number of images."""
    counts = confusion(found)
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:at_most]
    pairs = (divmod(int(place), len(found.classes)) for place in order)
    return [(label, predicted, int(counts[label, predicted])) for label, predicted in pairs if counts[label, predicted]]


def calibration(found: Evaluation) -> list[Bin]:
    """Confidence and accuracy in equally wide bins of confidence. Empty bins are left out."""
    places = np.minimum((found.confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    right = found.labels == found.predicted
    return [
        Bin(float(found.confidence[inside].mean()), float(right[inside].mean()), int(inside.sum()))
        for inside in (places == place for place in range(CALIBRATION_BINS))
        if inside.any()
    ]


def calibration_error(found: Evaluation) -> float:
    """Mean difference between confidence and accuracy, 0..1 (expected calibration error, Naeini 2015)."""
    total = max(1, len(found.labels))
    return sum(one.images * abs(one.confidence - one.accuracy) for one in calibration(found)) / total


def _share(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None


# --- on the disk --------------------------------------------------------------------------------------------------


def kept(run_id: str, epoch: int) -> Evaluation | None:
    """The saved evaluation. None if there is none, or if the file is damaged."""
    try:
        with np.load(run_files.evaluation(run_id, epoch), allow_pickle=False) as file:
            classes = tuple(str(name) for name in file["classes"])
            return Evaluation(epoch, classes, file["labels"], file["predicted"], file["confidence"], file["losses"])
    except (OSError, ValueError, KeyError, EOFError):
        return None


def keep(run_id: str, found: Evaluation) -> None:
    """Save the evaluation. Does nothing if the run was deleted meanwhile."""
    with (
        suppress(FileNotFoundError),
        replacing(run_files.evaluation(run_id, found.epoch)) as aside,
        aside.open("wb") as file,
    ):
        np.savez_compressed(
            file,
            classes=np.array(found.classes, dtype=str),
            labels=found.labels,
            predicted=found.predicted,
            confidence=found.confidence,
            losses=found.losses,
        )


def epochs(run_id: str) -> list[int]:
    """The epochs after which the weights of a run were saved, in order."""
    found = run_files.epochs_with_weights(run_id)
    best = best_epoch(run_id)
    return sorted(found if best is None else found | {best})


def best_epoch(run_id: str) -> int | None:
    """The epoch of the saved best weights, None if there are none. A run that trains may have a newer best epoch."""
    from safetensors import safe_open

    best = run_files.best_weights(run_id)
    if not best.exists():
        return None
    with safe_open(best, framework="np") as file:
        return int(file.metadata()["epoch"])
