"""The page of a run, tab Diagnosis: findings, remedies, and the search for a learning rate."""

import streamlit as st

from core.advice import advise
from core.advice.diagnosis import Finding
from core.figures.runs import learning_rates
from core.runs.run import Run
from core.runs.tasks import Task
from core.training import FIND_LEARNING_RATE, lr_finder
from pages.components.run.facts import facts_of
from pages.components.shell import address, identity
from pages.components.shell.i18n import _, said
from pages.components.shell.links import link_to_data, settings_with
from pages.components.shell.tasks import task_runner, wait_for


def diagnosis_tab(run: Run) -> None:
    """The whole tab."""
    facts = facts_of(run)
    findings = advise(facts).findings
    for finding in findings:
        _finding(run, finding)
    if not findings and len(facts.epochs) < 3:
        st.info(_("The diagnosis needs at least three epochs."), icon=":material/hourglass_empty:")
    elif not findings:
        st.success(
            _("No problems found. The loss fell, and the network does about as well on the validation images."),
            icon=":material/check_circle:",
        )
    st.subheader(_("Find a learning rate"), anchor=False)
    _find_rate(run)


def _finding(run: Run, finding: Finding) -> None:
    """A finding with its evidence, its remedy and a link to try it."""
    with st.container(border=True):
        st.markdown(f"**:material/troubleshoot: {_(finding.title)}**")
        st.markdown(said(finding.evidence))
        st.markdown(said(finding.advice))
        if finding.change:
            st.page_link(
                address.TRAIN_PAGE,
                label=_("Prepare this change"),
                icon=":material/tune:",
                query_params=settings_with(run, finding.change),
                help=_("Opens the Train page with this run's settings and this one change."),
            )
        else:
            st.page_link(
                address.DATA_PAGE,
                label=_("Look at the images"),
                icon=":material/arrow_forward:",
                query_params=link_to_data(run.config),
            )


def _find_rate(run: Run) -> None:
    """The result of the search, or the button that starts it."""
    st.markdown(
        _(
            "The search trains a new network for a short time and increases the learning rate at every step. If it is "
            "too small, the loss stays the same. If it is too large, the loss explodes. A good learning rate is one at "
            "which the loss falls fastest."
        )
    )
    task = Task(FIND_LEARNING_RATE, run.id, (run.config_json,))
    found = lr_finder.kept(run.id)
    if found:
        _result(run, found)
        return
    status = task_runner().status(task, identity.owner())
    if status is None and not st.button(
        _("Find a learning rate"),
        icon=":material/search:",
        key="find",
        help=_("Takes a few seconds, for a large network up to half a minute. This run doesn't change."),
    ):
        return
    wait_for(task)


def _result(run: Run, found: lr_finder.Search) -> None:
    figure = learning_rates(found, _("learning rate"), _("loss"), average=_("average"), suggested=_("suggestion"))
    left, right = st.columns([3, 2], gap="large")
    left.plotly_chart(figure, key="rates", alt=_("Loss at each learning rate"))
    with right:
        st.metric(_("This run's learning rate"), f"{run.config.optimizer.lr:g}")
        if found.suggestion is None:
            st.info(_("The loss didn't fall clearly at any learning rate. Check the network and its data first."))
            return
        st.metric(_("Suggested"), f"{found.suggestion:g}")
        st.page_link(
            address.TRAIN_PAGE,
            label=_("Prepare a run with {rate}", rate=f"{found.suggestion:g}"),
            icon=":material/tune:",
            query_params=settings_with(run, {"optimizer.lr": found.suggestion}),
        )
        st.caption(_("This is only a suggestion. Also try half and twice as much."))
