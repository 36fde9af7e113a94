"""All pupils' curves on one chart, coloured by one setting, and the table of which settings explain the results."""

from collections.abc import Sequence
from typing import Literal

import pandas as pd
import streamlit as st

from core.classes import overlay
from core.classes.ending import Result, best_runs, results
from core.classes.overlay import Influence
from core.classes.room import Room
from pages.components.run.differences import setting_title, setting_value
from pages.components.shell import address, identity
from pages.components.shell.formats import percent
from pages.components.shell.i18n import _, escaped, plural
from pages.components.shell.layout import errors_shown, page_title
from pages.components.shell.queue import store
from pages.components.widgets.live_chart import ChartSpec, Curve, Trace, live_chart

TICK_SECONDS = 3.0
# Far apart, also for those who see few colours; the dashes tell the same.
_COLOURS = ("#2f6fde", "#e0761a", "#1a8a5a", "#a13fb0", "#8a6d00", "#0f8a94", "#b3352b", "#5a6272")
_DASHES: tuple[Literal["solid", "dash", "dot", "dashdot"], ...] = ("solid", "dash", "dot", "dashdot")


def curves_view(room: Room) -> None:
    """The whole page."""
    if st.button(_("Back to the wall"), icon=":material/arrow_back:", type="tertiary", key="to-wall"):
        address.go(address.CLASS_PAGE)
    page_title(_("All curves of {name}", name=escaped(room.name)), "Accuracy", "Epoch", "Validation")
    with errors_shown():
        found = results(store().database, room.id, teacher=identity.owner())
        told = overlay.influences(found)
        path = _chosen(told)
        with st.container():
            st.fragment(_chart, run_every=TICK_SECONDS)(room, path)
        _table(told)


def _chosen(told: Sequence[Influence]) -> str | None:
    """The setting that colours the curves; the most telling one at first."""
    if not told:
        return None
    return st.selectbox(
        _("Coloured by"), [one.path for one in told], format_func=setting_title, key="curves-by", width=320
    )


def _chart(room: Room, path: str | None) -> None:
    """The best run of each pupil, live."""
    best = best_runs(results(store().database, room.id, teacher=identity.owner()))
    if not best:
        st.info(_("No run has a result yet."), icon=":material/hourglass_empty:")
        return
    points = overlay.accuracies(store().database, [one.run_id for one in best.values()])
    groups = _groups(best, path)
    spec = ChartSpec(
        traces=_traces(groups, path),
        x_title=_("epoch"),
        x_whole=True,
        y_title=_("validation accuracy"),
        percent=True,
        y_limits=(0, 1),
        height=420,
        description=_("The validation accuracy of each pupil's best run by epoch"),
    )
    curves = [_joined([points.get(one.run_id, []) for one in group]) for group in groups.values()]
    # Curves of one trace lie behind each other, so it is drawn anew whenever one of them grew.
    stream = "/".join(f"{run_id}:{len(part)}" for run_id, part in points.items())
    live_chart(
        spec, lambda sent: (curves if sent is None else [([], [])] * len(curves), 1), stream=stream, key="curves"
    )


def _groups(best: dict[str, Result], path: str | None) -> dict[str, list[Result]]:
    """The pupils' best runs by the value of the setting, in an order that stays while they train."""
    found: dict[str, list[Result]] = {}
    for one in best.values():
        found.setdefault(overlay.value_key(overlay.value_of(one, path) if path else None), []).append(one)
    return dict(sorted(found.items()))


def _joined(parts: Sequence[Sequence[tuple[int, float]]]) -> Curve:
    """Several curves as one, with a gap between them."""
    xs: list[float] = []
    ys: list[float | None] = []
    for part in parts:
        xs += [*(epoch for epoch, _accuracy in part), part[-1][0] if part else 0]
        ys += [*(accuracy for _epoch, accuracy in part), None]
    return xs, ys


def _traces(groups: dict[str, list[Result]], path: str | None) -> tuple[Trace, ...]:
    """One look for all pupils with the same value."""
    return tuple(
        Trace(
            " · ".join(
                [
                    *([setting_value(path, overlay.value_of(group[0], path))] if path else []),
                    plural("{number} pupil", "{number} pupils", len(group)),
                ]
            ),
            _COLOURS[place % len(_COLOURS)],
            _DASHES[place % len(_DASHES)],
        )
        for place, group in enumerate(groups.values())
    )


def _table(told: Sequence[Influence]) -> None:
    """A row for each value of each setting that differs: mean, spread and number of runs."""
    if not told:
        st.caption(_("As soon as two runs differ in a setting, a table shows here which settings explain the results."))
        return
    st.subheader(_("Which settings explain the best results?"), anchor=False)
    rows = [
        {
            _("Setting"): setting_title(one.path),
            _("Explains"): percent(one.share),
            _("Value"): setting_value(one.path, group.value),
            _("Mean"): percent(group.mean),
            _("Spread"): percent(group.spread),
            _("Runs"): group.number,
        }
        for one in told
        for group in one.groups
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.caption(
        _(
            "Explains: the share of the differences in accuracy that goes with this setting. With few runs, or where "
            "two settings changed together, it can be chance."
        )
    )
