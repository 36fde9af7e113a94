"""Line charts as SVG, which need no script and print well."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 680, 300
LEFT, RIGHT, TOP, BOTTOM = 62, 16, 34, 46  # room for the axes
TICKS = 5


@dataclass(frozen=True)
class Line:
    """A curve: name, points in order, colour and dashes."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    colour: str
    dashed: bool = False


def line_chart(title: str, lines: Sequence[Line], x_title: str, y_title: str, *, percent: bool = False) -> str:
    """A chart of all finite points, with a legend. Empty if there are none."""
    points = [(x, y) for line in lines for x, y in zip(line.xs, line.ys, strict=True) if math.isfinite(y)]
    if not points:
        return ""
    horizontal = _Axis.of([x for x, _ in points], LEFT, WIDTH - RIGHT)
    vertical = _Axis.of([y for _, y in points], HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}" '
        'xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="12">',
        *_grid(horizontal, vertical, percent),
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x_title)}</text>',
        f'<text x="14" y="{(TOP + HEIGHT - BOTTOM) / 2}" text-anchor="middle" '
        f'transform="rotate(-90 14 {(TOP + HEIGHT - BOTTOM) / 2})">{escape(y_title)}</text>',
        *(_curve(line, horizontal, vertical) for line in lines),
        *_legend(lines),
        "</svg>",
    ]
    return "\n".join(parts)


@dataclass(frozen=True)
class _Axis:
    """Converts values to pixels."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def of(cls, values: Sequence[float], start: float, end: float) -> "_Axis":
        low, high = min(values), max(values)
        return cls(low, high if high > low else low + 1, start, end)

    def place(self, value: float) -> float:
        return round(self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start), 1)

    def ticks(self) -> list[float]:
        """Round numbers within the axis."""
        rough = (self.high - self.low) / TICKS
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
        first = math.ceil(self.low / step)
        return [step * number for number in range(first, math.floor(self.high / step) + 1)]


def _grid(horizontal: _Axis, vertical: _Axis, percent: bool) -> list[str]:
    parts = []
    for value in vertical.ticks():
        y = vertical.place(value)
        text = f"{100 * value:.3g} %" if percent else f"{value:.4g}"
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="#dfe4ec"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{text}</text>')
    for value in horizontal.ticks():
        x = horizontal.place(value)
        parts.append(f'<text x="{x}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{value:g}</text>')
    return parts


def _curve(line: Line, horizontal: _Axis, vertical: _Axis) -> str:
    """A line through all finite points."""
    points = [
        f"{horizontal.place(x)},{vertical.place(y)}" for x, y in zip(line.xs, line.ys, strict=True) if math.isfinite(y)
    ]
    if len(points) == 1:
        x, y = points[0].split(",")
        return f'<circle cx="{x}" cy="{y}" r="4" fill="{line.colour}"/>'
    return f'<polyline points="{" ".join(points)}" fill="none" {_stroke(line)}/>'


def _stroke(line: Line) -> str:
    return f'stroke="{line.colour}" stroke-width="2"' + (' stroke-dasharray="6 4"' if line.dashed else "")


def _legend(lines: Sequence[Line]) -> list[str]:
    parts = []
    for place, line in enumerate(lines):
        x = LEFT + 170 * place
        parts.append(f'<line x1="{x}" x2="{x + 26}" y1="14" y2="14" {_stroke(line)}/>')
        parts.append(f'<text x="{x + 32}" y="18">{escape(line.name)}</text>')
    return parts
