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
from core.descent.lesson import HelloWorld
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
    predictions: list[float] = []

    def loss() -> Tensor:
        prediction = linear(value, weight, bias)
        predictions.append(prediction.item())
        return mse_loss(prediction, target)

    walk = _descend([weight, bias], loss, settings.optimizer, settings.steps)
    return HelloWalk(walk.points, walk.losses, walk.gradients, tuple(predictions), value.item())


def descend(surface: Surface, optimizer: Optimizer, start: Point, steps: int) -> Walk:
    """Walk down a surface from `start`."""
    x, y = (torch.tensor(value, requires_grad=True) for value in start)
    return _descend([x, y], lambda: surface.height(x, y), optimizer, steps)


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


def _descend(parameters: Sequence[Tensor], loss: Callable[[], Tensor], settings: Optimizer, steps: int) -> Walk:
    """`steps` steps of an optimizer on two parameters of one number each."""
    step = _stepper(settings, parameters)
    points, losses, gradients = [], [], []
    for number in range(steps + 1):
        if number:
            step()
        height = loss()
        for parameter, gradient in zip(parameters, torch.autograd.grad(height, parameters), strict=True):
            parameter.grad = gradient
        points.append((parameters[0].item(), parameters[1].item()))
        losses.append(height.item())
        gradients.append((_gradient(parameters[0]), _gradient(parameters[1])))
    return Walk(tuple(points), tuple(losses), tuple(gradients))


def _gradient(parameter: Tensor) -> float:
    assert parameter.grad is not None
    return parameter.grad.item()


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
