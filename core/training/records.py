"""The records that the training loop yields, as plain numbers. Needs no torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

EndReason = Literal["finished", "stopped_early", "diverged"]


@dataclass(frozen=True)
class LossRecord:
    """Training losses of the steps `first_step`, `first_step + 1`, …, counted from 0 over the whole run."""

    first_step: int
    losses: list[float]
    seconds: float  # of training so far


@dataclass(frozen=True)
class EpochRecord:
    """One finished epoch, `epoch` counted from 1. Losses and accuracies (0..1) are averaged over all images."""

    epoch: int
    step: int  # steps done so far
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    lr: float  # in this epoch's last step
    seconds: float  # of training so far
    best: bool  # whether its validation accuracy is the best so far


@dataclass(frozen=True)
class Landmarks:
    """The first, best and last epoch, from which a run is summarised."""

    loss_at_start: float  # of training, in the first step
    first: EpochRecord
    best: EpochRecord  # with the best validation accuracy
    last: EpochRecord


@dataclass(frozen=True)
class EndRecord:
    """Why training ended. The model now has the weights of the best epoch, if there is one."""

    reason: EndReason
    best_epoch: int | None
    best_val_accuracy: float | None
    seconds: float


@dataclass(frozen=True)
class Histogram:
    """How many values are in each of the equally wide bins from `low` to `high`. NaN and infinity aren't counted."""

    low: float
    high: float
    counts: list[int]


@dataclass(frozen=True)
class WeightsProbe:
    """The gradient of a layer with weights. `layer` is counted from 1 over all layers."""

    layer: int
    gradient: float | None  # L2 norm of the gradient of the weights; None if it isn't a number


@dataclass(frozen=True)
class ActivationProbe:
    """Measurements of an activation layer. `layer` is counted from 1 over all layers."""

    layer: int
    kind: str  # as in `ACTIVATIONS`
    dead: float  # share of units (channels, after a convolution) that are zero for every image, 0..1
    flat: float  # share of values where less than a hundredth of the gradient passes, 0..1


@dataclass(frozen=True)
class Distribution:
    """Histograms of an activation layer. `layer` is counted from 1 over all layers."""

    layer: int
    inputs: Histogram  # the pre-activations
    outputs: Histogram


@dataclass(frozen=True)
class ProbeRecord:
    """Measurements inside the network after `epoch` epochs (0: untrained), always on the same images."""

    epoch: int
    images: int
    weights: list[WeightsProbe]
    activations: list[ActivationProbe]
    distributions: list[Distribution]  # of the same layers


Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What the network is like after `step` steps; `core.training.snapshots` names the arrays."""

    step: int
    arrays: Arrays


Record = LossRecord | EpochRecord | ProbeRecord | Snapshot | EndRecord
