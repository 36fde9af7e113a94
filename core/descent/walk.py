"""Walks downhill: PyTorch's own optimizers and gradients, step by step, and the script that does the same.

The arithmetic is PyTorch's to the last bit. Only the wrappers around it are left out, because they load PyTorch's
compiler, 3 seconds and 70 MB that a walk of ten steps doesn't need.
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
    """Where a walk was: point, loss and gradient before the first step and after each, so one more than steps."""

    points: tuple[Point, ...]
    losses: tuple[float, ...]
    gradients: tuple[Point, ...]


@dataclass(frozen=True)
class HelloWalk(Walk):
    """Hello world's walk over weight and bias, with what it predicted at each point for its one `input`."""

    predictions: tuple[float, ...]
    input: float

    @property
    def printed(self) -> tuple[float, ...]:
        """The losses the script prints, each measured before its step."""
        return self.losses[:-1]


def hello_world(settings: HelloWorld) -> HelloWalk:
    """Walk as `script(settings)` does, with the very same losses."""
    weight, bias, value = _start(settings)
    target = torch.zeros(1)
    step = _stepper(settings.optimizer, [weight, bias])
    points, losses, gradients, predictions = [], [], [], []
    for number in range(settings.steps + 1):
        if number:
            step()
        prediction = linear(value, weight, bias)
        loss = mse_loss(prediction, target)
        weight.grad, bias.grad = torch.autograd.grad(loss, [weight, bias])
        points.append((weight.item(), bias.item()))
        losses.append(loss.item())
        gradients.append((weight.grad.item(), bias.grad.item()))
        predictions.append(prediction.item())
    return HelloWalk(tuple(points), tuple(losses), tuple(gradients), tuple(predictions), value.item())


def descend(surface: Surface, optimizers: Sequence[Optimizer], start: Point, steps: int) -> list[Walk]:
    """Walk down a surface from `start`, once with each optimizer.

    All heights and gradients of a step are computed at once, since for so few numbers PyTorch takes as long for one as
    for ten. The walks know nothing of each other.
    """
    places = torch.tensor(start).repeat(len(optimizers), 1).requires_grad_()  # (walker, 2)
    walkers = places.detach().unbind()  # each moves its own row of places
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

    The generator is our own: PyTorch's global one is shared by everybody who uses the app at this moment.
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
    """What makes one step of PyTorch's optimizer. Where it has no wrappers, unwrapping changes nothing."""
    kind: Any = getattr(torch.optim, type(settings).__name__)
    bare: Any = type(kind.__name__, (kind,), {"add_param_group": inspect.unwrap(kind.add_param_group)})
    optimizer = bare(parameters, **settings.model_dump(exclude={"name"}))
    bare_step = torch.no_grad()(inspect.unwrap(kind.step))
    return lambda: bare_step(optimizer)


@dataclass(frozen=True)
class Grid:
    """Heights over a rectangle: `heights[row][column]` lies at `ys[row]`, `xs[column]`."""

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
    """How sharply the surface bends at a point, in its sharpest direction: the Hessian's largest eigenvalue."""
    hessian = torch.autograd.functional.hessian(
        lambda at: height(at[0], at[1]), torch.tensor(point, dtype=torch.float64)
    )
    return float(torch.linalg.eigvalsh(hessian).max())
