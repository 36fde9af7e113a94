"""Formulas of one variable, such as `x * sigmoid(x)`: read as a tree, never run as Python.

A formula knows x, numbers, `pi` and `e`, + - * / ** and brackets, and `FUNCTIONS`. Everything else is refused.
"""

import ast
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from core.errors import ConfigError, Problem
from core.messages import N_, say

LONGEST = 120  # signs
MOST_PARTS = 40  # operations, numbers and x together
LARGEST = 1e30  # of the values; float32, in which networks compute, ends at 3e38
REACH = 10  # a formula needs a value for every x from −REACH to REACH
# Function → how many values it takes.
FUNCTIONS = {
    "abs": 1, "cos": 1, "exp": 1, "log": 1, "max": 2, "min": 2, "relu": 1, "sigmoid": 1, "sin": 1, "softplus": 1,
    "sqrt": 1, "tanh": 1,
}  # fmt: skip
_CONSTANTS = {"pi": math.pi, "e": math.e}
_OPERATORS: dict[type[ast.AST], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
# As people write them, and as Python does.
_SIGNS = str.maketrans({"−": "-", "·": "*", "×": "*", "^": "**", "²": "**2", "³": "**3"})
_PLACES = [REACH * place / 20 for place in range(-20, 21)]

Value = TypeVar("Value")


@dataclass(frozen=True)
class Number:
    """A constant, always finite."""

    value: float


@dataclass(frozen=True)
class X:
    """The input."""


@dataclass(frozen=True)
class Call:
    """An operator (+ - * / ** neg) or one of `FUNCTIONS`; at least one of its values depends on x."""

    name: str
    values: tuple["Node", ...]


Node = Number | X | Call


@lru_cache(maxsize=256)
def _read(text: str) -> Node:
    return _checked(_python(text))


def read(text: str) -> Node:
    """The formula as a tree, its constant parts computed.

    Raises:
        ConfigError: it can't be read, uses what a formula doesn't know, is too complex, or has no value somewhere.
    """
    return _read(text) if len(text) <= LONGEST else _checked(_python(text))


def _checked(tree: ast.Expression) -> Node:
    """The tree as a node that has a value everywhere. Raises ConfigError."""
    try:
        node = _folded(tree.body)
    except ArithmeticError:
        raise _refusal(N_("The formula has a number that is too large, or divides by zero.")) from None
    if isinstance(node, Number):
        raise _refusal(N_("The formula needs x, the input of the layer."))
    for x in _PLACES:
        if not abs(value_at(node, x)) < LARGEST:
            raise _refusal(
                N_("The formula has no value at x = {x}. It needs one for every x from −{reach} to {reach}."),
                x=f"{x:g}".replace("-", "−"),
                reach=REACH,
            )
    return node


def _python(text: str) -> ast.Expression:
    text = text.translate(_SIGNS).strip()
    if not text:
        raise _refusal(N_("Write a formula of x, such as {example}."), example="x * sigmoid(x)")
    if len(text) > LONGEST:
        raise _refusal(N_("The formula has {length} signs. Use at most {most}."), length=len(text), most=LONGEST)
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _refusal(
            N_("This can't be read as a formula. Write each product with a *, such as 2 * x, and close every bracket.")
        ) from None
    parts = sum(isinstance(part, ast.expr) for part in ast.walk(tree))
    if parts > MOST_PARTS:
        raise _refusal(N_("The formula has {parts} parts. Use at most {most}."), parts=parts, most=MOST_PARTS)
    return tree


def written(text: str) -> str:
    """The same formula, always written alike. Raises ConfigError as `read`."""
    read(text)
    return ast.unparse(_python(text))


def _folded(part: ast.expr) -> Node:
    """One part as a node; a number where it doesn't depend on x."""
    node = _node(part)
    if isinstance(node, Call) and all(isinstance(value, Number) for value in node.values):
        return Number(_finite(value_at(node, 0.0)))
    return node


def _node(part: ast.expr) -> Node:
    node: Node | None = None
    match part:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            node = Number(_finite(float(value)))
        case ast.Name(id="x"):
            node = X()
        case ast.Name(id=name) if name in _CONSTANTS:
            node = Number(_CONSTANTS[name])
        case ast.UnaryOp(op=ast.UAdd(), operand=value):
            node = _folded(value)
        case ast.UnaryOp(op=ast.USub(), operand=value):
            node = Call("neg", (_folded(value),))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            node = Call(_OPERATORS[type(op)], (_folded(left), _folded(right)))
        case ast.Call(func=ast.Name(id=name), args=values, keywords=[]) if name in FUNCTIONS:
            node = _called(name, values)
    if node is not None:
        return node
    raise _refusal(
        N_("A formula can't use “{part}”. It knows x, numbers, + - * / **, brackets and {functions}."),
        part=re.sub(r"\s+", " ", ast.unparse(part))[:40],
        functions=", ".join(FUNCTIONS),
    )


def _called(name: str, values: list[ast.expr]) -> Call:
    if len(values) != FUNCTIONS[name]:
        raise _refusal(
            N_("{name} takes {number} values in its brackets, not {given}."),
            name=name,
            number=FUNCTIONS[name],
            given=len(values),
        )
    return Call(name, tuple(map(_folded, values)))


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ArithmeticError
    return value


def fold(node: Node, x: Value, number: Callable[[float], Value], calls: Mapping[str, Callable[..., Value]]) -> Value:
    """Compute a formula with values of any kind: `calls` has a function for each operator and for `FUNCTIONS`."""
    match node:
        case X():
            return x
        case Number():
            return number(node.value)
    return calls[node.name](*(fold(value, x, number, calls) for value in node.values))


def operations(node: Node) -> int:
    """How many operations a formula has."""
    return 1 + sum(map(operations, node.values)) if isinstance(node, Call) else 0


def value_at(node: Node, x: float) -> float:
    """The value at `x`; nan where there is none."""
    try:
        value = fold(node, x, float, _CALLS)
    except (ArithmeticError, ValueError):
        return math.nan
    return math.nan if isinstance(value, complex) else value


_CALLS: dict[str, Callable[..., float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "neg": lambda a: -a,
    "abs": abs,
    "cos": math.cos,
    "exp": math.exp,
    "log": math.log,
    "max": max,
    "min": min,
    "relu": lambda a: max(0.0, a),
    "sigmoid": lambda a: 0.5 * (1 + math.tanh(a / 2)),
    "sin": math.sin,
    "softplus": lambda a: max(0.0, a) + math.log1p(math.exp(-abs(a))),
    "sqrt": math.sqrt,
    "tanh": math.tanh,
}


def _refusal(template: str, **values: object) -> ConfigError:
    return ConfigError([Problem("formula", say(template, **values))])
