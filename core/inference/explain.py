"""Explains a prediction: heat maps, the output of each layer, and the filters of the first layer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from core.data.catalog import input_shape
from core.training.weights import Trained

Floats = NDArray[np.float32]
MOST_CHANNELS = 24  # shown of a layer
MOST_FILTERS = 48
_SMALLEST_MAP = 4  # pixels; a smaller heat map doesn't show where something is


@dataclass(frozen=True)
class Heat:
    """How much each pixel of the input contributes to the score of a class."""

    values: Floats  # [H, W], 0..1
    method: Literal["grad-cam", "saliency"]
    layer: str | None = None  # the layer that Grad-CAM used


@dataclass(frozen=True)
class LayerOutput:
    """The output of a layer for one image."""

    name: str
    kind: str  # its class in PyTorch
    shape: tuple[int, ...]  # without the batch
    values: Floats  # [channels, H, W] of at most `MOST_CHANNELS` channels, or [features]


@dataclass(frozen=True)
class Filters:
    """The weights of the first layer, as images."""

    layer: str
    number: int  # of all filters
    weights: Floats  # [at most MOST_FILTERS, C, H, W]


def heat(found: Trained, image: torch.Tensor, label: int) -> Heat:
    """A heat map of the pixels of an input, float32 [C, H, W], that contribute to the score of class `label`.

    Uses Grad-CAM (Selvaraju et al. 2017) if the network has convolutions. For perceptrons, it is the size of the
    gradient at each pixel (saliency, Simonyan et al. 2014).
    """
    maps = {name: output for name, output in _outputs(found, image) if _is_map(output)}
    if not maps:
        return Heat(_saliency(found, image, label), "saliency")
    wide = [name for name, output in maps.items() if min(output.shape[-2:]) >= _SMALLEST_MAP]
    layer = (wide or list(maps))[-1]
    return Heat(_grad_cam(found, image, label, layer), "grad-cam", layer)


def _is_map(output: torch.Tensor) -> bool:
    return output.ndim == 4 and min(output.shape[-2:]) > 1


@torch.no_grad()
def _outputs(found: Trained, image: torch.Tensor) -> list[tuple[str, torch.Tensor]]:
    given: list[tuple[str, torch.Tensor]] = []
    with _listening(found.model, lambda name, output: given.append((name, output))):
        found.model(image[None])
    return given


def _grad_cam(found: Trained, image: torch.Tensor, label: int, layer: str) -> Floats:
    """The sum of the layer's channels, weighted by their mean gradients. Negative values become 0."""
    kept: dict[str, torch.Tensor] = {}

    def keep(name: str, output: torch.Tensor) -> None:
        if name == layer:
            kept["map"] = output

    with torch.enable_grad(), _listening(found.model, keep):
        score = _score(found.model, image[None].clone().requires_grad_(), label)
        gradient = torch.autograd.grad(score, kept["map"])[0]
    weighed = (kept["map"].detach() * gradient.mean((-2, -1), keepdim=True)).sum(1, keepdim=True).relu()
    return _scaled(functional.interpolate(weighed, size=image.shape[-2:], mode="bilinear")[0, 0])


def _saliency(found: Trained, image: torch.Tensor, label: int) -> Floats:
    given = image[None].clone().requires_grad_()
    with torch.enable_grad():
        gradient = torch.autograd.grad(_score(found.model, given, label), given)[0]
    return _scaled(gradient[0].abs().amax(0))


def _score(model: nn.Module, images: torch.Tensor, label: int) -> torch.Tensor:
    """The logit of a class. After a softmax, the score would also depend on the other classes."""
    if isinstance(model, nn.Sequential) and isinstance(model[-1], nn.LogSoftmax | nn.Softmax):
        model = model[:-1]
    score: torch.Tensor = model(images)[0, label]
    return score


def _scaled(values: torch.Tensor) -> Floats:
    scaled: Floats = (values / values.max().clamp(min=1e-12)).float().numpy()
    return scaled


def _layers(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The network's children in order. `nn.Sequential` children are replaced by their own children."""
    for name, child in model.named_children():
        if type(child) is nn.Sequential:
            yield from ((f"{name}.{place}", inner) for place, inner in child.named_children())
        else:
            yield name, child


@contextmanager
def _listening(model: nn.Module, listener: Callable[[str, torch.Tensor], None]) -> Iterator[None]:
    """Call `listener` with the name and output of each layer within the block."""

    def hook(name: str) -> Callable[..., None]:
        return lambda _module, _inputs, output: listener(name, output)

    hooks: list[Any] = [child.register_forward_hook(hook(name)) for name, child in _layers(model)]
    try:
        yield
    finally:
        for one in hooks:
            one.remove()


def activations(found: Trained, image: torch.Tensor) -> list[LayerOutput]:
    """The output of each layer for an input, float32 [C, H, W]."""
    kinds = {name: type(child).__name__ for name, child in _layers(found.model)}
    return [
        LayerOutput(name, kinds[name], tuple(output.shape[1:]), output[0][:MOST_CHANNELS].float().numpy())
        if output.ndim == 4
        else LayerOutput(name, kinds[name], tuple(output.shape[1:]), output[0].flatten().float().numpy())
        for name, output in _outputs(found, image)
        if isinstance(output, torch.Tensor)
    ]


def first_filters(found: Trained) -> Filters | None:
    """The weights of the first layer as images. None if its input isn't an image."""
    shape = input_shape(found.config.data)
    for name, module in found.model.named_modules():
        if isinstance(module, nn.Conv2d):
            weights = module.weight
        elif isinstance(module, nn.Linear) and module.in_features == prod(shape):
            weights = module.weight.view(-1, *shape)
        elif isinstance(module, nn.Linear):
            return None
        else:
            continue
        return Filters(name, len(weights), weights[:MOST_FILTERS].detach().float().numpy())
    return None
