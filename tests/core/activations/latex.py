"""Evaluate the LaTeX that students read, so that a formula on the page can be compared with the function it stands for.

Understands what the activation formulas are written in: numbers, letters, + − · / ^, implicit products, \\frac, \\max,
\\min, \\ln, \\tanh, \\lvert…\\rvert, the sigmoid \\sigma, the normal distribution's \\Phi and \\varphi, f(x), and cases
with comparisons. Anything else is an error, never a guess.
"""

import math
import re
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Scope = Mapping[str, Values | float]
Function = Callable[..., Values]

FUNCTIONS: dict[str, Function] = {
    r"\max": np.maximum,
    r"\min": np.minimum,
    r"\ln": np.log,
    r"\tanh": np.tanh,
    r"\sigma": lambda x: 1 / (1 + np.exp(-x)),
    r"\Phi": np.vectorize(lambda x: (1 + math.erf(x / math.sqrt(2))) / 2, otypes=[float]),
    r"\varphi": lambda x: np.exp(-x * x / 2) / math.sqrt(2 * math.pi),
}
COMPARISONS: dict[str, Callable[[Values, Values], NDArray[np.bool_]]] = {
    "<": np.less,
    ">": np.greater,
    r"\le": np.less_equal,
    r"\ge": np.greater_equal,
}
TOKEN = re.compile(r"\\\\|\\[a-zA-Z]+|\\,|\d+\.?\d*|[a-zA-Z]|\S")
SILENT = {r"\,", r"\left", r"\right"}


def evaluate(latex: str, scope: Scope, f: Function | None = None) -> Values:
    """The value of `latex` where its letters stand for `scope`, and f for the function `f`."""
    tokens = [token for token in TOKEN.findall(latex) if token not in SILENT]
    reader = _Reader(tokens, {"e": math.e, **scope}, FUNCTIONS | ({"f": f} if f else {}))
    value = reader.sum()
    if reader.next is not None:
        raise ValueError(f"{latex}: didn't expect {reader.next}")
    return np.asarray(value, dtype=np.float64)


class _Reader:
    """Reads one token after the other; each method reads one part of a formula and returns its value."""

    def __init__(self, tokens: list[str], scope: Scope, functions: Mapping[str, Function]) -> None:
        self.tokens = tokens
        self.at = 0
        self.scope = scope
        self.functions = functions

    @property
    def next(self) -> str | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self, *expected: str) -> str:
        token = self.next
        if token is None or (expected and token not in expected):
            raise ValueError(f"expected {expected}, found {token}")
        self.at += 1
        return token

    def sum(self) -> Values:
        value = -self.product() if self.next == "-" and self.take() else self.product()
        while self.next in {"+", "-"}:
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self) -> Values:
        value = self.power()
        while self.next is not None and (self.next == "/" or self._starts_factor(self.next)):
            value = value / self.power() if self.next == "/" and self.take() else value * self.power()
        return value

    def _starts_factor(self, token: str) -> bool:
        known = token in self.scope or token in self.functions or token in {"(", "{", r"\frac", r"\lvert", r"\begin"}
        return known or token[0].isdigit()

    def power(self) -> Values:
        value = self.factor()
        if self.next == "^":
            self.take()
            value = value ** (self.between("{", "}") if self.next == "{" else self.factor())
        return value

    def between(self, opening: str, closing: str) -> Values:
        self.take(opening)
        value = self.sum()
        self.take(closing)
        return value

    def factor(self) -> Values:
        token = self.next or ""
        if token in {"(", "{"}:
            return self.between(token, {"(": ")", "{": "}"}[token])
        if token == r"\lvert":
            return np.abs(self.between(token, r"\rvert"))
        self.take()
        if token == r"\frac":
            return self.between("{", "}") / self.between("{", "}")
        return self.cases() if token == r"\begin" else self.named(token)

    def named(self, token: str) -> Values:
        if token in self.functions:
            return self.functions[token](*self.arguments())
        # ValueError for a token that is neither a name nor a number.
        return np.asarray(self.scope[token] if token in self.scope else float(token), dtype=np.float64)

    def arguments(self) -> list[Values]:
        self.take("(")
        values = [self.sum()]
        while self.take(",", ")") == ",":
            values.append(self.sum())
        return values

    def cases(self) -> Values:
        self.word("cases")
        pieces: list[Values] = []
        conditions: list[NDArray[np.bool_]] = []
        while True:
            pieces.append(self.sum())
            self.take("&")
            conditions.append(self.otherwise(conditions) if self.next == r"\text" else self.condition())
            if self.take(r"\\", r"\end") == r"\end":
                break
        self.word("cases")
        spread = np.broadcast_arrays(*conditions, *pieces)
        if not (np.sum(spread[: len(pieces)], axis=0) == 1).all():
            raise ValueError("the cases overlap or leave a gap")
        return np.select(spread[: len(pieces)], spread[len(pieces) :])

    def otherwise(self, conditions: list[NDArray[np.bool_]]) -> NDArray[np.bool_]:
        self.take(r"\text")
        self.word("otherwise")
        others: NDArray[np.bool_] = np.logical_or.reduce(conditions)
        return ~others

    def word(self, word: str) -> None:
        self.take("{")
        for letter in word:
            self.take(letter)
        self.take("}")

    def condition(self) -> NDArray[np.bool_]:
        left = self.sum()
        holds = np.asarray(True)
        while self.next in COMPARISONS:
            compare = COMPARISONS[self.take()]
            right = self.sum()
            holds = holds & compare(left, right)
            left = right
        return holds
