"""The limit of the learning rate, and the result of a walk in words."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from core.config import SGD, Optimizer
from core.descent.hello_world import HelloWorld
from core.descent.surfaces import Surface
from core.messages import Message, say

if TYPE_CHECKING:  # judging a walk needs no torch
    from core.descent.walk import HelloWalk, Walk

ARRIVED = 1e-3  # a loss this close above the minimum counts as there


def limit(optimizer: Optimizer, curvature: float) -> float | None:
    """The learning rate above which SGD diverges on a surface with this curvature.

    With curvature λ (the Hessian's largest eigenvalue), weight decay included, and momentum β:

    - plain: 2 / λ, since each step multiplies the distance to the bottom by 1 − rate · λ
    - with momentum: 2 (1 + β) / λ
    - with Nesterov momentum: 2 (1 + β) / ((1 + 2β) λ)

    Source: Cohen et al., "Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability", 2021,
    arXiv:2103.00065. For momentum first Polyak, "Some methods of speeding up the convergence of iteration methods",
    1964. Other optimizers adapt their steps to the size of the gradient and have no such limit: None.
    """
    if not isinstance(optimizer, SGD) or curvature + optimizer.weight_decay <= 0:
        return None
    ahead = 1 + 2 * optimizer.momentum if optimizer.nesterov else 1
    return 2 * (1 + optimizer.momentum) / (ahead * (curvature + optimizer.weight_decay))


@dataclass(frozen=True)
class Outcome:
    """The result of a walk. `step` is when it arrived for good, `minimum` the index of the nearest minimum."""

    kind: Literal["arrived", "going", "climbed", "diverged"]
    minimum: int
    step: int | None = None


def outcome(surface: Surface, walk: "Walk") -> Outcome:
    """Whether a walk arrived, is still on its way, ended higher than its start, or diverged."""
    lowest, last = surface.height(*surface.minima[0]), walk.losses[-1]
    started = walk.losses[0] - lowest
    if not math.isfinite(last) or last - lowest > 100 * started + 100:
        return Outcome("diverged", 0)
    nearest = min(range(len(surface.minima)), key=lambda index: math.dist(surface.minima[index], walk.points[-1]))
    floor = surface.height(*surface.minima[nearest])
    outside = [number for number, loss in enumerate(walk.losses) if not abs(loss - floor) <= ARRIVED]
    arrival = outside[-1] + 1 if outside else 0
    if arrival < len(walk.losses):
        return Outcome("arrived", nearest, arrival)
    return Outcome("climbed" if last - lowest > started else "going", nearest)


def describe(result: Outcome, minima: int) -> Message:
    """The result of a walk in words, on a surface with this number of minima."""
    match result.kind:
        case "diverged":
            return say("Thrown out: it diverged.")
        case "climbed":
            return say("Lost: it ended higher than its start.")
        case "going":
            return say("Still on its way.")
    if minima == 1:
        return say("Arrived at step {step}.", step=result.step)
    if result.minimum == 0:
        return say("Arrived at step {step}, in the deepest minimum.", step=result.step)
    return say("Arrived at step {step}, but in a shallower minimum.", step=result.step)


def explain(settings: HelloWorld, walk: "HelloWalk", curvature: float) -> list[Message]:
    """What happened to the walk and why, in two or three sentences."""
    optimizer = settings.optimizer
    if not any(walk.gradients[0]):
        return [say("The walk starts at the bottom. The gradient is zero there, so no step moves it.")]
    happened = _happened(walk.losses[0], walk.losses[-1])
    if not settings.zero_grad:
        return [happened, _never_zeroed()]
    highest = limit(optimizer, curvature)
    if highest is None or not isinstance(optimizer, SGD):
        return [happened, _adaptive(optimizer)]
    if math.isclose(optimizer.lr, highest, rel_tol=1e-6):
        return [happened, _at_the_limit(highest)]
    if optimizer.lr > highest:
        return [happened, *_too_fast(optimizer, highest)]
    return [happened, _rolling(optimizer, highest) if optimizer.momentum else _plain(optimizer, curvature, highest)]


def _happened(first: float, last: float) -> Message:
    if not math.isfinite(last):
        return say(
            "The loss rose from {first} beyond the largest number of the computer. It became inf (infinite), then nan "
            "(“not a number”).",
            first=short(first),
        )
    if last <= first:
        return say("The loss fell from {first} to {last}.", first=short(first), last=short(last))
    return say("The loss rose from {first} to {last}.", first=short(first), last=short(last))


def _never_zeroed() -> Message:
    return say(
        "Nobody sets the gradients to zero, so each step uses the sum of all gradients since the start. At the bottom "
        "the new gradient is 0, but the sum isn't: the walk runs past and doesn't come to rest."
    )


def _at_the_limit(highest: float) -> Message:
    return say(
        "The learning rate is exactly at the limit, {limit}. The walk jumps to and fro over the bottom, always to the "
        "same height. With a slightly smaller learning rate it would arrive.",
        limit=short(highest),
    )


def _plain(optimizer: SGD, curvature: float, highest: float) -> Message:
    """Plain SGD below its limit. Each step multiplies the error by the same factor."""
    factor = 1 - optimizer.lr * curvature
    if factor >= 0:
        return say(
            "The gradient gives the direction. Each step goes a part of the way and leaves {share} of the error. "
            "Towards the bottom the slope gets flatter, so the steps get shorter by themselves.",
            share=f"{100 * factor:.0f} %",
        )
    return say(
        "Each step is longer than the way to the bottom. It overshoots and lands on the other side, where {share} of "
        "the error is left. The walk still arrives, because each step lands a little lower. Above a learning rate of "
        "{limit} it would diverge.",
        share=f"{-100 * factor:.0f} %",
        limit=short(highest),
    )


def _rolling(optimizer: SGD, highest: float) -> Message:
    """SGD with momentum below its limit."""
    if optimizer.nesterov:
        return say(
            "Nesterov momentum keeps {share} of each step. It computes the gradient at the place to which this part "
            "leads, so the walk brakes before the bottom. It diverges above a learning rate of {limit}.",
            share=f"{100 * optimizer.momentum:.0f} %",
            limit=short(highest),
        )
    return say(
        "Momentum keeps {share} of each step, like a ball that rolls on. It may roll past the bottom and swing back a "
        "few times. It diverges above a learning rate of {limit}.",
        share=f"{100 * optimizer.momentum:.0f} %",
        limit=short(highest),
    )


def _too_fast(optimizer: SGD, highest: float) -> list[Message]:
    """Why a learning rate above the limit diverges, and what to do."""
    why = (
        say(
            "The walk diverges. Each swing past the bottom ends higher than the one before. The slope is steeper "
            "there, so the next swing is even wider, without end."
        )
        if optimizer.momentum
        else say(
            "The walk diverges. Each step overshoots so far that it lands higher on the other side than it was before. "
            "The slope is steeper there, so the next step is even longer, without end."
        )
    )
    remedy = say(
        "The learning rate is {rate}. In this bowl it must be below {limit}.",
        rate=short(optimizer.lr),
        limit=short(highest),
    )
    return [why, remedy]


def _adaptive(optimizer: Optimizer) -> Message:
    """The adaptive optimizers."""
    if optimizer.name == "adadelta":
        return say(
            "Adadelta computes the length of its steps itself and starts with tiny ones. Give it many steps, or a "
            "larger learning rate."
        )
    return say(
        "{name} divides each step by the recent size of the gradient. So each step is about as long as the learning "
        "rate, on steep and on flat ground. There is no limit above which it leaves this bowl, but with a large "
        "learning rate it keeps jumping to and fro over the bottom.",
        name=type(optimizer).__name__,
    )


def short(value: float) -> str:
    """A number with three significant digits."""
    return f"{value:.3g}"
