"""Settings that differ from the class's start although the teacher locked them."""

import streamlit as st

from core.config import differences, with_settings
from core.runs import membership
from pages.components.run.differences import setting_title
from pages.components.shell import classroom
from pages.components.shell.i18n import _
from pages.components.shell.state import Draft


def locked_changes(draft: Draft) -> bool:
    """Whether the class's lock refuses this draft. Says which settings, and takes the class's values on demand."""
    rules = classroom.rules()
    paths = membership.locked_changes(rules, draft.config)
    if not paths or rules is None or rules.start is None:
        return False
    names = ", ".join(dict.fromkeys(setting_title(path) for path in paths))
    st.warning(_("Your teacher locked these settings for the class: {names}.", names=names), icon=":material/lock:")
    if st.button(_("Take the values of the class"), icon=":material/undo:", key="take-locked", width="stretch"):
        wanted = differences(rules.start, draft.config)
        unlocked = rules.unlocked or ()
        draft.config = with_settings(
            draft.config, {path: value for path, value in wanted.items() if membership.is_locked(path, unlocked)}
        )
        draft.generation += 1
        st.rerun()
    return True
