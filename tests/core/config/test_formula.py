"""Formulas of one's own: what they compute, what they refuse, and that nothing in them is run."""

import math
import time

import pytest
import torch
from torch import nn

from core.activations.curves import activation_curve, values_and_slopes
from core.activations.formula import Formula, code
from core.config import Activation, from_json, parse_layers, with_settings
from core.config.formula import FUNCTIONS, LONGEST, MOST_PARTS, read, value_at, written
from core.config.variants import OWN, variant_of, with_activation
from core.errors import ConfigError
from core.recipes import recipe

GOOD = [
    "x", "-x", "x^2", "x ** 2 / 10", "1 / (1 + exp(-x))", "max(0, x) - 0.1 * min(x, -1)", "max(x, -x)", "-x ** 2",
    "(-x) ** 2", "2 ** x * sin(pi * x)", "log(1 + exp(min(x, 10)))", "sqrt(1 + x * x) - e",
    "softplus(x) * tanh(abs(x))", "relu(x) - cos(x)", "x * sigmoid(1.702 * x)",
]  # fmt: skip
X = torch.linspace(-10, 10, 41, dtype=torch.float64)


@pytest.mark.parametrize("formula", GOOD)
def test_the_module_its_code_and_plain_numbers_agree(formula: str) -> None:
    ours = Formula(formula)(X)
    plain = [value_at(read(formula), x) for x in X.tolist()]
    assert ours.tolist() == pytest.approx(plain, rel=1e-9, abs=1e-9)
    assert torch.equal(eval(code(formula), {"torch": torch, "nn": nn, "x": X}), ours)
    assert written(written(formula)) == written(formula)


def test_every_function_is_known_to_all_three_readers() -> None:
    for name, number in FUNCTIONS.items():
        formula = f"{name}({', '.join(['abs(x) + 1', '2'][:number])})"
        ours = Formula(formula)(X)
        assert ours.tolist() == pytest.approx([value_at(read(formula), x) for x in X.tolist()]), name


def test_the_slope_comes_from_autograd() -> None:
    x = torch.tensor([-2.0, 0.5, 3.0], dtype=torch.float64)
    _y, slope = values_and_slopes(Activation(kind="formula", formula="x ** 3"), x)
    assert slope.tolist() == pytest.approx([12, 0.75, 27])
    curve = activation_curve(Activation(kind="formula", formula="x * sigmoid(x)"), 5)
    known = activation_curve(Activation(kind="silu"), 5)
    assert curve.y == pytest.approx(known.y, abs=1e-6)
    assert curve.slope == pytest.approx(known.slope, abs=1e-6)


@pytest.mark.parametrize(
    ("formula", "sentence"),
    [
        ("", "Write a formula of x"),
        ("   ", "Write a formula of x"),
        ("2x", "can't be read"),
        ("x +", "can't be read"),
        ("x; x", "can't be read"),
        ("x\nimport os", "can't be read"),
        ("x\0", "can't be read"),
        ("sin x", "can't be read"),
        ("y + x", "can't use “y”"),
        ("é * x", "can't use “é”"),
        ("__import__('os').system('true') + x", "can't use"),
        ("x.__class__.__mro__", "can't use “x.__class__.__mro__”"),
        ("(lambda: x)()", "can't use"),
        ("[x for x in (1, 2)]", "can't use"),
        ("x if x > 0 else 0", "can't use"),
        ("x > 0", "can't use"),
        ("x and x", "can't use"),
        ("x @ x", "can't use"),
        ("x << 99", "can't use"),
        ("x // 2", "can't use"),
        ("'a' * 99 + x", "can't use"),
        ("f'{x}'", "can't use"),
        ("x * 1j", "can't use"),
        ("True * x", "can't use “True”"),
        ("max(*x)", "max takes 2 values in its brackets, not 1"),
        ("abs(*x)", "can't use “*x”"),
        ("exp(x, x)", "exp takes 1 values in its brackets, not 2"),
        ("exp(x, y=1)", "can't use"),
        ("max(0)", "max takes 2 values"),
        ("(x := 1)", "can't use"),
        ("9 ** 9 ** 9 ** 9 * x", "too large"),
        ("9 ** 9 ** 9 + x", "too large"),
        ("10 ** 400 * x", "too large"),
        ("1e999 * x", "too large"),
        ("x / 0", "no value at"),
        ("x * (1 / 0)", "too large, or divides by zero"),
        ("3 + 4", "needs x"),
        ("1 / x", "no value at x = 0"),
        ("log(x)", "no value at x = −10"),
        ("sqrt(x)", "no value at x = −10"),
        ("x ** 0.5", "no value at x = −10"),
        ("exp(exp(x))", "no value at x ="),
        ("x ** 9 ** 9", "no value at x = −10"),
        ("x" + "+x" * 40, f"Use at most {MOST_PARTS}"),
        ("x*" * 60 + "xx", f"Use at most {LONGEST}"),
        ("(" * 10_000 + "x" + ")" * 10_000, f"Use at most {LONGEST}"),
        ("-" * 10_000 + "x", f"Use at most {LONGEST}"),
        ("x" * 1_000_000, f"Use at most {LONGEST}"),
    ],
)
def test_what_a_formula_cant_be_is_refused_at_once_in_one_sentence(formula: str, sentence: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(ConfigError) as refused:
        parse_layers([{"kind": "formula", "formula": formula}])
    assert time.perf_counter() - begun < 1
    (problem,) = refused.value.problems
    assert sentence in str(problem.message)
    assert len(str(problem.message)) < 250


def test_sixty_brackets_fit() -> None:
    assert written("(" * 59 + "x" + ")" * 59) == "x"


def test_a_formula_belongs_to_its_kind_alone() -> None:
    for wrong in (
        {"kind": "formula"},
        {"kind": "relu", "formula": "x"},
        {"kind": "formula", "formula": "x", "alpha": 1},
    ):
        with pytest.raises(ConfigError):
            parse_layers([wrong])


def test_a_network_with_a_formula_is_a_configuration_like_any_other() -> None:
    config = with_activation(recipe("digits").config, "formula", "x*sigmoid( x )")
    assert from_json(config.to_json()) == config
    assert variant_of(config.model) == OWN
    assert with_settings(config, {"epochs": 2}).model == config.model
    assert {layer.formula for layer in config.layers if isinstance(layer, Activation)} == {"x * sigmoid(x)"}
    assert math.isfinite(value_at(read("x * sigmoid(x)"), 1000.0))
