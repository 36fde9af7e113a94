"""How a run's curves are drawn: smoothed, on a logarithmic axis, beside a baseline. The link keeps all of it."""

from dataclasses import dataclass

import streamlit as st

from core.errors import RunError
from core.runs.run import Run
from pages.components.shell import access, address, state
from pages.components.shell.i18n import _, escaped

BASELINE = "baseline"  # in the address


@dataclass(frozen=True)
class CurveOptions:
    """What a reader chose for the curves of all runs."""

    smoothing: float = 0.0  # share of the running average that stays, 0: none
    log: bool = False
    baseline: Run | None = None


def choose_curve_options(run: Run) -> CurveOptions:
    """A menu of them above a run's curves."""
    baseline = _baseline(run)
    with st.popover(_("Change the curves"), icon=":material/show_chart:", type="tertiary"):
        smoothing = st.slider(
            _("Smoothing"),
            0.0,
            0.99,
            0.0,
            key="smooth",
            bind="query-params",
            help=_("Share of the running average that stays at each point. 0 shows the loss of every step as it is."),
        )
        log = st.toggle(
            _("Logarithmic loss"),
            key="log_loss",
            bind="query-params",
            help=_("Equal factors are equally far apart: small losses become visible."),
        )
        _pin(run, baseline)
    return CurveOptions(smoothing, log, baseline)


def _pin(run: Run, baseline: Run | None) -> None:
    """Buttons that choose this run as baseline, or none."""
    if state.baseline() == run.id:
        st.caption(_("This run is the baseline: others are drawn beside it."))
    elif run.epoch:
        st.button(
            _("Pin as baseline"),
            icon=":material/keep:",
            help=_("Draws the curves of this run in grey beside those of every other run that you open."),
            on_click=_choose,
            args=(run.id,),
        )
    if baseline:
        st.caption(_("Baseline: {name}", name=escaped(baseline.name)))
    if state.baseline():
        st.button(_("Unpin the baseline"), icon=":material/keep_off:", on_click=_choose, args=(None,))


def _choose(run_id: str | None) -> None:
    state.pin_baseline(run_id)
    address.put(BASELINE, "")


def _baseline(run: Run) -> Run | None:
    """The pinned run, from the link or from this session, unless it is the one that is shown."""
    if linked := address.text(BASELINE):
        state.pin_baseline(linked)
    pinned = state.baseline()
    if not pinned or pinned == run.id:
        return None
    try:
        found = access.run_of(pinned)
    except RunError:  # deleted, or not for this browser
        return None
    if linked != found.id:
        address.put(BASELINE, found.id)
    return found
