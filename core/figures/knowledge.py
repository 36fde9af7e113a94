"""Charts of what a network borrows from ImageNet. Plain data in, Plotly figures out; texts are already translated."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.evaluation.knowledge import Floats, Integers, Mask
from core.figures.runs import LOOKS
from core.figures.style import LEGEND, PERCENT, QUIET, below
from core.figures.text import plain

_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "pentagon", "hexagon")
_ROW = 26  # pixels for a name


def concept_flow(
    classes: Sequence[str], names: Sequence[Sequence[str]], strengths: Sequence[Sequence[float]], *, dark: bool
) -> go.Figure:
    """A Sankey diagram from each class to the concepts that fire for it.

    Args:
        classes: On the left.
        names: The concepts of each class, on the right; a concept of several classes stands there once.
        strengths: How much each of them fires, 0..1.
        dark: Whether the page is: names lie on the bands, where the theme's grey can't be read.
    """
    concepts = list(dict.fromkeys(name for row in names for name in row))
    colours = [LOOKS[place % len(LOOKS)][0] for place in range(len(classes))]
    flows = [
        (place, len(classes) + concepts.index(name), 100 * strength)
        for place, (row, shares) in enumerate(zip(names, strengths, strict=True))
        for name, strength in zip(row, shares, strict=True)
    ]
    sources, targets, values = zip(*flows, strict=True)
    sankey = {
        "type": "sankey",
        "valueformat": ".1f",
        "valuesuffix": PERCENT,
        "textfont": {"size": 13, "color": "#e6eaf0" if dark else "#1c2430", "shadow": "none"},
        "node": {
            "label": [plain(name) for name in (*classes, *concepts)],
            "color": [*colours, *(QUIET for _concept in concepts)],
            "pad": 12,
            "thickness": 14,
            "line": {"width": 0},
            "hovertemplate": "%{label}: %{value}<extra></extra>",
        },
        "link": {
            "source": sources,
            "target": targets,
            "value": values,
            "color": [_pale(colours[source]) for source in sources],
            "hovertemplate": "%{source.label} → %{target.label}: %{value}<extra></extra>",
        },
    }
    layout = {"height": 60 + _ROW * max(8, len(concepts)), "margin": {"l": 10, "r": 10, "t": 16, "b": 16}}
    return go.Figure({"data": [sankey], "layout": layout})


def feature_map(
    places: Floats, labels: Integers, odd: Mask, classes: Sequence[str], odd_name: str, texts: Sequence[str]
) -> go.Figure:
    """Images as points of the plane [N, 2] by class, each with its row as `customdata`; rings around the odd ones.

    Args:
        odd_name: What the rings are called in the legend.
        texts: What is shown where a point is pointed at, one for each image.
    """
    rows = np.arange(len(labels))
    traces = []
    for label, name in enumerate(classes):
        marker = {
            "symbol": _SYMBOLS[label % len(_SYMBOLS)],
            "size": 9,
            "color": LOOKS[label % len(LOOKS)][0],
            "line": {"width": 0.5, "color": "white"},
        }
        traces.append(_points(places, rows[labels == label], plain(name), marker, texts))
    if odd.any():  # above all points, or some would hide
        ring = {"symbol": "circle-open", "size": 19, "color": "#d11a2a", "line": {"width": 2.5}}
        traces.append(_points(places, rows[odd], odd_name, ring, texts))
    under = below(len(traces))
    axis = {"showticklabels": False, "zeroline": False}
    layout = {
        "height": 440 + under,
        "margin": {"l": 10, "r": 10, "t": 16, "b": under},
        "legend": LEGEND,
        "xaxis": axis,
        "yaxis": axis,
        "clickmode": "event+select",
    }
    return go.Figure({"data": traces, "layout": layout})


def _points(
    places: Floats, rows: Integers, name: str, marker: dict[str, object], texts: Sequence[str]
) -> dict[str, object]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": places[rows, 0].tolist(),
        "y": places[rows, 1].tolist(),
        "customdata": rows.tolist(),
        "text": [plain(texts[row]) for row in rows],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": marker,
    }


def _pale(colour: str) -> str:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, 0.35)"
