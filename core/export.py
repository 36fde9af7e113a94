"""A configuration as plain PyTorch: the five steps that every model is made in.

The steps joined are a script that runs on its own and gives the app's numbers: same weights to begin with, same order
of images, same arithmetic.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.config import Activation, Backbone, Conv2d, Dropout, Layer, LayerStack, Linear, RunConfig
from core.data.batches import validation_batch_size
from core.data.catalog import info, input_shape
from core.data.code import data_code
from core.models.activations import MODULES
from core.models.backbones import BACKBONES
from core.models.layers import Shape, summarise
from core.models.network import head_name
from core.training.optim import OPTIMIZERS
from core.words import N_


@dataclass(frozen=True)
class Step:
    """One of the five: a title and a sentence to be translated, and its code."""

    title: str
    sentence: str
    code: str


def five_steps(config: RunConfig) -> list[Step]:
    """The run as five pieces of code, in the order in which they run. The configuration must have no problems."""
    return [
        Step(
            N_("Build the network"),
            N_("Layers one after the other. The seed makes their random first weights the same every time.")
            if not isinstance(config.model, Backbone)
            else N_("A network that others designed, with a new last layer for our classes."),
            _network(config),
        ),
        Step(
            N_("Set up the optimizer"),
            N_("It will move every weight a little against its gradient."),
            _optimizer(config),
        ),
        Step(
            N_("Set the criterion"), N_("The loss: one number that says how wrong the outputs are."), _criterion(config)
        ),
        Step(N_("Set up the data"), N_("Images become normalised numbers and come in batches."), _data(config)),
        Step(
            N_("Train"),
            N_(
                "For each batch: forward, loss, backward, step. After each epoch, check on images it didn't learn from."
            ),
            _train(config),
        ),
    ]


def script(config: RunConfig) -> str:
    """All five steps as one script."""
    parts = [f"# {number}. {step.title}\n{step.code}" for number, step in enumerate(five_steps(config), 1)]
    return "\n\n".join(parts) + "\n"


# --- 1. the network -----------------------------------------------------------------------------------------------


def _network(config: RunConfig) -> str:
    lines = _backbone(config) if isinstance(config.model, Backbone) else _stack(config)
    return "\n".join([*lines, *_start(config), *_freeze(config)])


def _classes(config: RunConfig) -> int:
    """How many outputs there are: as many as the layers say, so that a run can be read when its images are gone."""
    if isinstance(config.model, LayerStack):
        rows, _ = summarise(config.model, input_shape(config.data))
        return rows[-1].output_shape[0]
    return len(info(config.data.dataset).classes)


def _backbone(config: RunConfig) -> list[str]:
    assert isinstance(config.model, Backbone)
    known = BACKBONES[config.model.name]
    weights = '"IMAGENET1K_V1"' if config.transfer.weights == "imagenet" else "None"
    options = known.options if weights == "None" else {k: v for k, v in known.options.items() if k != "aux_logits"}
    classes = _classes(config)
    owner, _dot, name = known.head.rpartition(".")
    head = f"model.{owner}[{name}]" if owner else f"model.{name}"
    new = f"nn.Linear({head}.in_features, {classes})"
    if not known.ends_with_head:
        new = f"nn.Conv2d({head}.in_channels, {classes}, kernel_size=1)"
    return [
        "import torch",
        "from torch import nn",
        "from torchvision import models",
        "",
        f"torch.manual_seed({config.seed})",
        f"model = models.{config.model.name}(weights={weights}{''.join(f', {k}={v}' for k, v in options.items())})",
        f"{head} = {new}  # a new head, for our classes",
        *(["model.aux_logits, model.AuxLogits = False, None"] if "aux_logits" in known.options else []),
        "model.to(memory_format=torch.channels_last)  # faster for convolutions",
    ]


def _start(config: RunConfig) -> list[str]:
    """The weights of another run, which lie beside the script."""
    if config.transfer.weights in ("random", "imagenet"):
        return []
    return [
        "from safetensors.torch import load_file",
        "",
        f'begin = load_file("{config.transfer.weights}.safetensors")  # that run\'s best weights, from the app',
        f'begin = {{name: tensor for name, tensor in begin.items() if not name.startswith("{head_name(config)}.")}}',
        "model.load_state_dict(begin, strict=False)",
    ]


def _freeze(config: RunConfig) -> list[str]:
    if config.transfer.trains == "all":
        return []
    parts = tuple(f"{part}." for part in (*config.transfer.parts, head_name(config)))
    return [
        "",
        f"learning = {parts}  # all else is frozen",
        "for name, parameter in model.named_parameters():",
        "    parameter.requires_grad = name.startswith(learning)",
    ]


def _stack(config: RunConfig) -> list[str]:
    shape: Shape = input_shape(config.data)
    assert isinstance(config.model, LayerStack)
    rows, _ = summarise(config.model, shape)
    shapes = [shape, *(row.output_shape for row in rows)]
    layers = [f"    nn.{_layer(spec, shape)}," for spec, shape in zip(config.layers, shapes, strict=False)]
    lines = ["import torch", "from torch import nn", "", f"torch.manual_seed({config.seed})"]
    return [*lines, "model = nn.Sequential(", *layers, ")"]


def _layer(spec: Layer, shape: Shape) -> str:
    if isinstance(spec, Activation):
        return f"{MODULES[spec.kind].__name__}({_arguments(spec.model_dump(exclude={'kind'}, exclude_none=True))})"
    return _LAYERS[spec.kind](spec, shape)


def _conv2d(spec: Conv2d, shape: Shape) -> str:
    extra = {
        name: value
        for name, value in (("stride", spec.stride), ("padding", spec.padding))
        if value != (name == "stride")
    }
    return f"Conv2d({shape[0]}, {spec.out_channels}, {_arguments({'kernel_size': spec.kernel_size} | extra)})"


def _pool(name: str) -> Callable[[Any, Shape], str]:
    def write(spec: Any, _shape: Shape) -> str:
        return f"{name}({_arguments(spec.model_dump(exclude={'kind'}, exclude_none=True))})"

    return write


def _linear(spec: Linear, shape: Shape) -> str:
    return f"Linear({shape[0]}, {spec.out_features})"


_LAYERS: dict[str, Callable[[Any, Shape], str]] = {
    "linear": _linear,
    "conv2d": _conv2d,
    "max_pool2d": _pool("MaxPool2d"),
    "avg_pool2d": _pool("AvgPool2d"),
    "batch_norm": lambda _spec, shape: f"BatchNorm{'2d' if len(shape) == 3 else '1d'}({shape[0]})",
    "dropout": lambda spec, _shape: f"Dropout({spec.p})",
    "flatten": lambda _spec, _shape: "Flatten()",
    "log_softmax": lambda _spec, _shape: "LogSoftmax(dim=1)",
}

# --- 2. the optimizer and its schedule ----------------------------------------------------------------------------


def _optimizer(config: RunConfig) -> str:
    fields = type(config.optimizer).model_fields
    settings = config.optimizer.model_dump(exclude={"name"})
    told = {name: value for name, value in settings.items() if name == "lr" or _differs(config, name, value, fields)}
    name = OPTIMIZERS[config.optimizer.name].__name__
    frozen = config.transfer.trains != "all"
    learning = "(one for one in model.parameters() if one.requires_grad)" if frozen else "model.parameters()"
    lines = [f"optimizer = torch.optim.{name}({learning}, {_arguments(told)})"]
    return "\n".join([*lines, *_schedule(config)])


def _differs(config: RunConfig, name: str, value: Any, fields: Any) -> bool:
    """Whether a setting must be told because PyTorch's default is another."""
    return bool(value != fields[name].default or (config.optimizer.name == "adamw" and name == "weight_decay"))


def _schedule(config: RunConfig) -> list[str]:
    settings = config.scheduler.model_dump(exclude={"name"})
    name = {"step": "StepLR", "cosine": "CosineAnnealingLR", "plateau": "ReduceLROnPlateau"}.get(config.scheduler.name)
    if config.scheduler.name == "cosine":
        settings["T_max"] = config.epochs
    if name:
        return [f"schedule = torch.optim.lr_scheduler.{name}(optimizer, {_arguments(settings)})"]
    return []  # a constant rate needs none, and one cycle is set up where the number of batches is known


def _one_cycle(config: RunConfig) -> list[str]:
    settings: dict[str, Any] = {"max_lr": config.optimizer.lr, **config.scheduler.model_dump(exclude={"name"})}
    if config.optimizer.name != "sgd":
        settings["cycle_momentum"] = False
    steps = f"total_steps={config.epochs} * len(train_loader)"
    return [f"schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, {steps}, {_arguments(settings)})"]


# --- 3. the criterion ---------------------------------------------------------------------------------------------


def _criterion(config: RunConfig) -> str:
    name = {"cross_entropy": "CrossEntropyLoss", "nll": "NLLLoss", "mse": "MSELoss"}[config.loss]
    return f"criterion = nn.{name}()"


# --- 4. the data --------------------------------------------------------------------------------------------------


def _data(config: RunConfig) -> str:
    order = [f"order = torch.Generator().manual_seed({config.seed})"] if config.shuffle else []
    shuffle = ", shuffle=True, generator=order" if config.shuffle else ""
    # A loader without a generator of its own would take numbers from those that dropout draws.
    own = ", generator=torch.Generator()" if any(isinstance(layer, Dropout) for layer in config.layers) else ""
    loaders = [
        f"train_loader = DataLoader(train_set, batch_size={config.batch_size}{shuffle})",
        f"validation_loader = DataLoader(validation_set, batch_size={validation_batch_size(config)}{own})",
    ]
    schedule = _one_cycle(config) if config.scheduler.name == "one_cycle" else []
    return "\n".join([*data_code(config.data), *order, *loaders, *schedule])


# --- 5. training --------------------------------------------------------------------------------------------------


def _train(config: RunConfig) -> str:
    target = f"nn.functional.one_hot(labels, {_classes(config)}).float()" if config.loss == "mse" else "labels"
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
            *_indented(forward, 8),
            "        loss.backward()",
            "        optimizer.step()",
            *per_step,
            "        train_loss += loss.item() * len(labels) / len(train_set)",
            "",
            "    model.eval()",
            "    val_loss, correct = 0.0, 0",
            "    with torch.no_grad():",
            "        for images, labels in validation_loader:",
            *_indented(forward, 12),
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
    """What is frozen before all that learns always gives the same; frozen batch norms keep their averages."""
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
        return ['with torch.autocast("cpu", dtype=torch.bfloat16):', *_indented(lines, 4)]
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


def _indented(lines: list[str], spaces: int) -> list[str]:
    return [" " * spaces + line for line in lines]


def _arguments(values: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in values.items())
