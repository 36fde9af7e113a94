"""What the names in a configuration are called on a page."""

from collections import Counter
from collections.abc import Mapping
from typing import Literal, TypeVar

from core.config import ACTIVATIONS
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
    "plateau": N_("When stuck"),
}
LOSSES = {"cross_entropy": N_("Cross-entropy"), "nll": N_("NLL"), "mse": N_("MSE")}
PRECISIONS = {"auto": N_("Auto"), "float32": "float32", "bfloat16": "bfloat16"}
DEVICES = {"auto": N_("Auto"), "cpu": "CPU", "cuda": "CUDA", "mps": "MPS"}

# Written as in the papers that named them.
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
}

# A state is told by its word and its icon, never by colour alone: (word, icon, colour of Streamlit's badges).
STATES: dict[State, tuple[str, str, Color]] = {
    State.QUEUED: (N_("waiting"), ":material/hourglass_empty:", "gray"),
    State.PREPARING: (N_("preparing"), ":material/pending:", "blue"),
    State.RUNNING: (N_("running"), ":material/play_circle:", "blue"),
    State.FINISHED: (N_("finished"), ":material/check_circle:", "green"),
    State.STOPPED: (N_("stopped"), ":material/stop_circle:", "gray"),
    State.DIVERGED: (N_("diverged"), ":material/warning:", "orange"),
    State.FAILED: (N_("failed"), ":material/error:", "red"),
}


def distinct(names: Mapping[Key, str], hints: Mapping[Key, str] | None = None) -> dict[Key, str]:
    """The same names, each once: those that are alike get their hint, and a number where that isn't enough.

    A menu tells what was chosen by its text alone, so of two options that read alike one could never be chosen.
    """
    often = Counter(names.values())
    told: dict[Key, str] = {}
    for key, name in names.items():
        hint = (hints or {}).get(key)
        longer = f"{name} · {hint}" if hint and often[name] > 1 else name
        unique, number = longer, 1
        while unique in told.values():
            number += 1
            unique = f"{longer} ({number})"
        told[key] = unique
    return told
