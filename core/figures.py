"""Charts that don't move: plain data in, Plotly figures out. Texts come in already translated.

Colours must read on white and on the dark theme's background alike, and never carry a meaning alone: a line also has
its own dashes, a point its own symbol.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

if TYPE_CHECKING:  # data only: drawing needs no torch
    from core.models.activation_curves import Curve
    from core.models.activation_speed import Spread

TRAIN_COLOR = "#2f6fde"
VALIDATION_COLOR = "#e0761a"
QUIET = "rgba(128, 136, 150, 0.45)"  # axes and reference lines, on white and on dark

# Activation function → colour and dashes, wherever it is drawn. Training's blue and validation's orange stay free.
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
# Later ones are drawn over earlier ones: where two functions agree, the gaps of the upper line show the lower one.
_CLOSED_TO_OPEN = ("solid", "longdash", "longdashdot", "dash", "dashdot", "dot")


@dataclass(frozen=True, eq=False)
class NamedCurve:
    """A curve with the activation's key, which decides its looks, and its name in the legend."""

    kind: str
    label: str
    curve: "Curve"


def activation_values(curves: Sequence[NamedCurve], x_title: str, y_title: str) -> go.Figure:
    """The functions themselves over their inputs."""
    figure = _graph(len(curves), x_title, y_title)
    for rank, named in _open_ones_last(curves):
        figure.add_trace(_line(named, rank, named.curve.x, named.curve.y))
    return figure


def activation_slopes(curves: Sequence[NamedCurve], x_title: str, y_title: str) -> go.Figure:
    """Their derivatives. At a jump the line breaks: the dot is the value in use, the ring the end of the other."""
    figure = _graph(len(curves), x_title, y_title)
    for rank, named in _open_ones_last(curves):
        curve = named.curve
        after = [i + 1 for i in curve.jumps]
        x = np.insert(curve.x, after, np.nan)
        slope = np.insert(curve.slope, after, np.nan)
        figure.add_trace(_line(named, rank, x, slope))
        for i in curve.jumps:
            figure.add_trace(_ends(named, i))
    return figure


def _graph(lines: int, x_title: str, y_title: str) -> go.Figure:
    figure = go.Figure()
    below = 60 + 20 * math.ceil(lines / 2)  # pixels for the axis title and a legend of two columns, as on a phone
    axis = {"zeroline": True, "zerolinecolor": QUIET, "zerolinewidth": 1, "tickformat": "~g"}
    figure.update_layout(
        height=310 + below,
        margin={"l": 10, "r": 10, "t": 20, "b": below},
        hovermode="x unified",
        legend={"orientation": "h", "yref": "container", "yanchor": "bottom", "y": 0, "x": 0, "itemwidth": 50},
        xaxis={"title": x_title, "hoverformat": ".2f", **axis},
        yaxis={"title": y_title, **axis},
    )
    return figure


def _open_ones_last(curves: Sequence[NamedCurve]) -> list[tuple[int, NamedCurve]]:
    """The curves in drawing order, each with its place in the legend."""
    return sorted(enumerate(curves), key=lambda item: _CLOSED_TO_OPEN.index(ACTIVATION_LINES[item[1].kind][1]))


def _line(named: NamedCurve, rank: int, x: NDArray[np.float32], y: NDArray[np.float32]) -> go.Scatter:
    colour, dash = ACTIVATION_LINES[named.kind]
    return go.Scatter(
        x=x,
        y=y,
        name=named.label,
        legendrank=rank + 1,
        mode="lines",
        line={"color": colour, "dash": dash, "width": 3},
        hovertemplate="%{y:.4f}",
    )


def _ends(named: NamedCurve, jump: int) -> go.Scatter:
    """The two ends of a jump. The corner is whichever neighbour has the rounder place."""
    curve = named.curve
    at = [jump, jump + 1]
    in_use = [float(curve.x[i]).is_integer() for i in at]
    colour = ACTIVATION_LINES[named.kind][0]
    return go.Scatter(
        x=curve.x[at],
        y=curve.slope[at],
        mode="markers",
        marker={
            "color": colour,
            "size": 8,
            "symbol": ["circle" if used else "circle-open" for used in in_use],
            "line": {"width": 2, "color": colour},
        },
        showlegend=False,
        hoverinfo="skip",
    )


def times_as_long(
    ratios: Mapping[str, Sequence["Spread"]],
    functions: Sequence[str],
    *,
    axis_title: str,
    claim: tuple[float, str],
    same: str,
) -> go.Figure:
    """How many times as long as ReLU each of `functions` takes: medians, with bars from quartile to quartile.

    Args:
        ratios: what was measured (as the legend names it) → one spread for each function.
        functions: names along the axis.
        axis_title: what the numbers mean.
        claim: a number to compare with, and what to call it.
        same: what to call the line at 1.
    """
    figure = go.Figure()
    looks = (("circle", "#9b5de5"), ("diamond", "#2a9d6f"), ("square", "#d1495b"))
    places = np.arange(len(functions))
    for row, (name, spreads) in enumerate(ratios.items()):
        symbol, colour = looks[row % len(looks)]
        middle = np.array([spread.middle for spread in spreads])
        low = np.array([spread.low for spread in spreads])
        high = np.array([spread.high for spread in spreads])
        figure.add_trace(
            go.Scatter(
                x=middle,
                y=places + 0.22 * (row - (len(ratios) - 1) / 2),
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
                customdata=np.stack([low, high, middle], axis=1),
                text=list(functions),
                hovertemplate="%{text}: %{x:.2f} (%{customdata[0]:.2f} – %{customdata[1]:.2f})"
                + f"<extra>{name}</extra>",
            )
        )
    furthest = max(claim[0], *(spread.high for spreads in ratios.values() for spread in spreads))
    for value, label, dash in ((1.0, same, "solid"), (claim[0], claim[1], "dash")):
        figure.add_vline(x=value, line={"color": QUIET, "dash": dash, "width": 2})
        # Above the drawing, where no point can be, each in a line of its own and towards the middle.
        figure.add_annotation(
            x=value,
            y=1,
            yref="paper",
            yanchor="bottom",
            yshift=16 if label == claim[1] else 0,
            xanchor="right" if value > furthest / 2 else "left",
            text=label,
            showarrow=False,
        )
    figure.update_layout(
        height=150 + 62 * len(functions),
        margin={"l": 10, "r": 10, "t": 45, "b": 10},
        legend={"orientation": "h", "yanchor": "top", "y": -90 / (70 + 62 * len(functions)), "x": 0},
        xaxis={"title": axis_title, "rangemode": "tozero", "ticksuffix": "×", "zeroline": False},
        yaxis={"tickvals": places, "ticktext": list(functions), "autorange": "reversed", "zeroline": False},
    )
    return figure
