"""Who is at the browser: a secret in a cookie, made at the first visit. Whoever has it owns the runs it started."""

import secrets

import streamlit as st

from core.runs.run import owner_of
from pages.components.shell import state

COOKIE = "torch_classroom"

_KEEP = """
export default function ({ data }) {
    const year = 365 * 24 * 60 * 60;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${data.name}=${data.secret}; path=/; max-age=${year}; SameSite=Lax${secure}`;
}
"""
_keep = st.components.v2.component("classroom_identity", js=_KEEP)


def owner() -> str:
    """The owner of what this browser starts. Only a hash of the secret, so it may be stored and compared."""
    return owner_of(_secret())


def remember() -> None:
    """See to it that the browser has its secret the next time, too. To be called once by every page."""
    if st.context.cookies.get(COOKIE) != _secret():
        _keep(key="identity", data={"name": COOKIE, "secret": _secret()})


def _secret() -> str:
    """The cookie's secret, or a new one for this session."""
    known = state.secret() or st.context.cookies.get(COOKIE) or secrets.token_urlsafe(24)
    state.keep_secret(known)
    return known
