"""Step 1 as code: the network, its starting weights, and which parts learn."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.activations.formula import code
from core.activations.modules import MODULES
from core.config import Activation, Backbone, Conv2d, Layer, LayerStack, Linear, RunConfig
from core.data.catalog import info, input_shape
from core.errors import DataError
from core.export.lines import arguments
from core.models import efficientnet_lite
from core.models.backbones import BACKBONES, PACKAGED
from core.models.layers import Shape, summarise
from core.models.network import head_name

ARRANGED = "model.to(memory_format=torch.channels_last)  # faster for convolutions"


def network_code(config: RunConfig) -> str:
    """The network with its starting weights and frozen parts."""
    lines = _backbone(config) if isinstance(config.model, Backbone) else _stack(config)
    if classes(config) is None:
        lines = ["import os", *lines]
    return "\n".join([*lines, *_start(config), *_freeze(config)])


def classes(config: RunConfig) -> int | None:
    """The number of outputs. None for torchvision's networks, which don't say, if the images of the run are gone."""
    if isinstance(config.model, LayerStack):
        rows, _ = summarise(config.model, input_shape(config.data))
        return rows[-1].output_shape[0]
    try:
        return len(info(config.data.dataset).classes)
    except DataError:
        return None


def classes_code(config: RunConfig) -> str:
    """The number of outputs as code: it counts the folders of images where nobody knows it any more."""
    folder = "images" if config.data.validation_fraction else "images/train"
    return str(classes(config) or f'len(os.listdir("{folder}"))')


def _backbone(config: RunConfig) -> list[str]:
    assert isinstance(config.model, Backbone)
    known = BACKBONES[config.model.name]
    if config.model.name == PACKAGED:
        return _packaged(config)
    weights = '"IMAGENET1K_V1"' if config.transfer.weights == "imagenet" else "None"
    options = known.options if weights == "None" else {k: v for k, v in known.options.items() if k != "aux_logits"}
    outputs = classes_code(config)
    owner, _dot, name = known.head.rpartition(".")
    head = f"model.{owner}[{name}]" if owner else f"model.{name}"
    new = f"nn.Linear({head}.in_features, {outputs})"
    if not known.ends_with_head:
        new = f"nn.Conv2d({head}.in_channels, {outputs}, kernel_size=1)"
    return [
        "import torch",
        "from torch import nn",
        "from torchvision import models",
        "",
        f"torch.manual_seed({config.seed})",
        f"model = models.{config.model.name}(weights={weights}{''.join(f', {k}={v}' for k, v in options.items())})",
        f"{head} = {new}  # a new head, for our classes",
        *(["model.aux_logits, model.AuxLogits = False, None"] if "aux_logits" in known.options else []),
        ARRANGED,
    ]


def _packaged(config: RunConfig) -> list[str]:
    """The network that torchvision doesn't have: its source, as the app runs it."""
    source = inspect.getsource(efficientnet_lite).split('"""', 2)[2].strip()
    head = "model.classifier[1]"
    begun = ["model.load_state_dict(efficientnet_lite0_weights())"] if config.transfer.weights == "imagenet" else []
    return [
        source,
        "",
        "",
        f"torch.manual_seed({config.seed})",
        "model = efficientnet_lite0()",
        *begun,
        f"{head} = nn.Linear({head}.in_features, {classes_code(config)})  # a new head, for our classes",
        ARRANGED,
    ]


def _start(config: RunConfig) -> list[str]:
    """Loading the weights of another run from a file beside the script."""
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
    names = _formula_names(config.layers)
    layers = [f"    {layer_code(spec, shape, names)}," for spec, shape in zip(config.layers, shapes, strict=False)]
    return [
        *["import torch", "from torch import nn", ""],
        *[line for formula, name in names.items() for line in _formula_class(formula, name)],
        f"torch.manual_seed({config.seed})",
        *["model = nn.Sequential(", *layers, ")"],
        *([ARRANGED] if config.convolves else []),
    ]


def _formula_names(layers: Sequence[Layer]) -> dict[str, str]:
    """The name of a class for each formula."""
    formulas = dict.fromkeys(layer.formula for layer in layers if isinstance(layer, Activation) and layer.formula)
    return {formula: f"Formula{number if number > 1 else ''}" for number, formula in enumerate(formulas, 1)}


def _formula_class(formula: str, name: str) -> list[str]:
    return [f"class {name}(nn.Module):", "    def forward(self, x):", f"        return {code(formula)}", ""]


def layer_code(spec: Layer, shape: Shape, formula_names: Mapping[str, str]) -> str:
    """One layer as code, for an input of this shape."""
    if not isinstance(spec, Activation):
        return f"nn.{_LAYERS[spec.kind](spec, shape)}"
    if spec.formula:
        return f"{formula_names[spec.formula]}()"
    return f"nn.{MODULES[spec.kind].__name__}({arguments(spec.given)})"


def _conv2d(spec: Conv2d, shape: Shape) -> str:
    extra = {
        name: value
        for name, value in (("stride", spec.stride), ("padding", spec.padding))
        if value != (name == "stride")
    }
    return f"Conv2d({shape[0]}, {spec.out_channels}, {arguments({'kernel_size': spec.kernel_size} | extra)})"


def _pool(name: str) -> Callable[[Any, Shape], str]:
    def write(spec: Any, _shape: Shape) -> str:
        return f"{name}({arguments(spec.model_dump(exclude={'kind'}, exclude_none=True))})"

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
