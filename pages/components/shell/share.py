"""Shares the link to a run, as text and as a QR code."""

import io

import segno
import streamlit as st

from core.runs.run import Run
from pages.components.shell.i18n import _
from pages.components.shell.links import run_address


def share(run: Run) -> None:
    """The Share button and its popover."""
    with st.popover(_("Share"), icon=":material/link:"):
        st.markdown(_("Everyone with this link sees this run live and can copy its settings. Only you can change it."))
        address = run_address(run)
        st.code(address, language=None, wrap_lines=True)
        st.image(
            qr_code(address), width=180, caption=_("Scan it with the camera of a phone."), alt=_("QR code of the link")
        )


@st.cache_data(max_entries=200, show_spinner=False)
def qr_code(address: str) -> bytes:
    """The address as a QR code: a PNG, dark on white in both themes."""
    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="png", scale=6, border=3)
    return picture.getvalue()
