"""The network as a class with `forward`, as the tutorials write it: the same weights and outputs as `nn.Sequential`."""

from core.activations.formula import code
from core.config import Activation, AvgPool2d, Dropout, Layer, LayerStack, MaxPool2d, RunConfig
from core.data.catalog import input_shape
from core.export.lines import arguments
from core.export.network import ARRANGED, layer_code
from core.models.layers import Shape, summarise

# Layers with weights are made once, in `__init__`; all others are functions in `forward`.
_WITH_WEIGHTS = {"linear": "linear", "conv2d": "conv", "batch_norm": "norm", "prelu": "prelu"}
_IN_TORCH = {"sigmoid": "torch.sigmoid", "tanh": "torch.tanh"}


def class_code(config: RunConfig) -> str:
    """The network of own layers as a class, in place of `nn.Sequential`."""
    assert isinstance(config.model, LayerStack)
    shape: Shape = input_shape(config.data)
    rows, _problem = summarise(config.model, shape)
    shapes = [shape, *(row.output_shape for row in rows)]
    made, steps, numbers = [], [], dict.fromkeys(_WITH_WEIGHTS.values(), 0)
    for spec, size in zip(config.layers, shapes, strict=False):
        if (word := _WITH_WEIGHTS.get(spec.kind)) is None:
            steps.append(_function(spec))
            continue
        numbers[word] += 1
        name = f"self.{word}{numbers[word]}"
        made.append(f"        {name} = {layer_code(spec, size, {})}")
        steps.append(f"{name}(x)")
    return "\n".join(
        [
            *["import torch", "from torch import nn", "from torch.nn import functional as F", "", ""],
            *["class Network(nn.Module):", "    def __init__(self):", "        super().__init__()", *made, ""],
            "    def forward(self, x):",
            *[f"        x = {step}" for step in steps if step != "x"],
            *["        return x", "", ""],
            f"torch.manual_seed({config.seed})",
            "model = Network()",
            *([ARRANGED] if config.convolves else []),
        ]
    )


def _function(spec: Layer) -> str:
    """A layer without weights as a function of x."""
    match spec:
        case Activation(kind="identity"):
            return "x"
        case Activation(formula=str() as formula):
            return code(formula)
        case Activation():
            given = arguments(spec.given)
            return f"{_IN_TORCH.get(spec.kind, f'F.{spec.kind}')}(x{', ' if given else ''}{given})"
        case MaxPool2d() | AvgPool2d():
            return f"F.{spec.kind}(x, {arguments(spec.model_dump(exclude={'kind'}, exclude_none=True))})"
        case Dropout():
            return f"F.dropout(x, {spec.p}, training=self.training)"
    return {"flatten": "torch.flatten(x, 1)", "log_softmax": "F.log_softmax(x, dim=1)"}[spec.kind]
