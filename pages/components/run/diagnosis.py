"""The page Runs, tab Diagnosis: what stands out, what to try, and the search for a learning rate."""

import streamlit as st

from core.advice import advise
from core.advice.diagnosis import Finding
from core.figures.runs import learning_rates
from core.runs.run import Run
from core.runs.tasks import Task
from core.training import FIND_LEARNING_RATE, lr_finder
from pages.components.run.facts import facts_of
from pages.components.shell import identity
from pages.components.shell.i18n import _, said
from pages.components.shell.links import TRAIN_PAGE, link_to_data, settings_with
from pages.components.shell.tasks import desk, wait_for


def diagnosis_tab(run: Run) -> None:
    """The whole tab."""
    facts = facts_of(run)
    findings = advise(facts).findings
    for finding in findings:
        _finding(run, finding)
    if not findings and len(facts.epochs) < 3:
        st.info(_("After three epochs there is more to say."), icon=":material/hourglass_empty:")
    elif not findings:
        st.success(
            _("Nothing stands out: the loss fell, and the network does about as well on images it never learned from."),
            icon=":material/check_circle:",
        )
    st.subheader(_("Find a learning rate"), anchor=False)
    _find_rate(run)


def _finding(run: Run, finding: Finding) -> None:
    """What it is, the numbers that show it, and one click to what might help."""
    with st.container(border=True):
        st.markdown(f"**:material/troubleshoot: {_(finding.title)}**")
        st.markdown(said(finding.evidence))
        st.markdown(said(finding.advice))
        if finding.change:
            st.page_link(
                TRAIN_PAGE,
                label=_("Prepare this change"),
                icon=":material/tune:",
                query_params=settings_with(run, finding.change),
                help=_("Opens the Train page with this run's settings and this one change."),
            )
        else:
            st.page_link(
                "pages/1_Data.py",
                label=_("Look at the images"),
                icon=":material/arrow_forward:",
                query_params=link_to_data(run.config),
            )


def _find_rate(run: Run) -> None:
    """The search's result, or the button that starts it."""
    st.markdown(
        _(
            "A short training of a fresh network in which the learning rate grows at every step. Too small, and "
            "nothing happens; too large, and the loss explodes. A good one lies where the loss falls fastest."
        )
    )
    task = Task(FIND_LEARNING_RATE, run.id, (run.config_json,))
    found = lr_finder.kept(run.id)
    if found:
        _result(run, found)
        return
    status = desk().status(task, identity.owner())
    if status is None and not st.button(
        _("Find a learning rate"),
        icon=":material/search:",
        key="find",
        help=_("Takes a few seconds, for a large network up to half a minute. This run stays as it is."),
    ):
        return
    wait_for(task)


def _result(run: Run, found: lr_finder.Search) -> None:
    figure = learning_rates(found, _("learning rate"), _("loss"), average=_("average"), suggested=_("suggestion"))
    left, right = st.columns([3, 2], gap="large")
    left.plotly_chart(figure, key="rates", alt=_("Loss over learning rate, both found by trying"))
    with right:
        st.metric(_("This run's learning rate"), f"{run.config.optimizer.lr:g}")
        if found.suggestion is None:
            st.info(_("At no rate did the loss fall clearly. Look at the network and its data first."))
            return
        st.metric(_("Suggested"), f"{found.suggestion:g}")
        st.page_link(
            TRAIN_PAGE,
            label=_("Apply: prepare a run with {rate}", rate=f"{found.suggestion:g}"),
            icon=":material/tune:",
            query_params=settings_with(run, {"optimizer.lr": found.suggestion}),
        )
        st.caption(_("A suggestion, not a law: try half of it and twice as much, too."))
