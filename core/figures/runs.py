"""Charts of the page Runs: several runs on one chart, calibration, and the search for a learning rate.

Plain data in, Plotly figures out; texts come in already translated. A run is told from others by dashes and by the
symbol of its best epoch as well as by colour; blue and orange stay training's and validation's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.evaluation.results import Bin
from core.figures.style import (
    LEGEND,
    MARKERS,
    NUMBER,
    PERCENT,
    QUIET,
    TRAIN_COLOR,
    VALIDATION_COLOR,
    below,
    percent_axis,
    percents,
    whole_axis,
)
from core.figures.text import plain
from core.training.lr_finder import Search, smoothed

BAND_COLOR = "rgba(122, 135, 147, 0.25)"
LOOKS = (
    ("#d1495b", "solid", "star"),
    ("#2a9d6f", "dash", "diamond"),
    ("#9b5de5", "dot", "square"),
    ("#b07d0f", "dashdot", "triangle-up"),
    ("#0e93a0", "longdash", "circle"),
    ("#c2479d", "longdashdot", "cross"),
    ("#a5673f", "solid", "hexagon"),
    ("#7a8793", "dash", "pentagon"),
)


@dataclass(frozen=True, eq=False)
class Overlaid:
    """The curve of a run: name, points, and the point of its best epoch."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    best: tuple[float, float] | None = None


def overlay(
    runs: Sequence[Overlaid],
    x_title: str,
    y_title: str,
    best: str,
    *,
    log: bool,
    percent: bool,
    whole: bool = False,
    band: str | None = None,
) -> go.Figure:
    """All curves on one chart, with a mark at the best epoch of each. `best` is the name of the mark.

    `whole` is for an axis of whole numbers, such as epochs; `percent` for shares (0..1). With `band`, a name, the range
    of all curves is shaded behind them.
    """
    traces = _band(runs, band, percent=percent) if band else []
    for run, look in zip(runs, LOOKS, strict=False):
        traces.append(_curve(run, look, x_title, percent=percent))
        if run.best:
            traces.append(_star(run.best, look, best, percent=percent))
    end = max((run.xs[-1] for run in runs if run.xs), default=0)
    under = 56 + 22 * len(runs)  # a line of the legend for each: names may be long
    layout = {
        "height": 380 + under,
        "margin": {"l": 10, "r": 10, "t": 16, "b": under},
        "hovermode": "x unified",
        "showlegend": True,
        "legend": LEGEND | {"orientation": "v", "itemwidth": 50},
        "xaxis": {"title": x_title, "zeroline": False, "hoverformat": ",.4~g", **(whole_axis(end) if whole else {})},
        "yaxis": {
            "title": y_title,
            "type": "log" if log else "linear",
            "zeroline": False,
            **(percent_axis() if percent else {"tickformat": "~g", "hoverformat": NUMBER}),
        },
    }
    return go.Figure({"data": traces, "layout": layout})


def _curve(run: Overlaid, look: tuple[str, str, str], x_title: str, *, percent: bool) -> dict[str, Any]:
    colour, dash, _symbol = look
    return {
        "type": "scatter",
        "name": plain(run.name),
        "x": run.xs,
        "y": percents(run.ys) if percent else run.ys,
        "mode": "lines+markers" if len(run.xs) < MARKERS else "lines",
        "line": {"color": colour, "dash": dash, "width": 2.5},
        "marker": {"size": 5, "color": colour},
        "hovertemplate": f"{plain(run.name)}, {x_title} %{{x}}: %{{y}}<extra></extra>",
    }


def _star(place: tuple[float, float], look: tuple[str, str, str], name: str, *, percent: bool) -> dict[str, Any]:
    """The mark at a run's best epoch."""
    colour, _dash, symbol = look
    return {
        "type": "scatter",
        "name": name,
        "x": [place[0]],
        "y": percents([place[1]]) if percent else [place[1]],
        "mode": "markers",
        "marker": {"size": 15, "symbol": symbol, "color": colour, "line": {"width": 1.5, "color": "#ffffff"}},
        "showlegend": False,
        "hoverinfo": "skip",
    }


def _band(runs: Sequence[Overlaid], name: str, *, percent: bool) -> list[dict[str, Any]]:
    """The lowest and the highest curve at each point of the first one, and what is between them."""
    drawn = [run for run in runs if run.xs]
    if len(drawn) < 2:
        return []
    end = min(run.xs[-1] for run in drawn)
    xs = [x for x in drawn[0].xs if x <= end]
    ys = (100 if percent else 1) * np.array([np.interp(xs, run.xs, run.ys) for run in drawn])
    shared = {"type": "scatter", "x": xs, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    low = shared | {"y": ys.min(0).tolist(), "showlegend": False}
    high = shared | {"y": ys.max(0).tolist(), "name": plain(name), "fill": "tonexty", "fillcolor": BAND_COLOR}
    return [low, high]


def learning_curve(images: Sequence[int], accuracies: Sequence[float], x_title: str, y_title: str) -> go.Figure:
    """Accuracy (0..1) by the number of images to learn from, in ascending order, on a logarithmic axis."""
    trace = {
        "type": "scatter",
        "x": list(images),
        "y": percents(accuracies),
        "mode": "lines+markers+text",
        "text": [f"{100 * accuracy:.1f}{PERCENT}" for accuracy in accuracies],
        "textposition": "top center",
        "cliponaxis": False,
        "line": {"color": VALIDATION_COLOR, "width": 2.5},
        "marker": {"size": 9, "color": VALIDATION_COLOR},
        "hovertemplate": "%{x}: %{y}<extra></extra>",
    }
    reach = [np.log10(images[0]) - 0.1, np.log10(images[-1]) + 0.1]  # room for the numbers at both ends
    layout = {
        "height": 320,
        "margin": {"l": 10, "r": 10, "t": 24, "b": 50},
        "showlegend": False,
        "xaxis": {"title": x_title, "type": "log", "tickvals": list(images), "zeroline": False, "range": reach},
        "yaxis": {"title": y_title, "zeroline": False, **percent_axis()},
    }
    return go.Figure({"data": [trace], "layout": layout})


def smooth(values: Sequence[float], share: float) -> list[float]:
    """The running average, which keeps `share` (0 to below 1) of the last average. Corrected for its start."""
    if not share:
        return list(values)
    averaged, average, weight = [], 0.0, 0.0
    for value in values:
        average = share * average + (1 - share) * value
        weight = share * weight + (1 - share)
        averaged.append(average / weight)
    return averaged


def calibration_chart(bins: Sequence[Bin], x_title: str, y_title: str, ideal: str, images: str) -> go.Figure:
    """Accuracy over confidence. Below the diagonal the network is more confident than it should be."""
    traces = [
        {
            "type": "scatter",
            "x": [0, 100],
            "y": [0, 100],
            "mode": "lines",
            "name": ideal,
            "line": {"color": QUIET, "dash": "dot", "width": 2},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "x": percents([one.confidence for one in bins]),
            "y": percents([one.accuracy for one in bins]),
            "customdata": [one.images for one in bins],
            "mode": "lines+markers",
            "name": y_title,
            "line": {"color": VALIDATION_COLOR, "dash": "dash", "width": 2.5},
            "marker": {"symbol": "diamond", "size": 9},
            "hovertemplate": f"%{{x}} → %{{y}}, %{{customdata:,}} {images}<extra></extra>",
        },
    ]
    layout = {
        "height": 340,
        "margin": {"l": 10, "r": 10, "t": 16, "b": below(2)},
        "legend": LEGEND,
        "xaxis": {"title": x_title, "zeroline": False, **percent_axis(0, 103)},
        "yaxis": {"title": y_title, "zeroline": False, **percent_axis(0, 105)},
    }
    return go.Figure({"data": traces, "layout": layout})


def learning_rates(found: Search, x_title: str, y_title: str, average: str, suggested: str) -> go.Figure:
    """Loss over learning rate, its average, and the suggestion."""
    curve: NDArray[np.float64] = smoothed(found.losses)
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": found.rates,
            "y": found.losses,
            "mode": "markers",
            "name": y_title,
            "marker": {"color": TRAIN_COLOR, "size": 4, "opacity": 0.45},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "x": found.rates,
            "y": curve,
            "mode": "lines",
            "name": average,
            "line": {"color": TRAIN_COLOR, "width": 3},
            "hovertemplate": "%{x:.2g}: %{y:.3g}<extra></extra>",
        },
    ]
    if found.suggestion is not None:
        at = int(np.abs(np.log(found.rates) - np.log(found.suggestion)).argmin())
        traces.append(
            {
                "type": "scatter",
                "x": [found.suggestion],
                "y": [curve[at]],
                "mode": "markers",
                "name": suggested,
                "marker": {"symbol": "star", "size": 16, "color": VALIDATION_COLOR},
                "hovertemplate": "%{x:.2g}<extra></extra>",
            }
        )
    top = 1.15 * max(found.losses[0], float(curve.max()))
    layout = {
        "height": 340,
        "margin": {"l": 10, "r": 10, "t": 16, "b": below(3)},
        "legend": LEGEND,
        "xaxis": {"title": x_title, "type": "log", "exponentformat": "power", "dtick": 1},
        "yaxis": {"title": y_title, "range": [0, top], "zeroline": False},
    }
    return go.Figure({"data": traces, "layout": layout})
