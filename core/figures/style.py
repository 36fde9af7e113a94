"""The style of all charts, still and live. The live chart's script reads these very values (`LIVE`).

Colours must read on white and on the dark theme's background alike, and never carry a meaning alone.
"""

from collections.abc import Sequence
from math import ceil
from typing import Any

TRAIN_COLOR = "#2f6fde"
VALIDATION_COLOR = "#e0761a"
QUIET = "rgba(128, 136, 150, 0.45)"  # axes and reference lines, on white and on dark

# Below the chart: there it covers no line, and on a phone it may have several rows.
LEGEND: dict[str, Any] = {"orientation": "h", "yref": "container", "yanchor": "bottom", "y": 0, "x": 0}
BELOW, LEGEND_ROW, LEGEND_COLUMNS = 60, 20, 2  # pixels for the x axis and its title, and of each row of the legend
NUMBER, SHARE = ".4~g", ".1f"  # of d3-format: at most four significant digits; a percent has one decimal
PERCENT = " %"  # behind a share, as everywhere in the app
MARKERS = 60  # points of a curve that have markers


def below(lines: int) -> int:
    """Pixels below a chart for the axis, its title and a legend of so many lines."""
    return BELOW + LEGEND_ROW * ceil(lines / LEGEND_COLUMNS)


def percents(shares: Sequence[float | None]) -> list[float | None]:
    """Shares (0..1) as percent, for an axis with the suffix `PERCENT`."""
    return [None if share is None else 100 * share for share in shares]


def percent_axis(low: float | None = None, high: float | None = None) -> dict[str, Any]:
    """An axis of percent, such as 90 %. With both ends it has this range."""
    ends = {} if low is None or high is None else {"range": [low, high]}
    return {"tickformat": "~g", "ticksuffix": PERCENT, "hoverformat": SHARE, **ends}


def whole_axis(end: float) -> dict[str, Any]:
    """An axis of whole numbers up to `end`, such as epochs: ticks 1, 2 or 5 times a power of ten apart, ten at most."""
    power = 10 ** max(0, len(str(int(end))) - 2)
    step = next(times * power for times in (1, 2, 5, 10) if end / (times * power) <= 10)
    return {"tick0": 0, "dtick": step, "tickformat": ",d"}


LIVE = {
    "legend": LEGEND,
    "below": BELOW,
    "legendRow": LEGEND_ROW,
    "legendColumns": LEGEND_COLUMNS,
    "number": NUMBER,
    "share": SHARE,
    "percent": PERCENT,
    "markers": MARKERS,
}
