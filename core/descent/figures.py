"""Surfaces in three dimensions: plain data in, a Plotly figure out. Texts come in already translated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from core.descent.surfaces import Range

if TYPE_CHECKING:  # drawing needs no torch
    from core.descent.walk import Grid, Walk


@dataclass(frozen=True)
class NamedWalk:
    """A walk with its name in the legend and its colour."""

    name: str
    color: str
    walk: "Walk"


def surface_figure(ground: "Grid", walks: Sequence[NamedWalk], titles: tuple[str, str, str]) -> go.Figure:
    """The surface with the walks on it. What leaves the ground's edges isn't drawn.

    Args:
        ground: the heights.
        walks: who walked; with one walk alone there is no legend.
        titles: of the two parameters' axes and of the height's.
    """
    figure = go.Figure(
        go.Surface(
            x=ground.xs,
            y=ground.ys,
            z=ground.heights,
            colorscale=[[0, "#dfe8f7"], [1, "#7a8793"]],
            showscale=False,
            opacity=0.85,
            hoverinfo="skip",
            contours={"z": {"show": True, "color": "#7a8793", "width": 1}},
        )
    )
    for named in walks:
        figure.add_trace(_path(named, ground))
    names = ("xaxis", "yaxis", "zaxis")
    figure.update_layout(
        height=460,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        showlegend=len(walks) > 1,
        legend={"orientation": "h", "x": 0, "y": 0},
        scene={name: {"title": {"text": title}} for name, title in zip(names, titles, strict=True)}
        | {"camera": {"eye": {"x": 1.5, "y": -1.5, "z": 0.9}}, "aspectmode": "cube"},
    )
    return figure


def _path(named: NamedWalk, ground: "Grid") -> go.Scatter3d:
    edges = [(values[0], values[-1]) for values in (ground.xs, ground.ys)]
    points = [
        (*point, loss) if all(_inside(at, edge) for at, edge in zip(point, edges, strict=True)) else (None, None, None)
        for point, loss in zip(named.walk.points, named.walk.losses, strict=True)
    ]
    x, y, z = zip(*points, strict=True)
    return go.Scatter3d(
        x=x,
        y=y,
        z=z,
        name=named.name,
        mode="lines+markers",
        line={"color": named.color, "width": 5},
        marker={"color": named.color, "size": 3},
    )


def _inside(value: float, edge: Range) -> bool:
    return edge[0] <= value <= edge[1]
