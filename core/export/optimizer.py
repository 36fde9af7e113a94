"""Step 2 as code: the optimizer and its schedule."""

from typing import Any

from core.config import RunConfig
from core.export.lines import arguments
from core.training.optim import OPTIMIZERS


def optimizer_code(config: RunConfig) -> str:
    """The optimizer, and its schedule if that doesn't need the number of batches."""
    fields = type(config.optimizer).model_fields
    settings = config.optimizer.model_dump(exclude={"name"})
    written = {name: value for name, value in settings.items() if name == "lr" or _differs(config, name, value, fields)}
    name = OPTIMIZERS[config.optimizer.name].__name__
    frozen = config.transfer.trains != "all"
    learning = "(one for one in model.parameters() if one.requires_grad)" if frozen else "model.parameters()"
    lines = [f"optimizer = torch.optim.{name}({learning}, {arguments(written)})"]
    return "\n".join([*lines, *_schedule(config)])


def _differs(config: RunConfig, name: str, value: Any, fields: Any) -> bool:
    """Whether a setting must be written because it isn't PyTorch's default."""
    return bool(value != fields[name].default or (config.optimizer.name == "adamw" and name == "weight_decay"))


def _schedule(config: RunConfig) -> list[str]:
    settings = config.scheduler.model_dump(exclude={"name"})
    name = {"step": "StepLR", "cosine": "CosineAnnealingLR", "plateau": "ReduceLROnPlateau"}.get(config.scheduler.name)
    if config.scheduler.name == "cosine":
        settings["T_max"] = config.epochs
    if name:
        return [f"schedule = torch.optim.lr_scheduler.{name}(optimizer, {arguments(settings)})"]
    return []  # a constant rate needs none, and one cycle needs the number of batches


def one_cycle(config: RunConfig) -> list[str]:
    """The one-cycle schedule, which needs `train_loader`."""
    settings: dict[str, Any] = {"max_lr": config.optimizer.lr, **config.scheduler.model_dump(exclude={"name"})}
    if config.optimizer.name != "sgd":
        settings["cycle_momentum"] = False
    steps = f"total_steps={config.epochs} * len(train_loader)"
    return [f"schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, {steps}, {arguments(settings)})"]
