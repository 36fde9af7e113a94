"""What a change is expected to do: asked before the run that follows another one, kept with it, never graded."""

import streamlit as st

from core.runs.run import EXPECTATIONS
from pages.components.run.change import WORDS
from pages.components.run.differences import changes
from pages.components.shell import access
from pages.components.shell.formats import percent
from pages.components.shell.i18n import _, escaped
from pages.components.shell.queue import store
from pages.components.shell.state import Draft


def ask_expectation(draft: Draft) -> None:
    """The run before, what was changed since, and the question. Nothing for a run that follows none."""
    before = store().find(draft.follows) if draft.follows else None
    if before is None or not access.opens(before):
        draft.follows = None
        return
    accuracy = "–" if before.best_val_accuracy is None else percent(before.best_val_accuracy)
    with st.container(border=True):
        st.markdown(_("After **{name}**, {accuracy}", name=escaped(before.name), accuracy=accuracy))
        changed = changes(before.config, draft.config)
        if not changed:
            st.caption(_("Change one thing, such as the learning rate, and see what it does."))
            return
        st.caption(changed)
        draft.expected = st.segmented_control(
            _("What do you expect?"),
            EXPECTATIONS,
            format_func=lambda one: _(WORDS[one]),
            key=f"expected-{draft.follows}",
            help=_("Of the best validation accuracy. Nobody grades it: compare it with what comes out."),
        )
