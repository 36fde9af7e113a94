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
from core.figures.activations import QUIET, TRAIN_COLOR, VALIDATION_COLOR
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
    band: str | None = None,
) -> go.Figure:
    """All curves on one chart, with a mark at the best epoch of each. `best` is the name of the mark.

    With `band`, a name, the range of all curves is shaded behind them.
    """
    traces = _band(runs, band) if band else []
    for run, (colour, dash, symbol) in zip(runs, LOOKS, strict=False):
        few = len(run.xs) < 60
        traces.append(
            {
                "type": "scatter",
                "name": plain(run.name),
                "x": run.xs,
                "y": run.ys,
                "mode": "lines+markers" if few else "lines",
                "line": {"color": colour, "dash": dash, "width": 2.5},
                "marker": {"size": 5, "color": colour},
                "hovertemplate": "%{y:.1%}" if percent else "%{y:.4g}",
            }
        )
        if run.best:
            traces.append(
                {
                    "type": "scatter",
                    "name": best,
                    "x": [run.best[0]],
                    "y": [run.best[1]],
                    "mode": "markers",
                    "marker": {
                        "size": 15,
                        "symbol": symbol,
                        "color": colour,
                        "line": {"width": 1.5, "color": "#ffffff"},
                    },
                    "showlegend": False,
                    "hoverinfo": "skip",
                }
            )
    below = 56 + 22 * len(runs)  # a line of the legend for each: names may be long
    layout = {
        "height": 380 + below,
        "margin": {"l": 10, "r": 10, "t": 16, "b": below},
        "hovermode": "x unified",
        "showlegend": True,
        "legend": {"orientation": "v", "yref": "container", "yanchor": "bottom", "y": 0, "x": 0, "itemwidth": 50},
        "xaxis": {"title": x_title, "zeroline": False, "hoverformat": ".4~g"},
        "yaxis": {
            "title": y_title,
            "type": "log" if log else "linear",
            "zeroline": False,
            "tickformat": ".0%" if percent else "~g",
        },
    }
    return go.Figure({"data": traces, "layout": layout})


def _band(runs: Sequence[Overlaid], name: str) -> list[dict[str, Any]]:
    """The lowest and the highest curve at each point of the first one, and what is between them."""
    drawn = [run for run in runs if run.xs]
    if len(drawn) < 2:
        return []
    end = min(run.xs[-1] for run in drawn)
    xs = [x for x in drawn[0].xs if x <= end]
    ys = np.array([np.interp(xs, run.xs, run.ys) for run in drawn])
    shared = {"type": "scatter", "x": xs, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    low = shared | {"y": ys.min(0).tolist(), "showlegend": False}
    high = shared | {"y": ys.max(0).tolist(), "name": plain(name), "fill": "tonexty", "fillcolor": BAND_COLOR}
    return [low, high]


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
            "x": [0, 1],
            "y": [0, 1],
            "mode": "lines",
            "name": ideal,
            "line": {"color": QUIET, "dash": "dot", "width": 2},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "x": [one.confidence for one in bins],
            "y": [one.accuracy for one in bins],
            "customdata": [one.images for one in bins],
            "mode": "lines+markers",
            "name": y_title,
            "line": {"color": VALIDATION_COLOR, "dash": "dash", "width": 2.5},
            "marker": {"symbol": "diamond", "size": 9},
            "hovertemplate": f"%{{x:.1%}} → %{{y:.1%}}, %{{customdata}} {images}<extra></extra>",
        },
    ]
    axis = {"tickformat": ".0%", "zeroline": False}
    layout = {
        "height": 340,
        "margin": {"l": 10, "r": 10, "t": 16, "b": 80},
        "legend": {"orientation": "h", "yref": "container", "yanchor": "bottom", "y": 0, "x": 0},
        "xaxis": {"title": x_title, "range": [0, 1.03], **axis},
        "yaxis": {"title": y_title, "range": [0, 1.05], **axis},
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
        "margin": {"l": 10, "r": 10, "t": 16, "b": 90},
        "legend": {"orientation": "h", "yref": "container", "yanchor": "bottom", "y": 0, "x": 0},
        "xaxis": {"title": x_title, "type": "log", "exponentformat": "power", "dtick": 1},
        "yaxis": {"title": y_title, "range": [0, top], "zeroline": False},
    }
    return go.Figure({"data": traces, "layout": layout})
