"""The plane of the data set `points`: pictures of single points, and the grid that a boundary is drawn on."""

import torch

REACH = 1.25  # the plane is drawn from -REACH to REACH in both directions
GRID = 48  # places across a picture of the boundary
_SIDE = 48  # pixels of the picture of a point
_RADIUS = 3.5  # pixels
_PAPER, _LINE, _INK = 245.0, 205.0, 30.0


def pictures(places: torch.Tensor) -> torch.Tensor:
    """A picture of the plane with its axes and one point, for each of `places`, float32 [B, 2].

    Returns uint8 [B, 1, 48, 48]. A point beyond the edge is drawn at the edge.
    """
    edge = REACH * (1 - 2 * _RADIUS / _SIDE)
    inside = places.clamp(-edge, edge)
    columns, rows = _centres(_SIDE), -_centres(_SIDE)
    across, up = columns - inside[:, :1], rows - inside[:, 1:]
    pixels = torch.hypot(across[:, None, :], up[:, :, None]) / (2 * REACH / _SIDE)
    ink = (_RADIUS + 0.5 - pixels).clamp(0, 1)
    paper = torch.full((_SIDE, _SIDE), _PAPER)
    paper[_SIDE // 2] = paper[:, _SIDE // 2] = _LINE
    return (paper * (1 - ink) + _INK * ink).round().to(torch.uint8).unsqueeze(1)


def grid() -> torch.Tensor:
    """Evenly spread places, float32 [48 · 48, 2], row by row from the upper left."""
    rows, columns = torch.meshgrid(-_centres(GRID), _centres(GRID), indexing="ij")
    return torch.stack([columns, rows], dim=-1).view(-1, 2)


def _centres(number: int) -> torch.Tensor:
    """The middles of `number` equal pieces of the plane's width."""
    return REACH * ((2 * torch.arange(number) + 1) / number - 1)
