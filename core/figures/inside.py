"""Charts of measurements inside networks: by layer, by epoch, and as histograms. Texts are already translated."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from core.figures.activations import activation_look
from core.figures.style import LEGEND, MARKERS, QUIET, below, percent_axis, percents, whole_axis
from core.training.records import Distribution, Histogram

_SYMBOLS = ("circle", "diamond", "square", "cross", "triangle-up", "star")
# From the first layer to the last, readable on white and on dark.
_FIRST, _LAST = (155, 93, 229), (224, 160, 40)


@dataclass(frozen=True)
class Line:
    """A line of a chart: name, look and values. None is a gap."""

    name: str
    colour: str
    dash: str
    symbol: str
    x: Sequence[float]
    y: Sequence[float | None]


def variant_line(variant: str, place: int, name: str, x: Sequence[float], y: Sequence[float | None]) -> Line:
    """A line with the look of the variant's activation. `place` chooses its symbol."""
    colour, dash = activation_look(variant)
    return Line(name, colour, dash, _SYMBOLS[place % len(_SYMBOLS)], x, y)


def layer_line(place: int, layers: int, name: str, x: Sequence[float], y: Sequence[float | None]) -> Line:
    """A line for a layer, coloured by its depth: `place` (counted from 0) of `layers`."""
    depth = place / max(1, layers - 1)
    colour = "rgb({}, {}, {})".format(
        *(round(first + depth * (last - first)) for first, last in zip(_FIRST, _LAST, strict=True))
    )
    return Line(name, colour, ("solid", "dash", "dot", "dashdot")[place % 4], _SYMBOLS[place % len(_SYMBOLS)], x, y)


def magnitudes(lines: Sequence[Line], x_title: str, y_title: str) -> go.Figure:
    """Positive values on a logarithmic axis. Zeros are gaps."""
    positive = [_trace(line, [value or None for value in line.y], "%{y:.2e}") for line in lines]
    return go.Figure({"data": positive, "layout": _layout(lines, x_title, y_title, {"type": "log", **_ticks(lines)})})


def shares(lines: Sequence[Line], x_title: str, y_title: str) -> go.Figure:
    """Shares (0..1) as percent."""
    traces = [_trace(line, percents(line.y), "%{y}") for line in lines]
    axis = percent_axis(-3, 103)
    return go.Figure({"data": traces, "layout": _layout(lines, x_title, y_title, axis)})


def _trace(line: Line, y: Sequence[float | None], hover: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": list(line.x),
        "y": list(y),
        "name": line.name,
        "mode": "lines+markers" if len(line.x) <= MARKERS else "lines",
        "line": {"color": line.colour, "dash": line.dash, "width": 2.5},
        "marker": {"symbol": line.symbol, "size": 8 if len(line.x) <= 20 else 5},
        "hovertemplate": hover,
    }


def _ticks(lines: Sequence[Line]) -> dict[str, Any]:
    """At most eight powers of ten, or plain numbers if all values are close to each other."""
    values = [value for line in lines for value in line.y if value]
    exponents = [math.log10(value) for value in (min(values), max(values))] if values else [0.0, 0.0]
    decades = exponents[1] - exponents[0]
    if decades < 2:
        return {"tickformat": ".2~g", "nticks": 6}
    return {"exponentformat": "power", "dtick": 1 + int(decades) // 8}


def _layout(lines: Sequence[Line], x_title: str, y_title: str, axis: dict[str, Any]) -> dict[str, Any]:
    furthest = max((x for line in lines for x in line.x), default=0)
    return {
        "height": 270 + below(len(lines)),
        "margin": {"l": 10, "r": 10, "t": 20, "b": below(len(lines))},
        "hovermode": "x unified",
        "showlegend": True,
        "legend": LEGEND | {"itemwidth": 50},
        "xaxis": {"title": x_title, "zeroline": False, **whole_axis(furthest)},
        "yaxis": {"title": y_title, "zeroline": False, **axis},
    }


ROW_HEIGHT = 90  # pixels for the histograms of one layer


def distributions(
    layers: Sequence[tuple[str, Distribution]], colour: str, inputs_title: str, outputs_title: str
) -> go.Figure:
    """Histograms of the inputs (left) and outputs (right) of each named layer, from input to output."""
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {
        "height": 60 + ROW_HEIGHT * len(layers),
        "margin": {"l": 10, "r": 10, "t": 40, "b": 30},
        "showlegend": False,
        "bargap": 0,
        "annotations": [_heading(0.0, inputs_title), _heading(0.54, outputs_title)],
    }
    for row, (name, layer) in enumerate(layers):
        top = 1 - row / len(layers)
        domain = [top - 0.62 / len(layers), top - 0.04 / len(layers)]
        for column, histogram in enumerate((layer.inputs, layer.outputs)):
            axis = str(2 * row + column + 1)
            traces.append(_bars(histogram, axis, colour, name))
            layout[f"xaxis{axis}"] = {
                "domain": [0.0, 0.46] if column == 0 else [0.54, 1.0],
                "anchor": f"y{axis}",
                "zeroline": True,
                "zerolinecolor": QUIET,
                "nticks": 6,
            }
            title = {"text": name, "standoff": 4} if column == 0 else {}
            layout[f"yaxis{axis}"] = {
                "domain": domain,
                "anchor": f"x{axis}",
                "showticklabels": False,
                "showgrid": False,
                "title": title,
            }
    return go.Figure({"data": traces, "layout": layout}, skip_invalid=False)


def _bars(histogram: Histogram, axis: str, colour: str, name: str) -> dict[str, Any]:
    width = (histogram.high - histogram.low) / max(1, len(histogram.counts))
    total = max(1, sum(histogram.counts))
    return {
        "type": "bar",
        "x": [histogram.low + width * (place + 0.5) for place in range(len(histogram.counts))],
        "y": [100 * count / total for count in histogram.counts],
        "width": width,
        "marker": {"color": colour, "line": {"width": 0}},
        "xaxis": f"x{axis}",
        "yaxis": f"y{axis}",
        "name": name,
        "hovertemplate": "%{x:.3g}: %{y:.1f} %",
    }


def _heading(x: float, text: str) -> dict[str, Any]:
    return {
        "x": x, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom",
        "text": text, "showarrow": False, "yshift": 8, "font": {"size": 14},
    }  # fmt: skip
