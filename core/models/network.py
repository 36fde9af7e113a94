"""The network of a configuration (own layers or torchvision's), and its parts."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import prod

import torch
from torch import nn

from core.config import LayerStack, RunConfig
from core.data.catalog import input_shape
from core.errors import ConfigError, Problem
from core.messages import say
from core.models import backbones, layers


def build(config: RunConfig, classes: int) -> nn.Module:
    """The network on the current default device, with random weights.

    Raises:
        ConfigError: a layer doesn't fit the one before it.
    """
    if isinstance(config.model, LayerStack):
        return layers.build(config.model, input_shape(config.data))
    return backbones.build(config.model.name, classes)


def head_name(config: RunConfig) -> str:
    """The name of the head, the module that outputs the classes. For own layers, it is the last Linear layer."""
    if not isinstance(config.model, LayerStack):
        return backbones.BACKBONES[config.model.name].head
    linear = [str(place) for place, layer in enumerate(config.layers) if layer.kind == "linear"]
    return linear[-1] if linear else str(len(config.layers) - 1)


def tail(config: RunConfig, model: nn.Module) -> nn.Module | None:
    """The head and everything after it, as a module. None if it isn't a module of its own."""
    name = head_name(config)
    if isinstance(model, nn.Sequential):
        return model[int(name) :]
    if isinstance(config.model, LayerStack) or not backbones.BACKBONES[config.model.name].ends_with_head:
        return None
    return model.get_submodule(name)


@dataclass(frozen=True)
class Part:
    """A named module of a network."""

    name: str  # as in `named_modules`, such as layer4.1
    kind: str  # its class
    depth: int  # 0 for a child of the network itself
    parameters: int


@dataclass(frozen=True)
class Summary:
    """The parts of a network, and the size of its weights and outputs."""

    parts: tuple[Part, ...]  # children and grandchildren
    sizes: dict[str, int]  # module name → number of parameters
    head: str
    parameters: int
    values: int  # outputs of all layers for one image
    output: tuple[int, ...]


def summarise(config: RunConfig, classes: int) -> Summary:
    """Summarise the network without allocating its weights.

    Raises:
        ConfigError: the images are too small, or have the wrong number of colours.
    """
    # The cache key has only what matters: the model and the shape of its images.
    return _summary(RunConfig(model=config.model), classes, input_shape(config.data))


@lru_cache(maxsize=64)
def _summary(config: RunConfig, classes: int, shape: tuple[int, ...]) -> Summary:
    with torch.device("meta"), torch.no_grad():
        if isinstance(config.model, LayerStack):
            model: nn.Module = layers.build(config.model, shape)
        elif len(shape) != 3:
            raise ConfigError([_misfit(config, shape)])
        else:
            model = backbones.build(config.model.name, classes)
        try:
            values, output = _pass(config, model, shape)
        except RuntimeError as error:
            raise ConfigError([_misfit(config, shape)]) from error
    return Summary(
        parts=tuple(_parts(model)),
        sizes={name: _size(module) for name, module in model.named_modules()},
        head=head_name(config),
        parameters=_size(model),
        values=values,
        output=output,
    )


def _pass(config: RunConfig, model: nn.Module, shape: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """The number of outputs of all layers for one image of this shape, and the shape of the last output."""
    if isinstance(config.model, LayerStack):
        rows, _problem = layers.summarise(config.model, shape)
        return prod(shape) + sum(prod(row.output_shape) for row in rows), rows[-1].output_shape
    given = [prod(shape)]
    leaves = [module for module in model.modules() if not list(module.children())]
    hooks = [leaf.register_forward_hook(lambda _m, _i, output: given.append(output.numel())) for leaf in leaves]
    output = model.eval()(torch.empty((1, *shape)))
    for hook in hooks:
        hook.remove()
    return sum(given), tuple(output.shape[1:])


def _misfit(config: RunConfig, shape: tuple[int, ...]) -> Problem:
    assert not isinstance(config.model, LayerStack)  # its layers are checked one by one
    title = backbones.BACKBONES[config.model.name].title
    if len(shape) != 3:
        message = say("{title} needs images, but these are points. Use layers of your own.", title=title)
        return Problem("model", message)
    if shape[0] != 3:
        message = say(
            "{title} needs colour images, but these are grey. Choose photos, or use layers of your own.",
            title=title,
        )
        return Problem("model", message)
    message = say(
        "Images of {size}×{size} pixels are too small for {title}. Set the image size to {suited}.",
        title=title,
        size=shape[1],
        suited=input_shape(backbones.suited(config.model.name))[1],
    )
    return Problem("data.image_size", message)


def _parts(model: nn.Module) -> Iterator[Part]:
    for name, module in model.named_modules():
        depth = name.count(".")
        if name and depth < 2:
            yield Part(name, type(module).__name__, depth, _size(module))


def _size(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
