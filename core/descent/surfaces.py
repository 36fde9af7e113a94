"""Loss surfaces over two parameters. Needs no torch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.messages import N_

Point = tuple[float, float]
Range = tuple[float, float]
# Computes the loss from the two parameters, which are numbers or tensors of one shape. So one formula gives a height, a
# grid of heights, and the gradient with autograd.
Height = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Surface:
    """A loss over two parameters.

    `minima` are its lowest points, deepest first. `rates` has a suitable learning rate for each racer.
    """

    title: str
    description: str
    formula: str  # LaTeX
    height: Height
    start: Point
    window: tuple[Range, Range]
    minima: tuple[Point, ...]
    pointed: bool = True  # whether the minima are points; in a trough they form a line
    axes: tuple[str, str] = ("x", "y")
    rates: Mapping[str, float] = field(default_factory=dict)


def hello_world_loss(value: float) -> Height:
    """The loss of `nn.Linear(1, 1)` over weight and bias, for the input `value` and the target 0.

    It is a straight trough: every weight and bias with weight · input + bias = 0 is as good as any other.
    """

    def height(weight: Any, bias: Any) -> Any:
        prediction = weight * value + bias
        return prediction * prediction

    return height


def _bowl(x: Any, y: Any) -> Any:
    return 0.5 * (x * x) + 3 * (y * y)


def _rosenbrock(x: Any, y: Any) -> Any:
    """H. H. Rosenbrock, "An automatic method for finding the greatest or least value of a function", 1960.

    With the factor 20 instead of 100, so that a hundred steps show the difference between the racers.
    """
    to_go, off_the_floor = 1 - x, y - x * x
    return to_go * to_go + 20 * (off_the_floor * off_the_floor)


def _two_minima(x: Any, y: Any) -> Any:
    """A double well. The left one is deeper."""
    well = x * x - 1
    return well * well + 0.2 * x + y * y


SURFACES: dict[str, Surface] = {
    "trough": Surface(
        title=N_("Hello world"),
        description=N_(
            "The loss over weight and bias, as in the first tab. It is a straight trough: every point of its floor is "
            "a minimum."
        ),
        formula=r"(0.92\,w + b)^2",
        height=hello_world_loss(0.92),
        start=(0.2, -0.76),
        window=((-0.3, 1.3), (-1.0, 0.0)),
        minima=((0.4871, -0.4481),),  # the one nearest to the start
        pointed=False,
        axes=(N_("weight"), N_("bias")),
        rates={"sgd": 0.1, "momentum": 0.1, "nesterov": 0.1, "adam": 0.1, "adamw": 0.1, "adadelta": 1, "rmsprop": 0.05},
    ),
    "bowl": Surface(
        title=N_("Bowl"),
        description=N_(
            "Six times as curved in one direction as in the other. It has one minimum, and every way down leads to it."
        ),
        formula=r"\tfrac12 x^2 + 3 y^2",
        height=_bowl,
        start=(-1.8, 0.9),
        window=((-2.2, 2.2), (-1.4, 1.4)),
        minima=((0.0, 0.0),),
        rates={
            "sgd": 0.1,
            "momentum": 0.05,
            "nesterov": 0.05,
            "adam": 0.1,
            "adamw": 0.1,
            "adadelta": 1,
            "rmsprop": 0.05,
        },
    ),
    "valley": Surface(
        title=N_("Narrow valley"),
        description=N_(
            "Rosenbrock's valley has steep walls and a curved, almost flat floor. Falling into it is easy, walking "
            "along it is slow."
        ),
        formula=r"(1 - x)^2 + 20\,(y - x^2)^2",
        height=_rosenbrock,
        start=(-1.2, 1.0),
        window=((-2.2, 2.2), (-0.7, 2.1)),
        minima=((1.0, 1.0),),
        rates={
            "sgd": 0.008,
            "momentum": 0.005,
            "nesterov": 0.005,
            "adam": 0.5,
            "adamw": 0.5,
            "adadelta": 1,
            "rmsprop": 0.1,
        },
    ),
    "two_minima": Surface(
        title=N_("Two minima"),
        description=N_(
            "A deep minimum on the left and a shallower one on the right. Start and speed decide where a walk ends."
        ),
        formula=r"(x^2 - 1)^2 + 0.2\,x + y^2",
        height=_two_minima,
        start=(1.7, 1.0),
        window=((-2.2, 2.2), (-1.4, 1.4)),
        minima=((-1.02412, 0.0), (0.97399, 0.0)),
        rates={
            "sgd": 0.05,
            "momentum": 0.05,
            "nesterov": 0.05,
            "adam": 0.2,
            "adamw": 0.2,
            "adadelta": 1,
            "rmsprop": 0.05,
        },
    ),
}
