"""Optimizers and learning rate schedules by name. Their settings are PyTorch's arguments."""

from collections.abc import Iterable
from typing import Any

from torch import nn, optim
from torch.optim import lr_scheduler

from core.config import RunConfig

OPTIMIZERS: dict[str, type[optim.Optimizer]] = {
    "sgd": optim.SGD,
    "adam": optim.Adam,
    "adamw": optim.AdamW,
    "adadelta": optim.Adadelta,
    "rmsprop": optim.RMSprop,
}


def make_optimizer(config: RunConfig, parameters: Iterable[nn.Parameter]) -> optim.Optimizer:
    """The optimizer of these parameters."""
    settings = config.optimizer.model_dump(exclude={"name"})
    return OPTIMIZERS[config.optimizer.name](parameters, **settings)


class Schedule:
    """Changes the learning rate after each step or each epoch."""

    def __init__(self, config: RunConfig, optimizer: optim.Optimizer, steps_per_epoch: int) -> None:
        self._settings = config.scheduler.model_dump(exclude={"name"})
        self.name = config.scheduler.name
        self.scheduler = self._make(config, optimizer, steps_per_epoch)

    def _make(
        self, config: RunConfig, optimizer: optim.Optimizer, steps_per_epoch: int
    ) -> lr_scheduler.LRScheduler | None:
        match self.name:
            case "step":
                return lr_scheduler.StepLR(optimizer, **self._settings)
            case "cosine":
                return lr_scheduler.CosineAnnealingLR(optimizer, T_max=config.epochs)
            case "one_cycle":
                steps = config.epochs * steps_per_epoch
                return lr_scheduler.OneCycleLR(
                    optimizer,
                    max_lr=config.optimizer.lr,
                    total_steps=steps,
                    cycle_momentum="momentum" in optimizer.defaults and config.optimizer.name == "sgd",
                    **self._settings,
                )
            case "plateau":
                return lr_scheduler.ReduceLROnPlateau(optimizer, **self._settings)
        return None

    def after_step(self) -> None:
        """Call it after every step."""
        if self.name == "one_cycle" and self.scheduler:
            self.scheduler.step()

    def after_epoch(self, validation_loss: float) -> None:
        """Call it after every epoch."""
        if isinstance(self.scheduler, lr_scheduler.ReduceLROnPlateau):
            self.scheduler.step(validation_loss)
        elif self.scheduler and self.name != "one_cycle":
            self.scheduler.step()

    def state_dict(self) -> dict[str, Any]:
        """The state for `load_state_dict`."""
        return self.scheduler.state_dict() if self.scheduler else {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state of `state_dict`."""
        if self.scheduler:
            self.scheduler.load_state_dict(state)
