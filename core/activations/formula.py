"""A formula of one's own as a PyTorch module, and as PyTorch code that computes the same numbers."""

import ast
from collections.abc import Callable

import torch
from torch import Tensor, nn

from core.config.formula import fold, read

Part = Tensor | float  # a number stays one: PyTorch takes it beside a tensor


class Formula(nn.Module):
    """Applies a formula of x to each number of a tensor. Raises ConfigError for one that can't be read."""

    def __init__(self, formula: str) -> None:
        super().__init__()
        self.formula = formula
        self._node = read(formula)

    def forward(self, x: Tensor) -> Tensor:
        """The formula's value at each number of `x`, in the same shape."""
        given: Part = x
        value = fold(self._node, given, float, _CALLS)
        assert isinstance(value, Tensor)
        return value

    def extra_repr(self) -> str:
        """What stands in the brackets when the module is printed."""
        return self.formula


def _at_least(low: float, x: Tensor) -> Tensor:
    return torch.clamp(x, min=low)


def _at_most(high: float, x: Tensor) -> Tensor:
    return torch.clamp(x, max=high)


def _larger(a: Part, b: Part) -> Tensor:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return torch.maximum(a, b)
    return _at_least(a, b) if isinstance(b, Tensor) else _at_least(b, a)  # type: ignore[arg-type]


def _smaller(a: Part, b: Part) -> Tensor:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return torch.minimum(a, b)
    return _at_most(a, b) if isinstance(b, Tensor) else _at_most(b, a)  # type: ignore[arg-type]


_CALLS: dict[str, Callable[..., Part]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "neg": lambda a: -a,
    "abs": torch.abs,
    "cos": torch.cos,
    "exp": torch.exp,
    "log": torch.log,
    "max": _larger,
    "min": _smaller,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "sin": torch.sin,
    "softplus": nn.functional.softplus,
    "sqrt": torch.sqrt,
    "tanh": torch.tanh,
}

# --- as code --------------------------------------------------------------------------------------------------------

_OPERATORS = {"+": ast.Add(), "-": ast.Sub(), "*": ast.Mult(), "/": ast.Div(), "**": ast.Pow()}
_NAMES = {"softplus": "nn.functional.softplus"}  # of the others: torch.NAME


def code(formula: str) -> str:
    """The formula as one Python expression of the tensor `x`, with the numbers of `Formula`. Raises ConfigError."""
    x: ast.expr = ast.Name("x")
    return ast.unparse(fold(read(formula), x, _number, {name: _call(name) for name in _CALLS}))


def _number(value: float) -> ast.expr:
    number = ast.Constant(abs(value))
    return ast.UnaryOp(ast.USub(), number) if value < 0 else number


def _call(name: str) -> Callable[..., ast.expr]:
    if name in _OPERATORS:
        return lambda a, b: ast.BinOp(a, _OPERATORS[name], b)
    if name == "neg":
        return lambda a: ast.UnaryOp(ast.USub(), a)
    if name in ("max", "min"):
        return lambda a, b: _clamp(name, a, b)
    function = ast.parse(_NAMES.get(name, f"torch.{name}"), mode="eval").body
    return lambda a: ast.Call(function, [a], [])


def _clamp(name: str, a: ast.expr, b: ast.expr) -> ast.expr:
    """`torch.maximum` or `torch.minimum`, or `torch.clamp` where one of the two is a number."""
    for bound, x in ((a, b), (b, a)):
        if _is_number(bound):
            return ast.Call(_torch("clamp"), [x], [ast.keyword("min" if name == "max" else "max", bound)])
    return ast.Call(_torch(f"{name}imum"), [a, b], [])


def _is_number(part: ast.expr) -> bool:
    return isinstance(part.operand if isinstance(part, ast.UnaryOp) else part, ast.Constant)


def _torch(name: str) -> ast.expr:
    return ast.Attribute(ast.Name("torch"), name)
