"""The input of the adviser, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.config import RunConfig
from core.data.own import stored
from core.errors import DataError
from core.evaluation.results import Evaluation
from core.runs.state import State
from core.training.records import EpochRecord, Landmarks


@dataclass(frozen=True, eq=False)
class Facts:
    """A run's settings, state and curves."""

    config: RunConfig
    state: State
    epochs: Sequence[EpochRecord]
    losses: NDArray[np.float32]  # training losses by step
    class_counts: Mapping[str, int] = field(default_factory=dict)  # images of each class; empty if unknown

    @property
    def landmarks(self) -> Landmarks | None:
        """The first, the best and the last epoch; None before the first one ends."""
        if not self.epochs or not len(self.losses):
            return None
        best = next((record for record in reversed(self.epochs) if record.best), self.epochs[-1])
        return Landmarks(float(self.losses[0]), self.epochs[0], best, self.epochs[-1])


def class_counts(dataset: str, evaluation: Evaluation | None) -> dict[str, int]:
    """Images of each class: of an imported set, or of the evaluated validation images. Otherwise empty."""
    if stored.is_name(dataset):
        try:
            images = stored.load(dataset)
        except DataError:
            return {}
        names, labels = images.classes, images.labels
    elif evaluation is not None:
        names, labels = evaluation.classes, evaluation.labels
    else:
        return {}
    return dict(zip(names, np.bincount(labels, minlength=len(names)).tolist(), strict=True))
