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
from pages.components.shell.i18n import _, escaped
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

    def points_since(sent: dict[str, int] | None) -> tuple[list[Curve], dict[str, int]]:
        known = sent or {}
        new = {one.run_id: points.get(one.run_id, [])[known.get(one.run_id, 0) :] for one in best.values()}
        curves: list[Curve] = [([x for x, _y in part], [y for _x, y in part]) for part in new.values()]
        return curves, {run_id: known.get(run_id, 0) + len(part) for run_id, part in new.items()}

    spec = ChartSpec(
        traces=_traces(best, path),
        x_title=_("epoch"),
        x_whole=True,
        y_title=_("validation accuracy"),
        y_format=".1%",
        y_limits=(0, 1),
        height=420,
        title=_("Each pupil's best run"),
    )
    live_chart(spec, points_since, stream="/".join(one.run_id for one in best.values()), key="class-curves")


def _traces(best: dict[str, Result], path: str | None) -> tuple[Trace, ...]:
    """A curve for each pupil; those with the same value look alike."""
    values = [overlay.value_of(one, path) if path else None for one in best.values()]
    looks = {key: place for place, key in enumerate(dict.fromkeys(map(overlay.value_key, values)))}
    return tuple(
        Trace(
            f"{nickname} · {setting_value(path, value)}" if path else nickname,
            _COLOURS[looks[overlay.value_key(value)] % len(_COLOURS)],
            _DASHES[looks[overlay.value_key(value)] % len(_DASHES)],
        )
        for nickname, value in zip(best, values, strict=True)
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
