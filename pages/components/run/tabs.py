"""The page of a run: the tabs Curves, Evaluate, Diagnosis and Hand in, and for some Borrowed knowledge."""

import streamlit as st

from core.runs import owner_actions
from core.runs.owner_actions import NAME_LENGTH, REMARK_LENGTH
from core.runs.run import Run
from core.runs.state import State
from pages.components.run.diagnosis import diagnosis_tab
from pages.components.run.evaluate import evaluate_tab
from pages.components.run.handin import handin_tab
from pages.components.run.knowledge import knowledge_tab
from pages.components.run.terms import EVALUATION_TERMS, training_terms
from pages.components.run.view import TAB, keep_up, run_heading, run_view, tab_names
from pages.components.shell import access, address, identity
from pages.components.shell.i18n import _, escaped
from pages.components.shell.layout import errors_shown
from pages.components.shell.links import back_to_all
from pages.components.shell.queue import queue, store
from pages.components.widgets.setting import whole_number


def run_tabs(run: Run) -> None:
    """The run with all tabs. Only the open tab is computed."""
    access.keep_in_address(run.link_key)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        back_to_all()
        if _is_mine(run):
            _owner_actions(run)
    run_heading(run, *training_terms(run.config), *EVALUATION_TERMS)
    if run.remark:
        st.caption(_in_markdown(run.remark))
    curves, *others = st.tabs(tab_names(run), key=TAB, bind="query-params")
    if curves.open:
        with curves:
            run_view(queue(), run)
    else:
        keep_up(run)
    for tab, part in zip(others, (evaluate_tab, diagnosis_tab, handin_tab, knowledge_tab), strict=False):
        if tab.open:
            with tab, errors_shown():
                part(run)


def _is_mine(run: Run) -> bool:
    return run.owner == identity.owner()


def _owner_actions(run: Run) -> None:
    """Buttons for the owner of the run. The store refuses everybody else."""
    with st.container(horizontal=True, horizontal_alignment="right", width=372, gap="small"):
        if run.state == State.FINISHED:
            _longer(run)
        _edit(run)
        _delete(run)


def _longer(run: Run) -> None:
    with st.popover(_("Train longer"), icon=":material/more_time:"), errors_shown():
        st.markdown(
            _("The run continues where it ended. The result is the same as if it had been that long from the start.")
        )
        more = whole_number(_("More epochs"), 1, owner_actions.MOST_EPOCHS, 3, key="more")
        pressed = st.button(
            _("Continue training"), type="primary", icon=":material/play_arrow:", key="longer", disabled=more is None
        )
        if pressed and more is not None:
            owner_actions.train_longer(store(), run.id, owner=identity.owner(), more=more)
            queue().wake()
            st.rerun()


def _edit(run: Run) -> None:
    with st.popover(_("Edit"), icon=":material/edit:"), st.form("edit", border=False), errors_shown():
        name = st.text_input(_("Name"), run.name, max_chars=NAME_LENGTH, key="name")
        remark = st.text_area(
            _("Note"),
            run.remark or "",
            max_chars=REMARK_LENGTH,
            key="remark",
            placeholder=_("What did you try, and what was the result?"),
        )
        listed = st.toggle(
            _("Listed"),
            run.listed,
            key="listed",
            disabled=run.class_id is not None,  # its members see it, and nobody else
            help=_(
                "Listed: everybody finds the run on the page Runs. Not listed: only who has its link. Images that you "
                "brought are seen only with the link, listed or not."
            ),
        )
        if st.form_submit_button(_("Save")):
            owner_actions.describe(store(), run.id, owner=identity.owner(), name=name, remark=remark)
            owner_actions.set_listed(store(), run.id, owner=identity.owner(), listed=listed)
            st.rerun()


def _delete(run: Run) -> None:
    with st.popover(_("Delete"), icon=":material/delete:"), errors_shown():
        if run.active:
            st.markdown(_("This run is still training. Stop it first, then delete it."))
            return
        st.markdown(
            _("This deletes the run with its curves, weights and evaluation, for everybody. It can't be undone.")
        )
        if st.button(_("Delete permanently"), type="primary", icon=":material/delete_forever:", key="delete"):
            owner_actions.delete(store(), run.id, owner=identity.owner())
            address.go(address.RUNS_PAGE)


def _in_markdown(text: str) -> str:
    """The owner's note, escaped, with its line breaks."""
    return "  \n".join(escaped(line) for line in text.splitlines())
