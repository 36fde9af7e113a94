"""The memory that training a network takes, found without taking any: the shapes say it.

What a layer gives stays in memory as long as a gradient has to pass it, or, without gradients, until the next layer has
used it.
"""

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import prod
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from core import environment
from core.config import Activation, Backbone, Layer, LayerStack, RunConfig, formula
from core.data.catalog import input_shape
from core.models import layers, network
from core.training import features, transfer

# What fits beside the app on a small server.
TRAINING_BYTES = 500_000_000
# Values in all layers together: a large network is looked into with fewer images. As float32 these are 80 MB.
PROBE_VALUES = 20_000_000
FLOAT = 4  # bytes
# What comes with any network, and what the code takes that PyTorch compiles for convolutions.
AT_LEAST, OF_CONVOLUTIONS = 3_000_000, 30_000_000
# What the C library keeps of freed memory, as a training process has it set, and what lies between.
KEPT_FREE = 170_000_000
# Validation needs no gradients, so that its batches may be larger than any student's, unless the images are large.
VALIDATION_BATCH = 1_000
VALIDATION_NUMBERS = 10_000_000  # in the images of one batch
# What layers give for one batch of validation images may take so much, or as much as a step of training.
VALIDATION_BYTES = 32_000_000


def memory_limit() -> int:
    """What one training run may take of this machine's memory, in bytes."""
    return max(TRAINING_BYTES, environment.memory() // (3 * environment.training_slots()))


def training_bytes(config: RunConfig, summary: network.Summary) -> int:
    """The memory that training takes at most, all numbers float32. Measured: within a factor of 1.5.

    Each weight is there twice, in the network and as the best so far; one that learns also has a gradient and up to two
    moments.
    """
    learning = learning_parameters(config, summary)
    weights = FLOAT * (2 * summary.parameters + (1 + _moments(config)) * learning)
    classes = summary.output[-1]
    # What a step frees is kept for the next one, up to a bound, while validation needs other pieces.
    smaller, larger = sorted([step_bytes(config, classes), validation_bytes(config, classes)])
    passing = larger + min(smaller, KEPT_FREE)
    compiled = OF_CONVOLUTIONS if config.convolves or isinstance(config.model, Backbone) else 0
    return AT_LEAST + compiled + weights + passing + _probe_bytes(config, classes)


def step_bytes(config: RunConfig, classes: int) -> int:
    """What the layers give for one batch of training."""
    found = activations(config, classes)
    if config.transfer.trains == "head" and isinstance(config.model, Backbone):
        return features.AT_ONCE * found.validation
    return config.batch_size * found.training


def validation_bytes(config: RunConfig, classes: int) -> int:
    """What the layers give for one batch of validation."""
    return validation_batch_size(config, classes) * activations(config, classes).validation


def validation_batch_size(config: RunConfig, classes: int) -> int:
    """How many images are validated at once: the same on every machine, as it decides the last digits of a loss."""
    numbers = VALIDATION_NUMBERS // prod(input_shape(config.data))
    room = max(VALIDATION_BYTES, step_bytes(config, classes))
    return max(1, min(VALIDATION_BATCH, numbers, room // max(1, activations(config, classes).validation)))


def learning_parameters(config: RunConfig, summary: network.Summary) -> int:
    """How many weights learn."""
    if config.transfer.trains == "all":
        return summary.parameters
    chosen = {*config.transfer.parts, summary.head}
    # A part inside one that is chosen as well counts once.
    outermost = {name for name in chosen if not any(name.startswith(f"{other}.") for other in chosen)}
    return sum(summary.sizes[name] for name in outermost if name in summary.sizes)


def _probe_bytes(config: RunConfig, classes: int) -> int:
    """What looking inside takes: all outputs of a few images, and their gradients."""
    if not config.probe:
        return 0
    images = validation_batch_size(config, classes)
    return 2 * min(FLOAT * PROBE_VALUES, images * activations(config, classes).training)


def _moments(config: RunConfig) -> int:
    """How many numbers the optimizer keeps for each weight."""
    optimizer = config.optimizer
    momentum = int(getattr(optimizer, "momentum", 0) > 0)
    return {"sgd": momentum, "rmsprop": 1 + momentum}.get(optimizer.name, 2)


@dataclass(frozen=True)
class Activations:
    """Bytes that all layers' outputs for one image take at once, at most."""

    training: int
    validation: int


def activations(config: RunConfig, classes: int) -> Activations:
    """What this network's layers give for one image of this configuration, in memory."""
    # Only these decide it, so that a change elsewhere finds it ready.
    plain = RunConfig(model=config.model, transfer={"trains": config.transfer.trains})
    if isinstance(config.model, LayerStack):
        return _of_layers(plain, input_shape(config.data))
    return _of_backbone(plain, classes, input_shape(config.data))


# --- layers of one's own --------------------------------------------------------------------------------------------

# Whose gradient needs what came, and whose what they gave.
_KEEPS_INPUT = {
    "linear", "conv2d", "max_pool2d", "avg_pool2d", "batch_norm", "leaky_relu", "prelu", "relu6", "elu", "celu", "selu",
    "gelu", "silu", "mish", "softplus", "hardswish", "hardsigmoid", "hardtanh", "softsign",
    "formula",
}  # fmt: skip
_KEEPS_OUTPUT = {"relu", "sigmoid", "tanh", "log_softmax"}
# Numbers kept beside them, for each that the layer gives: a mask, the places of the largest as 64-bit numbers.
_KEEPS_MORE = {"batch_norm": 1, "dropout": 1, "max_pool2d": 2, "softsign": 2}
_GIVES_WHAT_CAME = {"identity", "flatten"}
_STEPS_BETWEEN = {"softsign": 2}  # what it computes on the way is as large as its result


@lru_cache(maxsize=256)
def _of_layers(config: RunConfig, shape: layers.Shape) -> Activations:
    assert isinstance(config.model, LayerStack)
    rows, _problem = layers.summarise(config.model, shape)
    sizes = [prod(shape), *(prod(row.output_shape) for row in rows)]
    kinds = [*(layer.kind for layer in config.layers), ""]
    kept = largest = 0
    learns, unchanged = False, True
    for place, (before, after) in enumerate(pairwise(sizes)):
        kind, following = kinds[place : place + 2]
        learns = learns or (rows[place].parameters > 0 and transfer.learns(config, f"{place}.weight"))
        new = kind not in _GIVES_WHAT_CAME
        if learns and new and (kind in _KEEPS_OUTPUT or following in _KEEPS_INPUT | _GIVES_WHAT_CAME):
            kept += after
        if learns:
            kept += _more(config.layers[place]) * after
        came = 0 if unchanged else before  # the images themselves are counted below
        unchanged = unchanged and not new
        largest = max(largest, came + after * new * (1 + _between(config.layers[place])))
    return Activations(FLOAT * (sizes[0] + kept + largest), FLOAT * (sizes[0] + largest))


def _more(layer: Layer) -> int:
    """How many numbers training keeps beside each that the layer gives: of a formula one for each operation."""
    return _between(layer) if isinstance(layer, Activation) and layer.formula else _KEEPS_MORE.get(layer.kind, 0)


def _between(layer: Layer) -> int:
    """How many numbers the layer makes on the way to each that it gives."""
    if isinstance(layer, Activation) and layer.formula:
        return formula.operations(formula.read(layer.formula))
    return _STEPS_BETWEEN.get(layer.kind, 0)


# --- torchvision's networks -----------------------------------------------------------------------------------------


_FEW = 64


@lru_cache(maxsize=64)
def _of_backbone(config: RunConfig, classes: int, shape: layers.Shape) -> Activations:
    """As PyTorch's own code makes and drops its tensors, tried with tensors that have shapes and no memory."""
    with torch.device("meta"):
        model = network.build(config, classes)
    for name, parameter in model.named_parameters():
        parameter.requires_grad = transfer.learns(config, name)

    def validate() -> None:
        with torch.no_grad():
            model.eval()(torch.empty((1, *shape), device="meta"))

    def step(images: int) -> Callable[[], None]:
        def run() -> None:
            model.zero_grad()
            transfer.train_mode(model, config)
            model(torch.empty((images, *shape), device="meta")).sum().backward()

        return run

    # The gradients of the weights, of which images don't decide, are in both, and with so many images they are small.
    few, many = _peak(model, step(_FEW)), _peak(model, step(2 * _FEW))
    return Activations((many - few) // _FEW, _peak(model, validate))


def _peak(model: nn.Module, run: Callable[[], None]) -> int:
    live = _Live(model)
    with live:
        run()
    return live.peak


class _Live(TorchDispatchMode):
    """Counts the bytes of all tensors that are alive, but for a model's own."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.now: int = 0
        self.peak: int = 0
        self._known: dict[int, weakref.ref[torch.UntypedStorage]] = {}
        self._model = [tensor.untyped_storage() for tensor in (*model.parameters(), *model.buffers())]
        for storage in self._model:
            self._known[id(storage)] = weakref.ref(storage)

    def __torch_dispatch__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run one operation, and count what is new in its result."""
        result = function(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor):
                self._count(tensor.untyped_storage())
        return result

    def _count(self, storage: torch.UntypedStorage) -> None:
        known = self._known.get(id(storage))
        if known is not None and known() is storage:
            return
        size = storage.nbytes()

        def freed(_storage: object) -> None:
            self.now -= size

        self._known[id(storage)] = weakref.ref(storage, freed)
        self.now += size
        self.peak = max(self.peak, self.now)
