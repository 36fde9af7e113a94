"""A chart that grows during training without flicker.

Each call sends the browser only the points that it doesn't hold yet, so an update costs the same at step 100 and at
step 100,000, and zoom and legend stay as the reader left them. The scripts in `live_chart.js/` are the other half.

A page calls it at each tick of a fragment:

    @st.fragment(run_every=0.5)
    def watch(run: Run) -> None:
        live_chart(loss_chart(), store.losses_since(run), stream=f"{run.id}/{run.attempt}", key="loss")
"""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Literal, TypeVar

import streamlit as st

from core.figures.style import LIVE, TRAIN_COLOR, VALIDATION_COLOR
from pages.components.shell.i18n import _
from pages.components.widgets import assets

BASELINE_COLOR = "#7a8793"
GHOST_COLOR = "#8a94a3"
X_DIGITS, Y_DIGITS = 12, 6  # significant digits on the way to the browser
REMEMBERED = 32  # updates that may be on their way before a browser needs all points again

Cursor = TypeVar("Cursor")
# The x values and the y values of one trace. A y that is None, infinite or NaN is a gap in the line.
Curve = tuple[Sequence[float], Sequence[float | None]]
# Given a cursor (None: the beginning), what came after it: one curve for each trace of the chart, in their order, and
# the cursor for the next call. Points are only ever appended.
PointsSince = Callable[[Cursor | None], tuple[Sequence[Curve], Cursor]]


@dataclass(frozen=True)
class Trace:
    """One curve: its name in the legend and its look. Colour is never the only signal: vary `dash` or `symbol` too."""

    name: str
    color: str
    dash: Literal["solid", "dash", "dot", "dashdot"] = "solid"
    mode: Literal["lines", "markers", "lines+markers"] = "lines"
    width: float = 2.0  # pixels
    symbol: Literal["circle", "diamond", "square", "cross"] = "circle"


def training(name: str, *, markers: bool = False) -> Trace:
    """The curve of training: blue and solid. `markers` for few points, such as one an epoch."""
    return Trace(name, TRAIN_COLOR, mode="lines+markers" if markers else "lines")


def validation(name: str, *, markers: bool = True) -> Trace:
    """The curve of validation: orange, dashed, diamonds."""
    return Trace(name, VALIDATION_COLOR, "dash", "lines+markers" if markers else "lines", symbol="diamond")


def ghost(name: str) -> Trace:
    """The curve of an earlier run, behind the others: grey and thin."""
    return Trace(name, GHOST_COLOR, "dot", "lines", width=1.5)


def baseline(name: str) -> Trace:
    """The curve of another run, to compare with: grey and dotted."""
    return Trace(name, BASELINE_COLOR, "dot")


@dataclass(frozen=True)
class Smoothing:
    """The first curve once more, as its running average in which `share` (0 to under 1) of the last one stays."""

    name: str
    share: float


@dataclass(frozen=True)
class ChartSpec:
    """The constant parts of a chart. Texts are already translated and are never interpreted as HTML."""

    traces: tuple[Trace, ...]
    x_title: str
    y_title: str
    title: str = ""
    description: str = ""  # for screen readers: what the chart shows; the title and axes where left out
    percent: bool = False  # whether the y values are shares (0..1), shown as percent
    x_range: tuple[float | None, float | None] | None = None  # None: as the points need, also for one end
    y_range: tuple[float | None, float | None] | None = None
    y_limits: tuple[float, float] | None = None  # the axis follows the points within these, such as (0, 1) for shares
    x_whole: bool = False  # only whole numbers on the x axis, such as epochs
    height: int = 320  # pixels
    y_log: bool = False
    smoothing: Smoothing | None = None
    moment: Literal["step", "epoch"] | None = None  # what the x axis counts, where the page's moment is marked on it


@dataclass(frozen=True)
class Mark:
    """A star beside its text at one point of the chart, such as the best epoch. It may move from tick to tick."""

    x: float
    y: float
    text: str
    color: str = VALIDATION_COLOR


def live_chart(
    spec: ChartSpec,
    points_since: PointsSince[Cursor],
    *,
    stream: str,
    key: str,
    marks: Sequence[Mark] = (),
) -> None:
    """Draw the chart, or add the points since this session's last call with this `key`.

    `stream` says where the points come from, such as run and attempt: when it or `spec` changes, the chart starts over
    with all points. `points_since` is called once, with the cursor it returned last or with None for everything.
    ValueError if its curves aren't one for each trace.
    """
    slot = f"classroom.live_chart.{key}"
    chart = _identity(spec, stream)
    sent = _sent(slot, key, chart) or _Sent(chart, ends=(_End(None, (0,) * len(spec.traces)),))
    start = sent.ends[-1] if sent.confirmed else sent.ends[0]
    curves, cursor = points_since(start.cursor)
    points = [
        [count, _numbers(xs, X_DIGITS), _numbers(ys, Y_DIGITS)]
        for count, (xs, ys) in zip(start.counts, curves, strict=True)
    ]
    message: dict[str, Any] = {"chart": chart, "points": points, "marks": [_mark_for_browser(mark) for mark in marks]}
    if not sent.confirmed:
        message |= {"confirm": True} | ({} if any(start.counts) else {"spec": _spec_for_browser(spec, stream)})
    end = _End(cursor, tuple(count + len(xs) for count, (xs, _ys) in zip(start.counts, curves, strict=True)))
    st.session_state[slot] = sent.and_then(end)
    _component(key=key, data=message, on_report_change=partial(_heard, slot, key))


def prepare_live_chart() -> None:
    """Let the browser load Plotly.js before there is a chart, so that a run's first point appears sooner.

    Shows nothing, but takes a little space. Call it at the end of the page.
    """
    _component(key="classroom.live_chart.prepare", data={"prepare": assets.plotly_url()}, height=0)


def mark_moment(chart: str, axis: Literal["step", "epoch"] | None) -> None:
    """Mark the page's moment on the chart that `st.plotly_chart` draws with this key; None: its axis has no such place.

    Shows nothing by itself, but takes a little space.
    """
    _component(key=f"{chart}.moment", data={"over": chart, "axis": axis}, height=0)


@dataclass(frozen=True)
class _End:
    """The end of an update: the cursor, and the number of points of each trace."""

    cursor: Any
    counts: tuple[int, ...]

    def is_covered_by(self, held: Sequence[int]) -> bool:
        """Whether a browser with these numbers of points has all points up to here."""
        return all(here >= there for here, there in zip(held, self.counts, strict=True))


@dataclass(frozen=True)
class _Sent:
    """What was sent to the browser of a session: the chart, and the ends of its updates, oldest first.

    Streamlit may skip an update if the next one is faster, so an update that was sent may not arrive. Until the browser
    confirms, every update starts at the first of `ends`. After that, each update starts where the last one ended.
    """

    chart: str
    ends: tuple[_End, ...]
    confirmed: bool = False

    def and_then(self, end: _End) -> "_Sent":
        """The state after another update. The first end stays, because the browser certainly has it."""
        return replace(self, ends=(self.ends[0], *(*self.ends[1:], end)[-REMEMBERED:]))

    def heard(self, report: Mapping[str, Any]) -> "_Sent | None":
        """The state after a report of the browser about its points.

        Missing points are sent again until the browser confirms. None if it needs all points.
        """
        held = report["held"] if report["chart"] == self.chart else []
        ends = tuple(end for end in self.ends if len(held) == len(end.counts) and end.is_covered_by(held))
        return replace(self, ends=ends[-1:], confirmed=not report["missing"]) if ends else None


def _sent(slot: str, key: str, chart: str) -> _Sent | None:
    """What was sent of this chart. None if the browser needs all points.

    Streamlit deletes the component's key when a page is left. Without it, the chart will be drawn from the start.
    """
    sent: _Sent | None = st.session_state.get(slot)
    return sent if sent and sent.chart == chart and key in st.session_state else None


def _heard(slot: str, key: str) -> None:
    """Handles a report of the browser.

    It may come with the click that leaves the page, when the chart's key is gone already. An error here would end the
    run of the next page before its first line, and the browser can't draw what timers of the old page then send.
    """
    report = st.session_state.get(key, {}).get("report")
    sent: _Sent | None = st.session_state.get(slot)
    if report and sent:
        st.session_state[slot] = sent.heard(report)


def _identity(spec: ChartSpec, stream: str) -> str:
    return hashlib.sha256(repr((stream, spec)).encode()).hexdigest()[:12]


def _spec_for_browser(spec: ChartSpec, stream: str) -> dict[str, Any]:
    description = spec.description or ". ".join(text for text in (spec.title, spec.y_title, spec.x_title) if text)
    return asdict(spec) | {
        "description": description,
        "stream": stream,
        "style": LIVE,
        "plotly": assets.plotly_url(),
        "begins": _("The axis begins at {percent} %", percent="{percent}") if spec.percent else "",
        "unavailable": _("The chart couldn't be loaded. Check the connection. The page tries again automatically."),
    }


def _mark_for_browser(mark: Mark) -> dict[str, Any]:
    """Rounded like the points, so that it lies exactly on one."""
    return asdict(mark) | {"x": _number(mark.x, X_DIGITS), "y": _number(mark.y, Y_DIGITS)}


def _numbers(values: Sequence[float | None], digits: int) -> list[float | int | None]:
    """Values as short JSON: `digits` significant digits, None for values that aren't finite."""
    return [_number(value, digits) for value in values]


def _number(value: float | None, digits: int) -> float | int | None:
    if value is None or not math.isfinite(value):
        return None
    rounded = float(f"{value:.{digits}g}")
    return int(rounded) if rounded.is_integer() else rounded


_component = st.components.v2.component("classroom_live_chart", js=assets.loader(__file__), isolate_styles=False)
