"""What is plotted is what PyTorch computes, bit for bit."""

import base64
import json
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from torch import nn

from core.activations.curves import FADED, activation_curve, activation_traits, values_and_slopes
from core.activations.facts import FACTS
from core.config import ACTIVATIONS, Activation
from core.figures.activations import (
    ACTIVATION_LINES,
    NamedCurve,
    activation_slopes,
    activation_values,
)
from core.figures.style import TRAIN_COLOR, VALIDATION_COLOR

# Written out, not taken from the app: what a student would type.
AS_IN_PYTORCH: dict[str, nn.Module] = {
    "relu": nn.ReLU(),
    "leaky_relu": nn.LeakyReLU(0.3),
    "prelu": nn.PReLU(init=0.4),
    "relu6": nn.ReLU6(),
    "elu": nn.ELU(alpha=1.7),
    "celu": nn.CELU(alpha=0.6),
    "selu": nn.SELU(),
    "gelu": nn.GELU(),
    "silu": nn.SiLU(),
    "mish": nn.Mish(),
    "softplus": nn.Softplus(beta=2.5),
    "hardswish": nn.Hardswish(),
    "sigmoid": nn.Sigmoid(),
    "hardsigmoid": nn.Hardsigmoid(),
    "tanh": nn.Tanh(),
    "hardtanh": nn.Hardtanh(),
    "softsign": nn.Softsign(),
    "identity": nn.Identity(),
}
TURNED = {
    "leaky_relu": {"negative_slope": 0.3},
    "prelu": {"init": 0.4},
    "elu": {"alpha": 1.7},
    "celu": {"alpha": 0.6},
    "softplus": {"beta": 2.5},
}


def spec_of(kind: str) -> Activation:
    return Activation(kind=kind, **TURNED.get(kind, {}))


def drawn(figure: go.Figure) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Places and heights of a figure's first line as the browser gets them, gaps left out."""
    line = json.loads(figure.to_json())["data"][0]
    x, y = (np.frombuffer(base64.b64decode(line[axis]["bdata"]), dtype=line[axis]["dtype"]) for axis in "xy")
    return x[~np.isnan(y)], y[~np.isnan(y)]


def bits(values: np.ndarray[Any, Any] | torch.Tensor) -> list[int]:
    """Equal only where numbers are the very same, also 0 and −0."""
    return list(np.asarray(values, dtype=np.float32).view(np.int32))


@pytest.mark.parametrize("kind", ACTIVATIONS)
@pytest.mark.parametrize("reach", [2.0, 8.0])
def test_plotted_values_equal_pytorch_to_the_last_bit(kind: str, reach: float) -> None:
    named = NamedCurve(kind, kind, activation_curve(spec_of(kind), reach))
    x, y = drawn(activation_values([named], "x", "y"))
    assert x.dtype == y.dtype == np.float32
    with torch.no_grad():
        assert bits(y) == bits(AS_IN_PYTORCH[kind](torch.from_numpy(x.copy())))


@pytest.mark.parametrize("kind", ACTIVATIONS)
@pytest.mark.parametrize("reach", [2.0, 8.0])
def test_plotted_derivatives_equal_autograd_to_the_last_bit(kind: str, reach: float) -> None:
    named = NamedCurve(kind, kind, activation_curve(spec_of(kind), reach))
    x, slope = drawn(activation_slopes([named], "x", "y"))
    leaf = torch.from_numpy(x.copy()).requires_grad_()
    AS_IN_PYTORCH[kind](leaf).sum().backward()
    assert leaf.grad is not None
    assert bits(slope) == bits(leaf.grad)


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_curves_are_even_on_both_sides_and_hold_zero_and_every_corner(kind: str) -> None:
    curve = activation_curve(spec_of(kind), 8.0)
    assert curve.x[0] == -8
    assert curve.x[-1] == 8
    assert (np.diff(curve.x) > 0).all()
    assert not np.signbit(curve.x[curve.x == 0])[0]
    assert {0.0, *FACTS[kind].corners} <= set(curve.x.tolist())


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_a_slope_is_drawn_as_jumping_exactly_where_it_does(kind: str) -> None:
    """A jump is a change between neighbouring places that stays as large however close they are."""
    curve = activation_curve(spec_of(kind), 8.0)
    large = np.flatnonzero(np.abs(np.diff(curve.slope)) > 0.05)
    assert tuple(large.tolist()) == curve.jumps
    for i in curve.jumps:
        assert curve.x[i + 1] - curve.x[i] < 1e-6


def test_a_jump_is_a_gap_with_a_dot_on_the_value_in_use() -> None:
    figure = activation_slopes([NamedCurve("relu", "ReLU", activation_curve(Activation(kind="relu"), 5))], "x", "y")
    line, ends = figure.data
    at = int(np.flatnonzero(np.isnan(line.y))[0])
    assert line.y[at - 1] == 0
    assert line.y[at + 1] == 1
    assert list(ends.y) == [0, 1]
    assert list(ends.marker.symbol) == ["circle", "circle-open"]  # PyTorch takes 0 for the slope at 0


def test_a_function_without_corners_has_no_gap() -> None:
    figure = activation_slopes([NamedCurve("tanh", "Tanh", activation_curve(Activation(kind="tanh"), 5))], "x", "y")
    assert len(figure.data) == 1
    assert not np.isnan(figure.data[0].y).any()


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_where_the_gradient_is_said_to_vanish_it_does_and_a_little_further_in_it_does_not(kind: str) -> None:
    spec = Activation(kind=kind)
    traits = activation_traits(spec)
    for tail, side in ((traits.left, -1), (traits.right, 1)):
        away = torch.linspace(0, 40, 401, dtype=torch.float64) * side
        if tail is None:
            assert values_and_slopes(spec, away[1:])[1].abs().min() >= FADED
            continue
        outside = values_and_slopes(spec, tail.edge + away)[1].abs()
        inside = values_and_slopes(spec, torch.tensor([tail.edge - 0.2 * side], dtype=torch.float64))[1].abs()
        assert outside.max() < FADED
        assert inside >= FADED
        assert tail.exact == bool((outside == 0).all())


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_no_function_vanishes_in_a_way_that_the_page_has_no_words_for(kind: str) -> None:
    """The page speaks of both sides alike, of the left side, or of none."""
    traits = activation_traits(Activation(kind=kind))
    assert not traits.right or (traits.left and traits.left.exact == traits.right.exact)


def test_average_outputs_are_those_of_a_bell_curve_and_show_which_functions_are_centred() -> None:
    inputs = torch.randn(2_000_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for kind in ACTIVATIONS:
        traits = activation_traits(Activation(kind=kind))
        assert traits.mean_output == pytest.approx(
            values_and_slopes(Activation(kind=kind), inputs)[0].mean().item(), abs=4e-3
        )
    centred = {kind for kind in ACTIVATIONS if activation_traits(Activation(kind=kind)).zero_centred}
    assert centred == {"selu", "tanh", "hardtanh", "softsign", "identity"}


def test_the_sigmoids_slope_is_a_quarter_at_most() -> None:
    assert activation_traits(Activation(kind="sigmoid")).steepest == 0.25


def test_every_function_has_a_line_of_its_own_that_is_neither_trainings_nor_validations() -> None:
    assert list(ACTIVATION_LINES) == list(ACTIVATIONS)
    assert len(set(ACTIVATION_LINES.values())) == len(ACTIVATIONS)
    assert {colour for colour, _dash in ACTIVATION_LINES.values()}.isdisjoint({TRAIN_COLOR, VALIDATION_COLOR})


@pytest.mark.parametrize("background", ["#ffffff", "#12161d"])
def test_lines_stand_out_from_both_backgrounds(background: str) -> None:
    """WCAG's contrast for graphics, at least 3 to 1."""
    for colour, _dash in ACTIVATION_LINES.values():
        light, dark = sorted([luminance(colour), luminance(background)], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3, colour


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_legend_keeps_the_order_of_choice_while_open_lines_are_drawn_on_top() -> None:
    curves = [NamedCurve(kind, kind, activation_curve(Activation(kind=kind), 5)) for kind in ("relu", "elu", "tanh")]
    figure = activation_values(curves, "x", "y")
    assert [trace.name for trace in figure.data] == ["elu", "tanh", "relu"]  # solid, dashes, dots
    assert [trace.name for trace in sorted(figure.data, key=lambda trace: trace.legendrank)] == ["relu", "elu", "tanh"]
