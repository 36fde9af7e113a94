"""What the training loop tells, as plain numbers: nothing here needs torch."""

from dataclasses import dataclass
from typing import Literal

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
class EndRecord:
    """Why training ended. The model now holds the weights of the best epoch, if there was one."""

    reason: EndReason
    best_epoch: int | None
    best_val_accuracy: float | None
    seconds: float


Record = LossRecord | EpochRecord | EndRecord
