"""A run's address to give away: as text, and as a square for a phone's camera."""

import io

import segno
import streamlit as st

from core.runs.run import Run
from pages.components.shell.i18n import _
from pages.components.shell.links import run_address


def share(run: Run) -> None:
    """The button and what it opens."""
    with st.popover(_("Share"), icon=":material/link:"):
        st.markdown(
            _("Whoever opens this link sees this run, live, and can start from its settings. Only you can change it.")
        )
        address = run_address(run)
        st.code(address, language=None, wrap_lines=True)
        st.image(_square(address), width=180, caption=_("For a phone: point its camera here."))


@st.cache_data(max_entries=200, show_spinner=False)
def _square(address: str) -> bytes:
    """The address as a QR code, a PNG with its white margin, dark on white also in the dark theme."""
    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="png", scale=6, border=3)
    return picture.getvalue()
