"""Curves of activation functions, computed by PyTorch: values, slopes by autograd, and properties of the slopes.

Values are float32 on the CPU, as in training. Only `activation_traits` uses float64, because rounding errors would
hide what it looks for.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.activations.facts import FACTS
from core.activations.modules import make_activation
from core.config import Activation

Floats = NDArray[np.float32]

STEPS_PER_SIDE = 500
FADED = 0.01  # a gradient below this counts as vanished
_TAIL_REACH, _TAIL_STEPS = 60, 6_000


@dataclass(frozen=True, eq=False)
class Curve:
    """A function's graph: `y` and `slope` at the places `x`, rising, all float32 of the same length.

    The slope jumps between places `i` and `i + 1` for every `i` in `jumps`. Both sides of a jump and the corner itself
    are among the places, so what is plotted there is what PyTorch computes there.
    """

    x: Floats
    y: Floats
    slope: Floats
    jumps: tuple[int, ...]


@dataclass(frozen=True)
class Tail:
    """A side on which the gradient vanishes: from `edge` outwards it is exactly zero, or else below `FADED`."""

    edge: float
    exact: bool


@dataclass(frozen=True)
class ActivationTraits:
    """What the function does to a gradient far from zero, and to an average.

    `mean_output` is the average output for inputs with average 0 and spread 1 (a normal distribution).
    """

    left: Tail | None
    right: Tail | None
    steepest: float
    mean_output: float

    @property
    def zero_centred(self) -> bool:
        """Whether outputs average zero where inputs do, to two digits."""
        return abs(self.mean_output) < 0.005


def values_and_slopes(spec: Activation, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The function and its derivative by autograd at `x`, of any shape; both like `x`."""
    x = x.detach().requires_grad_()
    y = make_activation(spec).to(x.dtype)(x)
    # The same slopes as from a gradient of ones, to check which PyTorch loads sympy: half a second, 40 MB.
    (slope,) = torch.autograd.grad(y.sum(), x)
    return y.detach(), slope


def activation_curve(spec: Activation, reach: float) -> Curve:
    """The graph from −`reach` to `reach`, in 1,000 steps and with every corner of the function in between."""
    known = FACTS[spec.kind].corners if spec.kind in FACTS else ()  # nobody knows the corners of a formula
    corners = torch.tensor([corner for corner in known if abs(corner) < reach], dtype=torch.float32)
    x = _places(reach, corners)
    y, slope = values_and_slopes(spec, x)
    jumps = _jumps(x, slope, corners)
    return Curve(x.numpy(), y.numpy(), slope.numpy(), jumps)


def activation_traits(spec: Activation) -> ActivationTraits:
    """Measured on a fine grid from −60 to 60, in float64."""
    x = _even(_TAIL_REACH, _TAIL_STEPS)
    y, slope = values_and_slopes(spec, x)
    density = torch.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    step = _TAIL_REACH / _TAIL_STEPS
    return ActivationTraits(
        left=_tail(x, slope),
        right=_tail(x.flip(0), slope.flip(0)),
        steepest=float(slope.max()),
        mean_output=float((y * density).sum() * step),
    )


def _even(reach: float, steps: int) -> torch.Tensor:
    """Places from −reach to reach, float64. Counted in whole steps, so that zero is zero and both sides are alike."""
    return torch.arange(-steps, steps + 1, dtype=torch.float64) * reach / steps


def _places(reach: float, corners: torch.Tensor) -> torch.Tensor:
    """An even grid, float32, with all corners and their nearest neighbours."""
    beside = [torch.nextafter(corners, torch.full_like(corners, side)) for side in (-math.inf, math.inf)]
    places: torch.Tensor = torch.unique(torch.cat([_even(reach, STEPS_PER_SIDE).to(torch.float32), corners, *beside]))
    return places


def _jumps(x: torch.Tensor, slope: torch.Tensor, corners: torch.Tensor) -> tuple[int, ...]:
    """The positions beside a corner after which the slope jumps."""
    found = []
    for at in torch.searchsorted(x, corners).tolist():
        found += [i for i in (at - 1, at) if abs(float(slope[i + 1] - slope[i])) > 1e-3]
    return tuple(found)


def _tail(x: torch.Tensor, slope: torch.Tensor) -> Tail | None:
    """How far from the first position the slope stays vanished. None if it doesn't vanish."""
    faded = _length(slope.abs() < FADED)
    if faded == 0:
        return None
    exact = _length(slope == 0) == faded
    edge = float(x[faded - 1])
    # Rounded outwards to one digit, so that the page's statement is true.
    return Tail(edge if exact else math.copysign(math.ceil(abs(edge) * 10) / 10, edge), exact)


def _length(holds: torch.Tensor) -> int:
    """The number of true values before the first false one."""
    return int(holds.to(torch.int64).cumprod(0).sum())
