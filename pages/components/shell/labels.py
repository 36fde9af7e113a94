"""The labels of names in a configuration."""

from collections import Counter
from collections.abc import Mapping
from typing import Literal, TypeVar

from core.config import ACTIVATIONS, FORMULA, Activation
from core.messages import N_
from core.runs.state import State

Key = TypeVar("Key")
Color = Literal["blue", "green", "gray", "orange", "red"]

OPTIMIZERS = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "adadelta": "Adadelta", "rmsprop": "RMSprop"}
SCHEDULERS = {
    "constant": N_("Constant"),
    "step": N_("Step by step"),
    "cosine": N_("Cosine"),
    "one_cycle": N_("One cycle"),
    "plateau": N_("When the loss is stuck"),
}
LOSSES = {"cross_entropy": N_("Cross-entropy"), "nll": N_("NLL"), "mse": N_("MSE")}
PRECISIONS = {"auto": N_("Auto"), "float32": "float32", "bfloat16": "bfloat16"}
DEVICES = {"auto": N_("Auto"), "cpu": "CPU", "cuda": "CUDA", "mps": "MPS"}

# Spelled as in the original papers.
ACTIVATION_NAMES = {
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "prelu": "PReLU",
    "relu6": "ReLU6",
    "elu": "ELU",
    "celu": "CELU",
    "selu": "SELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "mish": "Mish",
    "softplus": "Softplus",
    "hardswish": "Hardswish",
    "sigmoid": "Sigmoid",
    "hardsigmoid": "Hardsigmoid",
    "tanh": "Tanh",
    "hardtanh": "Hardtanh",
    "softsign": "Softsign",
    "identity": "Identity",
}
assert ACTIVATION_NAMES.keys() == ACTIVATIONS.keys()

OWN_FORMULA = N_("Own formula")

FORMULA_HELP = N_(
    "A function of x, the input of the layer: numbers, + - * / **, brackets, and abs, cos, exp, log, max, min, relu, "
    "sigmoid, sin, softplus, sqrt, tanh. For example x * sigmoid(x)."
)

LAYERS = {
    "linear": "Linear",
    "conv2d": "Conv2d",
    "max_pool2d": "MaxPool2d",
    "avg_pool2d": "AvgPool2d",
    "batch_norm": "BatchNorm",
    "dropout": "Dropout",
    "flatten": "Flatten",
    "log_softmax": "LogSoftmax",
    **ACTIVATION_NAMES,
    FORMULA: OWN_FORMULA,
}

# State → word, icon and colour of the badge. Colour is never the only difference.
STATES: dict[State, tuple[str, str, Color]] = {
    State.QUEUED: (N_("waiting"), ":material/hourglass_empty:", "gray"),
    State.PREPARING: (N_("preparing"), ":material/pending:", "blue"),
    State.RUNNING: (N_("running"), ":material/play_circle:", "blue"),
    State.PAUSED: (N_("paused"), ":material/pause_circle:", "gray"),
    State.FINISHED: (N_("finished"), ":material/check_circle:", "green"),
    State.STOPPED: (N_("stopped"), ":material/stop_circle:", "gray"),
    State.DIVERGED: (N_("diverged"), ":material/warning:", "orange"),
    State.FAILED: (N_("failed"), ":material/error:", "red"),
}


def activation_name(layer: Activation) -> str:
    """The name of an activation layer's function, or its formula."""
    return layer.formula or ACTIVATION_NAMES[layer.kind]


def distinct(names: Mapping[Key, str], hints: Mapping[Key, str] | None = None) -> dict[Key, str]:
    """Make names unique: equal names get their hint, and a number if that isn't enough.

    Streamlit's menus identify options by their text, so one of two equal options could never be chosen.
    """
    often = Counter(names.values())
    unique: dict[Key, str] = {}
    for key, name in names.items():
        hint = (hints or {}).get(key)
        longer = f"{name} · {hint}" if hint and often[name] > 1 else name
        candidate, number = longer, 1
        while candidate in unique.values():
            number += 1
            candidate = f"{longer} ({number})"
        unique[key] = candidate
    return unique
