"""Builds a list of layers into `nn.Sequential`.

Shapes are inferred layer by layer. To check a network, its layers are built on PyTorch's meta device, where tensors
have a shape but no memory. This takes a millisecond for a network of any size.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from math import prod
from typing import Any

import torch
from torch import nn

from core.activations.modules import make_activation
from core.config import (
    Activation,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    LayerStack,
    Linear,
    MaxPool2d,
)
from core.errors import ConfigError, Problem
from core.messages import Message, say
from core.models import flatten

Shape = tuple[int, ...]  # of one image, without the batch: (channels, height, width) or (features,)


@dataclass(frozen=True)
class LayerInfo:
    """A row of a network's summary."""

    module: str  # as PyTorch prints it
    output_shape: Shape
    parameters: int


class _Misfit(Exception):
    """A layer doesn't fit its input."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def build(stack: LayerStack, input_shape: Shape) -> nn.Sequential:
    """The network on the current default device, with PyTorch's random initial weights.

    Raises:
        ConfigError: a layer doesn't fit the one before it.
    """
    rows, problem = summarise(stack, input_shape)
    if problem:
        raise ConfigError([problem])
    shapes = [input_shape, *(row.output_shape for row in rows)]
    return nn.Sequential(*(_needed(_make(spec, shape)) for spec, shape in zip(stack.layers, shapes, strict=False)))


def _needed(module: nn.Module) -> nn.Module:
    """The module, or an identity in place of a pool of single pixels.

    PyTorch computes such a pool, too. It takes a fifth of the time of mnist-cnn-8x8.
    """
    pool = isinstance(module, nn.MaxPool2d | nn.AvgPool2d)
    return nn.Identity() if pool and module.kernel_size == 1 and module.stride == 1 else module


def summarise(stack: LayerStack, input_shape: Shape) -> tuple[list[LayerInfo], Problem | None]:
    """A row for each layer up to the first that doesn't fit, and the problem with that one."""
    rows: list[LayerInfo] = []
    shape = input_shape
    for index, spec in enumerate(stack.layers):
        try:
            rows.append(_summarise_layer(spec, shape))
        except _Misfit as misfit:
            message = say("Layer {number}: {reason}", number=index + 1, reason=misfit.message)
            return rows, Problem(f"model.layers.{index}", message)
        shape = rows[-1].output_shape
    return rows, None


@lru_cache(maxsize=4096)
def _summarise_layer(spec: Layer, shape: Shape) -> LayerInfo:
    """A row of the summary. Cached, since a page needs all layers at every click."""
    with torch.device("meta"):
        module = _make(spec, shape)
    parameters = sum(parameter.numel() for parameter in module.parameters())
    return LayerInfo(str(module), _output_shape(spec, shape), parameters)


def _output_shape(spec: Layer, shape: Shape) -> Shape:
    """The output shape of a layer, as PyTorch's documentation defines it.

    Passing a meta tensor through the layer would also give it, but would load PyTorch's compiler, which takes 1.5
    seconds and 75 MB.
    """
    match spec:
        case Linear():
            return (spec.out_features,)
        case Conv2d():
            return (spec.out_channels, *_windows(shape, spec.kernel_size, spec.stride, spec.padding))
        case MaxPool2d() | AvgPool2d():
            return (shape[0], *_windows(shape, spec.kernel_size, spec.stride or spec.kernel_size))
        case Flatten():
            return (prod(shape),)
    return shape


def _windows(shape: Shape, kernel: int, stride: int, padding: int = 0) -> Shape:
    """How many positions a window has in an image, vertically and horizontally."""
    _channels, height, width = shape
    return tuple((size + 2 * padding - kernel) // stride + 1 for size in (height, width))


# --- one maker for each kind of layer -----------------------------------------------------------------------------


def _linear(spec: Linear, shape: Shape) -> nn.Module:
    if len(shape) != 1:
        raise _Misfit(
            say(
                "A Linear layer needs a list of numbers, but its input is {shape}. Add a Flatten layer before it.",
                shape=_x(shape),
            )
        )
    return nn.Linear(shape[0], spec.out_features)


def _conv2d(spec: Conv2d, shape: Shape) -> nn.Module:
    _fits(spec.kernel_size, shape, spec.padding)
    return nn.Conv2d(shape[0], spec.out_channels, spec.kernel_size, stride=spec.stride, padding=spec.padding)


def _pool(module: Callable[..., nn.Module], spec: MaxPool2d | AvgPool2d, shape: Shape) -> nn.Module:
    _fits(spec.kernel_size, shape)
    return module(spec.kernel_size, stride=spec.stride)


def _batch_norm(_spec: BatchNorm, shape: Shape) -> nn.Module:
    return nn.BatchNorm2d(shape[0]) if len(shape) == 3 else nn.BatchNorm1d(shape[0])


def _dropout(spec: Dropout, _shape: Shape) -> nn.Module:
    return nn.Dropout(spec.p)


def _log_softmax(_spec: Layer, shape: Shape) -> nn.Module:
    if len(shape) != 1:
        raise _Misfit(
            say(
                "LogSoftmax needs one number for each class, but its input is {shape}. Add a Flatten layer.",
                shape=_x(shape),
            )
        )
    return nn.LogSoftmax(dim=1)


def _fits(kernel: int, shape: Shape, padding: int = 0) -> None:
    """Raises _Misfit if the window is larger than the image, or if the input isn't an image."""
    if len(shape) != 3:
        raise _Misfit(
            say("This layer needs an image, but its input is a list of numbers. Move it before the Flatten layer.")
        )
    _, height, width = shape
    if kernel > min(height, width) + 2 * padding:
        raise _Misfit(
            say(
                "The {kernel}×{kernel} kernel is larger than the {height}×{width} input. Use a smaller kernel, more "
                "padding, or less pooling before it.",
                kernel=kernel,
                height=height,
                width=width,
            )
        )


def _x(shape: Shape) -> str:
    return "×".join(map(str, shape))


def _make(spec: Layer, shape: Shape) -> nn.Module:
    """The module of this layer for an input of this shape."""
    if isinstance(spec, Activation):
        return make_activation(spec)
    return _MAKERS[spec.kind](spec, shape)


_MAKERS: dict[str, Callable[[Any, Shape], nn.Module]] = {
    "linear": _linear,
    "conv2d": _conv2d,
    "max_pool2d": partial(_pool, nn.MaxPool2d),
    "avg_pool2d": partial(_pool, nn.AvgPool2d),
    "batch_norm": _batch_norm,
    "dropout": _dropout,
    "flatten": lambda _spec, _shape: flatten.Flatten(),
    "log_softmax": _log_softmax,
}
