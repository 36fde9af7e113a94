"""What the training loop tells, as plain numbers: nothing here needs torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

EndReason = Literal["finished", "stopped_early", "diverged"]


@dataclass(frozen=True)
class LossRecord:
    """Training losses of the steps `first_step`, `first_step + 1`, … counted from 0 over the whole run."""

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
    lr: float  # as it was in this epoch's last step
    seconds: float  # of training so far
    best: bool  # whether its validation accuracy beats all before


@dataclass(frozen=True)
class Landmarks:
    """The points by which a run is summarised, however long it is."""

    loss_at_start: float  # of training, in the first step
    first: EpochRecord
    best: EpochRecord  # the one of best validation accuracy
    last: EpochRecord


@dataclass(frozen=True)
class EndRecord:
    """Why training ended. The model now holds the weights of the best epoch, if there was one."""

    reason: EndReason
    best_epoch: int | None
    best_val_accuracy: float | None
    seconds: float


@dataclass(frozen=True)
class Histogram:
    """How many values lie in each of as many equally wide bins from `low` to `high`. Values without a number don't."""

    low: float
    high: float
    counts: list[int]


@dataclass(frozen=True)
class WeightsProbe:
    """A layer with weights, `layer` counted from 1 over all layers."""

    layer: int
    gradient: float | None  # L2 norm of the loss's gradient with respect to the weights; None: not a number


@dataclass(frozen=True)
class ActivationProbe:
    """An activation layer, `layer` counted from 1 over all layers."""

    layer: int
    kind: str  # as in `ACTIVATIONS`
    dead: float  # share of its units (of channels, after a convolution) that give zero for every image, 0..1
    flat: float  # share of its values where less than a hundredth of the gradient passes, 0..1


@dataclass(frozen=True)
class Distribution:
    """All values of an activation layer, `layer` counted from 1 over all layers."""

    layer: int
    inputs: Histogram  # what goes in: the pre-activations
    outputs: Histogram


@dataclass(frozen=True)
class ProbeRecord:
    """What the network looks like inside after `epoch` epochs, 0 for the untrained one, on the same images always."""

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
