"""Leaving a shared computer: the browser forgets its visitor, or the server deletes everything of theirs."""

import streamlit as st

from core.classes import leaving
from core.errors import ClassError
from pages.components.shell import identity
from pages.components.shell.i18n import _, said
from pages.components.shell.queue import store


def leave_button() -> None:
    """Lets a shared computer forget whose runs these are, and deletes them on request."""
    with st.popover(_("Leave this computer"), icon=":material/logout:", type="tertiary"):
        st.markdown(
            _(
                "On a shared computer: this browser forgets that your runs and images are yours. They stay, but from "
                "here you open them only by their links, and can no longer change or delete them."
            )
        )
        if st.button(_("Forget me here"), key="leave"):
            identity.forget()
            st.rerun()
        st.divider()
        st.markdown(_("Or delete all your runs, images and names from the server. It can't be undone."))
        sure = st.checkbox(_("I need nothing of it any more"), key="leave-sure")
        if st.button(_("Delete what is mine"), icon=":material/delete_forever:", key="delete-mine", disabled=not sure):
            _delete()


def _delete() -> None:
    try:
        with st.spinner(_("Stopping runs and deleting")):
            leaving.delete_mine(store().database, identity.owner())
    except ClassError as error:
        st.error(said(error.message), icon=":material/error:")
        return
    identity.forget()
    st.rerun()
