"""Static charts of activation functions, as Plotly figures. Texts are already translated.

Colours must read on white and on the dark theme's background alike, and never carry a meaning alone: a line also has
its own dashes, a point its own symbol.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.style import LEGEND, QUIET, below

if TYPE_CHECKING:  # drawing needs no torch
    from core.activations.curves import Curve
    from core.activations.speed import Spread

# Activation function → colour and dashes. Blue and orange are reserved for training and validation.
ACTIVATION_LINES: dict[str, tuple[str, str]] = {
    "relu": ("#d1495b", "dot"),
    "leaky_relu": ("#b07d0f", "solid"),
    "prelu": ("#0e93a0", "dashdot"),
    "relu6": ("#a5673f", "longdash"),
    "elu": ("#2a9d6f", "solid"),
    "celu": ("#7a8793", "dash"),
    "selu": ("#c2479d", "dashdot"),
    "gelu": ("#0e93a0", "dash"),
    "silu": ("#c2479d", "solid"),
    "mish": ("#b07d0f", "dot"),
    "softplus": ("#a5673f", "longdashdot"),
    "hardswish": ("#7a8793", "dot"),
    "sigmoid": ("#0e93a0", "longdash"),
    "hardsigmoid": ("#2a9d6f", "dashdot"),
    "tanh": ("#9b5de5", "dash"),
    "hardtanh": ("#9b5de5", "dot"),
    "softsign": ("#d1495b", "longdash"),
    "identity": ("#7a8793", "solid"),
}
OWN_LINE = ("#7c9a16", "solid")  # the recipe's own activations, or a formula: olive, which no single function has


def activation_look(kind: str) -> tuple[str, str]:
    """Colour and dashes of an activation function, of anything else `OWN_LINE`."""
    return ACTIVATION_LINES.get(kind, OWN_LINE)


# Later ones are drawn over earlier ones: where two functions agree, the gaps of the upper line show the lower one.
_CLOSED_TO_OPEN = ("solid", "longdash", "longdashdot", "dash", "dashdot", "dot")


@dataclass(frozen=True, eq=False)
class NamedCurve:
    """A curve with the activation's key, which decides its look, and its name in the legend."""

    kind: str
    label: str
    curve: "Curve"


def activation_values(curves: Sequence[NamedCurve], x_title: str, y_title: str) -> go.Figure:
    """The functions over their inputs."""
    lines = [_line(named, rank, named.curve.x, named.curve.y) for rank, named in _open_ones_last(curves)]
    return go.Figure({"data": lines, "layout": _graph(len(curves), x_title, y_title)})


def activation_slopes(curves: Sequence[NamedCurve], x_title: str, y_title: str) -> go.Figure:
    """The derivatives. At a jump the line breaks. The dot is the value that PyTorch uses."""
    traces = []
    for rank, named in _open_ones_last(curves):
        curve = named.curve
        after = [jump + 1 for jump in curve.jumps]
        x = np.insert(curve.x, after, np.nan)
        slope = np.insert(curve.slope, after, np.nan)
        traces.append(_line(named, rank, x, slope))
        if curve.jumps:
            traces.append(_ends(named))
    return go.Figure({"data": traces, "layout": _graph(len(curves), x_title, y_title)})


def _graph(lines: int, x_title: str, y_title: str) -> dict[str, Any]:
    """The layout of a graph with a legend below it."""
    axis = {"zeroline": True, "zerolinecolor": QUIET, "zerolinewidth": 1, "tickformat": "~g"}
    return {
        "height": 310 + below(lines),
        "margin": {"l": 10, "r": 10, "t": 20, "b": below(lines)},
        "hovermode": "x unified",
        "showlegend": True,  # of a single line too: its name says its parameters
        "legend": LEGEND | {"itemwidth": 50},
        "xaxis": {"title": x_title, "hoverformat": ".2f", **axis},
        "yaxis": {"title": y_title, **axis},
    }


def _open_ones_last(curves: Sequence[NamedCurve]) -> list[tuple[int, NamedCurve]]:
    """The curves in drawing order, each with its position in the legend."""
    return sorted(enumerate(curves), key=lambda item: _CLOSED_TO_OPEN.index(activation_look(item[1].kind)[1]))


# Traces are plain dicts: Plotly checks a dict once, but a trace object when it is made and again in its figure.
def _line(named: NamedCurve, rank: int, x: NDArray[np.float32], y: NDArray[np.float32]) -> dict[str, Any]:
    colour, dash = activation_look(named.kind)
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "name": named.label,
        "legendrank": rank + 1,
        "mode": "lines",
        "line": {"color": colour, "dash": dash, "width": 3},
        "hovertemplate": "%{y:.4f}",
    }


def _ends(named: NamedCurve) -> dict[str, Any]:
    """Both ends of every jump. The corner itself, whose slope is in use, is the one at a round number."""
    curve = named.curve
    at = [place for jump in curve.jumps for place in (jump, jump + 1)]
    colour = activation_look(named.kind)[0]
    return {
        "type": "scatter",
        "x": curve.x[at],
        "y": curve.slope[at],
        "mode": "markers",
        "marker": {
            "color": colour,
            "size": 8,
            "symbol": ["circle" if float(curve.x[place]).is_integer() else "circle-open" for place in at],
            "line": {"width": 2, "color": colour},
        },
        "showlegend": False,
        "hoverinfo": "skip",
    }


def times_as_long(
    ratios: Mapping[str, Sequence["Spread"]],
    functions: Sequence[str],
    *,
    axis_title: str,
    claim: tuple[float, str],
    same: str,
) -> go.Figure:
    """The time of each of `functions` divided by ReLU's time: medians, with bars from quartile to quartile.

    Args:
        ratios: what was measured (as the legend names it) → one spread for each function.
        functions: names along the axis.
        axis_title: what the numbers mean.
        claim: a number to compare with, and what to call it.
        same: what to call the line at 1.
    """
    rows = [
        _medians(name, spreads, functions, looks, offset=0.22 * (row - (len(ratios) - 1) / 2))
        for row, ((name, spreads), looks) in enumerate(zip(ratios.items(), _MEASURE_LOOKS, strict=False))
    ]
    furthest = max(claim[0], *(spread.high for spreads in ratios.values() for spread in spreads))
    tall = 62 * len(functions)
    layout = {
        "height": 165 + tall,
        "margin": {"l": 10, "r": 10, "t": 45, "b": 10},
        "legend": {"orientation": "h", "yanchor": "top", "y": -90 / (70 + tall), "x": 0},
        "xaxis": {"title": axis_title, "rangemode": "tozero", "ticksuffix": "×", "zeroline": False},
        "yaxis": {
            "tickvals": list(range(len(functions))),
            "ticktext": list(functions),
            "autorange": "reversed",
            "zeroline": False,
        },
        "shapes": [_upright(1.0, "solid"), _upright(claim[0], "dash")],
        # Above the drawing, where no point can be, each in a line of its own and written towards the middle.
        "annotations": [_above(1.0, same, 0, furthest), _above(*claim, 16, furthest)],
    }
    return go.Figure(rows, layout)


_MEASURE_LOOKS = (("circle", "#9b5de5"), ("diamond", "#2a9d6f"), ("square", "#d1495b"))


def _medians(
    name: str, spreads: Sequence["Spread"], functions: Sequence[str], looks: tuple[str, str], offset: float
) -> go.Scatter:
    """One point with its bar for each function, `offset` beside its place on the axis."""
    low, middle, high = (np.array([getattr(spread, part) for spread in spreads]) for part in ("low", "middle", "high"))
    symbol, colour = looks
    return go.Scatter(
        x=middle,
        y=np.arange(len(functions)) + offset,
        name=name,
        mode="markers",
        marker={"symbol": symbol, "size": 10, "color": colour},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": high - middle,
            "arrayminus": middle - low,
            "thickness": 2,
            "width": 5,
        },
        customdata=np.stack([low, high], axis=1),
        text=list(functions),
        hovertemplate=f"%{{text}}: %{{x:.2f}} (%{{customdata[0]:.2f}} – %{{customdata[1]:.2f}})<extra>{name}</extra>",
    )


def _upright(x: float, dash: str) -> dict[str, Any]:
    return {
        "type": "line",
        "x0": x,
        "x1": x,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "layer": "below",
        "line": {"color": QUIET, "dash": dash, "width": 2},
    }


def _above(x: float, text: str, shift: int, furthest: float) -> dict[str, Any]:
    return {
        "x": x,
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "yshift": shift,
        "xanchor": "right" if x > furthest / 2 else "left",
        "text": text,
        "showarrow": False,
    }
