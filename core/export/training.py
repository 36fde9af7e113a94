"""Steps 3 to 5 as code: the criterion, the data, and training."""

from core.config import Dropout, RunConfig
from core.export.data import data_code
from core.export.lines import indented
from core.export.network import classes, classes_code
from core.export.optimizer import one_cycle
from core.training.memory import validation_batch_size

_FEW = 2  # outputs, for memory: of a network whose images are gone, and beside whose layers they take nothing


def criterion_code(config: RunConfig) -> str:
    """The loss."""
    name = {"cross_entropy": "CrossEntropyLoss", "nll": "NLLLoss", "mse": "MSELoss"}[config.loss]
    return f"criterion = nn.{name}()"


def loader_code(config: RunConfig) -> str:
    """The data set and its batches, and the schedule if it needs the number of batches."""
    order = [f"order = torch.Generator().manual_seed({config.seed})"] if config.shuffle else []
    shuffle = ", shuffle=True, generator=order" if config.shuffle else ""
    # Without its own generator, the loader would use random numbers that dropout needs.
    own = ", generator=torch.Generator()" if any(isinstance(layer, Dropout) for layer in config.layers) else ""
    at_once = validation_batch_size(config, classes(config) or _FEW)
    loaders = [
        f"train_loader = DataLoader(train_set, batch_size={config.batch_size}{shuffle})",
        f"validation_loader = DataLoader(validation_set, batch_size={at_once}{own})",
    ]
    schedule = one_cycle(config) if config.scheduler.name == "one_cycle" else []
    return "\n".join([*_board(config), *data_code(config.data), *order, *loaders, *schedule])


def _board(config: RunConfig) -> list[str]:
    """A script that held the same images out would tell which ones they are."""
    if not config.data.board:
        return []
    return [
        "# The board of the class keeps some images back, and only its server knows which ones.",
        "# Here all images take part, so the numbers differ from those of the app.",
    ]


def training_code(config: RunConfig) -> str:
    """All epochs, each with its validation."""
    target = f"nn.functional.one_hot(labels, {classes_code(config)}).float()" if config.loss == "mse" else "labels"
    per_step = ["        schedule.step()"] if config.scheduler.name == "one_cycle" else []
    forward = _forward(config, target)
    return "\n".join(
        [
            f"for epoch in range(1, {config.epochs + 1}):",
            "    model.train()",
            *_frozen_evaluates(config),
            "    train_loss = 0.0",
            "    for images, labels in train_loader:",
            "        optimizer.zero_grad()",
            *indented(forward, 8),
            "        loss.backward()",
            "        optimizer.step()",
            *per_step,
            "        train_loss += loss.item() * len(labels) / len(train_set)",
            "",
            "    model.eval()",
            "    val_loss, correct = 0.0, 0",
            "    with torch.no_grad():",
            "        for images, labels in validation_loader:",
            *indented(forward, 12),
            "            val_loss += loss.item() * len(labels) / len(validation_set)",
            "            correct += (outputs.argmax(1) == labels).sum().item()",
            *_after_epoch(config),
            "    accuracy = correct / len(validation_set)",
            '    print(f"epoch {epoch}: loss {train_loss:.6f}, "',
            '          f"validation loss {val_loss:.6f}, accuracy {accuracy:.6f}")',
            *_stop_early(config),
        ]
    )


def _frozen_evaluates(config: RunConfig) -> list[str]:
    """Sets frozen parts to evaluation mode, as in `core.training.transfer.train_mode`."""
    if config.transfer.trains == "all":
        return []
    return [
        "    begun = False",
        "    for module in (module for module in model.modules() if not list(module.children())):",
        "        own = [parameter.requires_grad for parameter in module.parameters()]",
        "        begun = begun or any(own)",
        "        if not begun or (own and not any(own)):",
        "            module.eval()  # frozen: dropout off, batch norm's averages as they are",
    ]


def _forward(config: RunConfig, target: str) -> list[str]:
    lines = ["outputs = model(images)", f"loss = criterion(outputs, {target})"]
    if config.precision == "bfloat16":
        return ['with torch.autocast("cpu", dtype=torch.bfloat16):', *indented(lines, 4)]
    return lines


def _after_epoch(config: RunConfig) -> list[str]:
    if config.scheduler.name in ("constant", "one_cycle"):
        return []
    return [f"    schedule.step({'val_loss' if config.scheduler.name == 'plateau' else ''})"]


def _stop_early(config: RunConfig) -> list[str]:
    if config.early_stopping is None:
        return []
    return [
        "    if epoch == 1 or accuracy > best:",
        "        best, best_epoch = accuracy, epoch",
        f"    if epoch - best_epoch >= {config.early_stopping}:",
        "        break",
    ]
