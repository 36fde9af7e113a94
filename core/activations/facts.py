"""Formula, derivative, range and purpose of each activation function.

Needs no torch. Tests evaluate the LaTeX and compare it with PyTorch. In it, σ is the sigmoid, Φ the cumulative normal
distribution and φ its density.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.messages import N_


@dataclass(frozen=True)
class ActivationFacts:
    """One activation function.

    `formula`, `derivative` and `outputs` (the range, as an interval) are LaTeX. `where` defines the symbols in them
    that are neither x nor a parameter. `corners` are the places where the function changes from one piece to the next;
    its slope may jump there. At a corner, `derivative` says what PyTorch uses.
    """

    formula: str
    derivative: str
    outputs: str
    note: str
    corners: tuple[float, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Knob:
    """Symbol, range and help of a parameter's slider."""

    symbol: str
    low: float
    high: float
    step: float
    help: str


# PyTorch's name of a parameter → its slider.
KNOBS: dict[str, Knob] = {
    "negative_slope": Knob("a", 0.01, 1.0, 0.01, N_("Slope for negative inputs. Near 0 it is almost a ReLU.")),
    "init": Knob("a", 0.01, 1.0, 0.01, N_("Slope for negative inputs at the start. Training changes it.")),
    "alpha": Knob("α", 0.1, 3.0, 0.1, N_("How far below zero very negative inputs end up.")),
    "beta": Knob("β", 0.1, 5.0, 0.1, N_("How sharp the bend is. The larger, the closer to a ReLU.")),
}


def _cases(*pieces: str) -> str:
    return r"\begin{cases} " + r" \\ ".join(pieces) + r" \end{cases}"


FACTS: dict[str, ActivationFacts] = {
    "relu": ActivationFacts(
        r"\max(0, x)",
        _cases(r"0 & x \le 0", "1 & x > 0"),
        r"[0, \infty)",
        N_(
            "Lets positive values through and stops all others. A unit that only ever sees negative values gets no "
            "gradient and stops learning: it is dead."
        ),
        corners=(0,),
    ),
    "leaky_relu": ActivationFacts(
        _cases("x & x > 0", r"a x & x \le 0"),
        _cases("1 & x > 0", r"a & x \le 0"),
        r"(-\infty, \infty)",
        N_("A ReLU that lets a little of every negative value through, so that no unit dies."),
        corners=(0,),
    ),
    "prelu": ActivationFacts(
        _cases("x & x > 0", r"a x & x \le 0"),
        _cases("1 & x > 0", r"a & x \le 0"),
        r"(-\infty, \infty)",
        N_("A leaky ReLU that learns its slope $a$ together with the weights. The slider sets where it starts."),
        corners=(0,),
    ),
    "relu6": ActivationFacts(
        r"\min(\max(0, x), 6)",
        _cases("1 & 0 < x < 6", r"0 & \text{otherwise}"),
        "[0, 6]",
        N_("A ReLU with a lid at 6. It was made for small devices that calculate with few digits."),
        corners=(0, 6),
    ),
    "elu": ActivationFacts(
        _cases("x & x > 0", r"\alpha (e^{x} - 1) & x \le 0"),
        _cases("1 & x > 0", r"\alpha e^{x} & x \le 0"),
        r"(-\alpha, \infty)",
        N_(
            r"Bends gently towards $-\alpha$ where ReLU cuts off. Its outputs come closer to an average of zero, and "
            "negative values still get a gradient."
        ),
        corners=(0,),
    ),
    "celu": ActivationFacts(
        _cases("x & x > 0", r"\alpha (e^{x / \alpha} - 1) & x \le 0"),
        _cases("1 & x > 0", r"e^{x / \alpha} & x \le 0"),
        r"(-\alpha, \infty)",
        N_(r"An ELU stretched sideways, so that its slope doesn't jump at zero whatever $\alpha$ is."),
        corners=(0,),
    ),
    "selu": ActivationFacts(
        _cases(r"\lambda x & x > 0", r"\lambda \alpha (e^{x} - 1) & x \le 0"),
        _cases(r"\lambda & x > 0", r"\lambda \alpha e^{x} & x \le 0"),
        r"(-1.7581, \infty)",
        N_(
            "An ELU with two fixed numbers, chosen so that values keep an average of 0 and a spread of 1 through many "
            "layers."
        ),
        corners=(0,),
        where={r"\lambda": "1.0507009874", r"\alpha": "1.6732632424"},
    ),
    "gelu": ActivationFacts(
        r"x\,\Phi(x)",
        r"\Phi(x) + x\,\varphi(x)",
        r"[-0.1700, \infty)",
        N_(
            r"Multiplies $x$ by $\Phi(x)$, the share of a bell curve that lies below $x$; $\varphi$ is the bell curve "
            "itself. Language models use it."
        ),
    ),
    "silu": ActivationFacts(
        r"x\,\sigma(x)",
        r"\sigma(x)\,(1 + x\,(1 - \sigma(x)))",
        r"[-0.2785, \infty)",
        N_(r"Multiplies $x$ by its sigmoid $\sigma(x)$. Also called Swish. It dips a little before it rises."),
    ),
    "mish": ActivationFacts(
        r"x\,t",
        r"t + x\,\sigma(x)\,(1 - t^2)",
        r"[-0.3088, \infty)",
        N_(r"Much like SiLU, but multiplies $x$ by the tanh of Softplus. $\sigma$ is the sigmoid."),
        where={"t": r"\tanh(\ln(1 + e^{x}))"},
    ),
    "softplus": ActivationFacts(
        r"\frac{1}{\beta} \ln(1 + e^{\beta x})",
        r"\sigma(\beta x)",
        r"(0, \infty)",
        N_(
            r"A ReLU with a rounded corner. Its derivative is the sigmoid $\sigma$. Once $\beta x$ is above 20, "
            "PyTorch takes $x$ itself, which is as good as the same."
        ),
    ),
    "hardswish": ActivationFacts(
        _cases(r"0 & x \le -3", r"\frac{x (x + 3)}{6} & -3 < x < 3", r"x & x \ge 3"),
        _cases(r"0 & x \le -3", r"\frac{2 x + 3}{6} & -3 < x < 3", r"1 & x \ge 3"),
        r"[-0.375, \infty)",
        N_("An imitation of SiLU that needs no exponential. It was made for small devices."),
        corners=(-3, 3),
    ),
    "sigmoid": ActivationFacts(
        r"\frac{1}{1 + e^{-x}}",
        r"f(x)\,(1 - f(x))",
        "(0, 1)",
        N_(
            "Maps everything to 0…1, so it can be read as a probability. Its slope is never above 0.25: after a few "
            "layers little of the gradient is left."
        ),
    ),
    "hardsigmoid": ActivationFacts(
        _cases(r"0 & x \le -3", r"\frac{x}{6} + \frac{1}{2} & -3 < x < 3", r"1 & x \ge 3"),
        _cases(r"\frac{1}{6} & -3 < x < 3", r"0 & \text{otherwise}"),
        "[0, 1]",
        N_("An imitation of the sigmoid made of three straight pieces."),
        corners=(-3, 3),
    ),
    "tanh": ActivationFacts(
        r"\frac{e^{x} - e^{-x}}{e^{x} + e^{-x}}",
        "1 - f(x)^2",
        "(-1, 1)",
        N_(
            "Maps everything to −1…1, centred on zero. It is a sigmoid made twice as high and twice as steep, so it "
            "saturates at its ends too."
        ),
    ),
    "hardtanh": ActivationFacts(
        r"\max(-1, \min(1, x))",
        _cases("1 & -1 < x < 1", r"0 & \text{otherwise}"),
        "[-1, 1]",
        N_("An imitation of tanh made of three straight pieces."),
        corners=(-1, 1),
    ),
    "softsign": ActivationFacts(
        r"\frac{x}{1 + \lvert x \rvert}",
        r"\frac{1}{(1 + \lvert x \rvert)^2}",
        "(-1, 1)",
        N_("Has the ends of tanh, but comes near them far more slowly."),
    ),
    "identity": ActivationFacts(
        "x",
        "1",
        r"(-\infty, \infty)",
        N_("No activation at all. However many layers it joins, together they are just one linear layer."),
    ),
}
