"""The formulas, ranges and remarks on the page are true of the functions that PyTorch computes."""

import subprocess
import sys
from itertools import product

import numpy as np
import pytest
import torch

from core.activations.curves import values_and_slopes
from core.activations.facts import FACTS, KNOBS
from core.config import ACTIVATIONS, Activation
from tests.core.activations.latex import Scope, Values, evaluate

SYMBOLS = {"a": "a", "α": r"\alpha", "β": r"\beta"}


def specs() -> list[Activation]:
    """Every function, with its default parameters and both ends of their sliders."""
    found = []
    for kind, defaults in ACTIVATIONS.items():
        turned = [(default, KNOBS[name].low, KNOBS[name].high) for name, default in defaults.items()]
        found += [Activation(kind=kind, **dict(zip(defaults, values, strict=True))) for values in product(*turned)]
    return found


def named(spec: Activation) -> str:
    return "-".join([spec.kind, *(f"{value:g}" for value in spec.parameters.values())])


def scope_of(spec: Activation, x: Values) -> Scope:
    facts = FACTS[spec.kind]
    scope: dict[str, Values | float] = {"x": x}
    scope |= {SYMBOLS[KNOBS[name].symbol]: value for name, value in spec.parameters.items()}
    for symbol, meaning in facts.where.items():
        scope[symbol] = evaluate(meaning, scope)
    return scope


def places(spec: Activation) -> Values:
    """From −12 to 12, with zero, every corner, and the places right beside them."""
    corners = np.array([0.0, *FACTS[spec.kind].corners])
    beside = [np.nextafter(corners, side) for side in (-np.inf, np.inf)]
    return np.unique(np.concatenate([np.linspace(-12, 12, 1_201), corners, *beside]))


@pytest.mark.parametrize("spec", specs(), ids=named)
def test_the_formula_on_the_page_is_the_function(spec: Activation) -> None:
    x = places(spec)
    y, _slope = values_and_slopes(spec, torch.from_numpy(x))
    # PyTorch's Softplus replaces the formula above βx = 20, which changes it by e⁻²⁰.
    np.testing.assert_allclose(evaluate(FACTS[spec.kind].formula, scope_of(spec, x)), y, rtol=1e-9, atol=3e-8)


@pytest.mark.parametrize("spec", specs(), ids=named)
def test_the_derivative_on_the_page_is_what_autograd_computes_also_at_the_corners(spec: Activation) -> None:
    x = places(spec)
    _y, slope = values_and_slopes(spec, torch.from_numpy(x))
    facts = FACTS[spec.kind]
    formula = evaluate(facts.derivative, scope_of(spec, x), lambda x: evaluate(facts.formula, scope_of(spec, x)))
    # Also in float64 PyTorch has some constants in float32: 1/6 in Hardsigmoid, 1/α in CELU.
    np.testing.assert_allclose(np.broadcast_to(formula, x.shape), slope, rtol=1e-7, atol=3e-9)


@pytest.mark.parametrize("spec", specs(), ids=named)
def test_the_range_on_the_page_is_filled_and_its_ends_are_reached_only_where_it_says_so(spec: Activation) -> None:
    outputs = FACTS[spec.kind].outputs
    low, high = (limit(text, scope_of(spec, np.zeros(1))) for text in outputs[1:-1].split(","))
    far, _slope = values_and_slopes(spec, torch.linspace(-1e4, 1e4, 1_000_001, dtype=torch.float64))
    # Near enough to zero that a function which only approaches its end hasn't been rounded to it.
    reach = 6 * min(1, spec.parameters.get("alpha", 1))
    near, _slope = values_and_slopes(spec, torch.linspace(-reach, reach, 120_001, dtype=torch.float64))
    for end, furthest, nearby, included in (
        (low, -far.min().item(), -near.min().item(), outputs.startswith("[")),
        (high, far.max().item(), near.max().item(), outputs.endswith("]")),
    ):
        if np.isinf(end):
            assert furthest >= 90  # a leak of 0.01 turns 10⁴ into a hundred
        else:
            assert furthest == pytest.approx(end if end == high else -end, abs=1e-4)  # four digits on the page
            assert included == (nearby >= furthest)


def limit(text: str, scope: Scope) -> float:
    """One end of a range as a number: ±∞ or a formula."""
    infinite = {r"\infty": np.inf, r"-\infty": -np.inf}
    return infinite[text.strip()] if text.strip() in infinite else float(evaluate(text, scope))


def test_every_activation_has_facts_and_every_parameter_a_slider_around_its_default() -> None:
    assert list(FACTS) == list(ACTIVATIONS)
    for parameters in ACTIVATIONS.values():
        for name, default in parameters.items():
            assert KNOBS[name].low <= default <= KNOBS[name].high


def test_a_wrong_formula_is_noticed() -> None:
    """The reader of formulas tells right from almost right, or the tests above would prove nothing."""
    x = np.linspace(-3, 3, 601)
    right = FACTS["elu"].formula
    scope: Scope = {"x": x, r"\alpha": 0.5}
    for wrong in (right.replace("- 1", "+ 1"), right.replace("> 0", "> 1").replace("le 0", "le 1")):
        assert wrong != right
        assert not np.allclose(evaluate(right, scope), evaluate(wrong, scope))
    with pytest.raises(ValueError, match="overlap or leave a gap"):
        evaluate(right.replace("> 0", "> 1"), scope)
    with pytest.raises(ValueError, match="didn't expect"):
        evaluate("x + 1)", scope)
    with pytest.raises(ValueError, match="could not convert"):
        evaluate(r"x + \beta", scope)


def test_names_and_formulas_need_no_torch() -> None:
    modules = "core.activations.facts, core.activations.speed, core.figures.activations"
    code = f"import sys, {modules}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
