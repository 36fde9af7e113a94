"""Walks of PyTorch's optimizers on a loss surface, step by step.

The numbers are exactly PyTorch's. Only the wrappers around its functions are skipped, because they load PyTorch's
compiler, which takes 3 seconds and 70 MB.
"""

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear, mse_loss

from core.config import Optimizer
from core.descent.hello_world import HelloWorld
from core.descent.surfaces import Height, Point, Range, Surface


@dataclass(frozen=True)
class Walk:
    """Point, loss and gradient at the start and after each step, so one more than there are steps."""

    points: tuple[Point, ...]
    losses: tuple[float, ...]
    gradients: tuple[Point, ...]


@dataclass(frozen=True)
class HelloWalk(Walk):
    """The walk of the smallest network over weight and bias, with its prediction for `input` at each point."""

    predictions: tuple[float, ...]
    input: float

    @property
    def printed(self) -> tuple[float, ...]:
        """The losses that the script prints: rounded for people, each from before its step."""
        return tuple(round(loss, 2) for loss in self.losses[:-1])


def hello_world(settings: HelloWorld) -> HelloWalk:
    """The walk of `script(settings)`, with the same losses."""
    weight, bias, value = _start(settings)
    target = torch.zeros(1)
    step = _stepper(settings.optimizer, [weight, bias])
    points, losses, gradients, predictions = [], [], [], []
    for number in range(settings.steps + 1):
        if number:
            step()
        prediction = linear(value, weight, bias)
        loss = mse_loss(prediction, target)
        gradient = torch.autograd.grad(loss, [weight, bias])
        for parameter, new in zip((weight, bias), gradient, strict=True):
            before = parameter.grad
            parameter.grad = new if before is None or settings.zero_grad else before + new
        points.append((weight.item(), bias.item()))
        losses.append(loss.item())
        gradients.append((gradient[0].item(), gradient[1].item()))
        predictions.append(prediction.item())
    return HelloWalk(tuple(points), tuple(losses), tuple(gradients), tuple(predictions), value.item())


def descend(surface: Surface, optimizers: Sequence[Optimizer], start: Point, steps: int) -> list[Walk]:
    """Walk down a surface from `start`, once with each optimizer.

    The heights and gradients of all walks are computed together, which takes as long as for one. The walks are
    independent.
    """
    places = torch.tensor(start).repeat(len(optimizers), 1).requires_grad_()  # (walker, 2)
    walkers = places.detach().unbind()  # views on the rows of `places`
    steppers = [_stepper(optimizer, [walker]) for optimizer, walker in zip(optimizers, walkers, strict=True)]
    points, losses, gradients = [], [], []
    for number in range(steps + 1):
        if number:
            for step in steppers:
                step()
        heights = surface.height(*places.unbind(1))
        (slopes,) = torch.autograd.grad(heights.sum(), places)
        for walker, slope in zip(walkers, slopes.unbind(), strict=True):
            walker.grad = slope
        points.append(places.tolist())
        losses.append(heights.tolist())
        gradients.append(slopes.tolist())
    return [
        Walk(
            points=tuple((x, y) for x, y in own_points),
            losses=own_losses,
            gradients=tuple((x, y) for x, y in own_gradients),
        )
        for own_points, own_losses, own_gradients in zip(
            *(zip(*numbers, strict=True) for numbers in (points, losses, gradients)), strict=True
        )
    ]


def _start(settings: HelloWorld) -> tuple[Tensor, Tensor, Tensor]:
    """Weight (1, 1), bias (1,) and input (1,), drawn as `nn.Linear(1, 1)` and then `torch.randn(1)` draw them.

    It uses its own generator, because PyTorch's global one is shared by all visitors.
    """
    generator = torch.Generator().manual_seed(settings.seed)
    weight, bias = torch.empty(1, 1), torch.empty(1)
    torch.nn.init.kaiming_uniform_(weight, a=math.sqrt(5), generator=generator)
    torch.nn.init.uniform_(bias, -1, 1, generator=generator)
    value = torch.randn(1, generator=generator)
    for tensor, chosen in ((weight, settings.weight), (bias, settings.bias), (value, settings.input)):
        if chosen is not None:
            tensor.fill_(chosen)
    return weight.requires_grad_(), bias.requires_grad_(), value


def _stepper(settings: Optimizer, parameters: Sequence[Tensor]) -> Callable[[], None]:
    """A function that makes one step of PyTorch's optimizer, without the wrappers around it."""
    kind: Any = getattr(torch.optim, type(settings).__name__)
    bare: Any = type(kind.__name__, (kind,), {"add_param_group": inspect.unwrap(kind.add_param_group)})
    optimizer = bare(parameters, **settings.model_dump(exclude={"name"}))
    bare_step = torch.no_grad()(inspect.unwrap(kind.step))
    return lambda: bare_step(optimizer)


@dataclass(frozen=True)
class Grid:
    """Heights over a rectangle. `heights[row][column]` is the height at `xs[column]`, `ys[row]`."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    heights: tuple[tuple[float, ...], ...]


def grid(height: Height, window: tuple[Range, Range], size: int = 49) -> Grid:
    """The surface as `size` × `size` heights over the window (range of the first parameter, range of the second)."""
    xs, ys = (torch.linspace(*edge, size) for edge in window)
    columns, rows = torch.meshgrid(xs, ys, indexing="xy")
    heights = height(columns, rows).tolist()
    return Grid(tuple(xs.tolist()), tuple(ys.tolist()), tuple(tuple(row) for row in heights))


def curvature(height: Height, point: Point) -> float:
    """The largest curvature of the surface at a point: the largest eigenvalue of the Hessian."""
    hessian = torch.autograd.functional.hessian(
        lambda at: height(at[0], at[1]), torch.tensor(point, dtype=torch.float64)
    )
    return float(torch.linalg.eigvalsh(hessian).max())
