"""Identifies a browser by a secret in a cookie, made at the first visit. It owns the runs that it started."""

import secrets
from collections.abc import Mapping

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
    """The owner of the runs of this browser: a hash of the secret, which can be stored."""
    return owner_of(_secret())


def owner_at(cookies: Mapping[str, str]) -> str:
    """The owner who sends a request beside the pages, by its cookies; nobody's hash where it sends none."""
    return owner_of(cookies.get(COOKIE) or secrets.token_urlsafe(24))


def remember() -> None:
    """Store the secret in the browser's cookie. Every page calls it once."""
    if st.context.cookies.get(COOKIE) != _secret():
        _keep(key="identity", data={"name": COOKIE, "secret": _secret()})


def _secret() -> str:
    """The cookie's secret, or a new one for this session."""
    known = state.secret() or st.context.cookies.get(COOKIE) or secrets.token_urlsafe(24)
    state.keep_secret(known)
    return known
