"""Charts of the page Data: plain data in, Plotly figures out. Texts come in already translated."""

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.style import LEGEND, PERCENT, QUIET, TRAIN_COLOR, VALIDATION_COLOR, below
from core.figures.text import plain

_COLOURS = (("#d1495b", "solid"), ("#2a9d6f", "dash"), ("#2f6fde", "dot"))  # red, green and blue, also without colour
_CLASSES = (("#2f6fde", "circle"), ("#e0761a", "square"))  # of points, as where networks learn them
_GREY = ("#7a8793", "solid")


def class_bars(
    classes: Sequence[str],
    train: Sequence[int],
    validation: Sequence[int],
    *,
    train_name: str,
    validation_name: str,
    axis_title: str,
) -> go.Figure:
    """Images of each class: training solid, validation hatched."""
    names = [plain(name) for name in classes]
    shared = {"y": names, "orientation": "h", "hovertemplate": "%{y}: %{x:,}"}
    bars = [
        go.Bar(x=list(train), name=train_name, marker={"color": TRAIN_COLOR}, **shared),
        go.Bar(
            x=list(validation),
            name=validation_name,
            marker={"color": VALIDATION_COLOR, "pattern": {"shape": "/", "solidity": 0.35}},
            **shared,
        ),
    ]
    layout = {
        "barmode": "stack",
        "height": 20 + below(2) + 26 * max(3, len(classes)),
        "margin": {"l": 10, "r": 10, "t": 20, "b": below(2)},
        "legend": LEGEND | {"traceorder": "normal"},
        "xaxis": {"title": axis_title},
        # By place: two classes may have the same name when it is cut short.
        "yaxis": {"autorange": "reversed", "type": "category", "automargin": True},
    }
    return go.Figure(bars, layout)


def histogram(
    counts: NDArray[np.int64], values: NDArray[np.float64], channels: Sequence[str], x_title: str, y_title: str
) -> go.Figure:
    """How often each of 256 pixel values occurs: `counts` and `values` are [C, 256], one line for each colour.

    The axis is logarithmic: black backgrounds hold most pixels, and nothing is cut. A value that never occurs is drawn
    at the bottom, at half a pixel.
    """
    shares = 100 * counts / counts.sum(1, keepdims=True)
    floor = 50 / float(counts.sum(1).max())
    looks = _COLOURS if len(counts) == 3 else (_GREY,)
    lines = [
        go.Scatter(
            x=x,
            y=np.maximum(row, floor),
            customdata=row,
            name=name,
            mode="lines",
            line={"color": colour, "dash": dash, "width": 2, "shape": "hvh"},
            fill="tozeroy" if len(counts) == 1 else None,
            hovertemplate="%{customdata:.3~g} %",
        )
        for row, x, name, (colour, dash) in zip(shares, values, channels, looks, strict=False)
    ]
    layout = {
        "height": 230 + below(len(counts)),
        "margin": {"l": 10, "r": 10, "t": 20, "b": below(len(counts))},
        "showlegend": len(counts) > 1,
        "legend": LEGEND,
        "hovermode": "x unified",
        "xaxis": {"title": x_title, "hoverformat": ".3f", "zeroline": True, "zerolinecolor": QUIET},
        "yaxis": {
            "title": y_title,
            "type": "log",
            "dtick": 1,
            "tickformat": "~g",
            "ticksuffix": PERCENT,
            "range": [math.log10(floor), math.log10(150)],
        },
    }
    return go.Figure(lines, layout)


def plane(
    places: NDArray[np.float32],
    labels: NDArray[np.int64],
    chosen: NDArray[np.int64],
    classes: Sequence[str],
    other_name: str,
) -> go.Figure:
    """Points in the plane, [N, 2]: those at the positions `chosen` by class, circles and squares, all others pale."""
    others = np.ones(len(labels), bool)
    others[chosen] = False
    pale = {"color": QUIET, "size": 5, "opacity": 0.6}
    traces = [go.Scatter(x=places[others, 0], y=places[others, 1], name=other_name, mode="markers", marker=pale)]
    for label, (name, (colour, symbol)) in enumerate(zip(classes, _CLASSES, strict=False)):
        x, y = places[chosen[labels[chosen] == label]].T
        marker = {"color": colour, "symbol": symbol, "size": 9, "line": {"color": "white", "width": 1}}
        traces.append(go.Scatter(x=x, y=y, name=plain(name), mode="markers", marker=marker))
    for trace in traces:
        trace.hovertemplate = "%{x:.2f}, %{y:.2f}"
    axis = {"range": [-1.25, 1.25], "zeroline": True, "zerolinecolor": QUIET}
    layout = {
        "height": 460,
        "margin": {"l": 10, "r": 10, "t": 30, "b": 10},
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1, "x": 0},
        "xaxis": {**axis, "title": "x"},
        "yaxis": {**axis, "title": "y", "scaleanchor": "x", "constrain": "domain"},
    }
    return go.Figure(traces, layout)
