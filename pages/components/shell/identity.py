"""Identifies a browser by a secret in a cookie, made at the first visit. It owns the runs that it started."""

import hmac
import re
import secrets
from collections.abc import Mapping

import streamlit as st

from core import environment
from core.runs.run import owner_of
from pages.components.shell import state

COOKIE = "torch_classroom"
# Over https: a browser takes a cookie of this name only from this host, so none of a sibling host can pose as it.
SECURE_COOKIE = f"__Host-{COOKIE}"
_SECRET = re.compile(r"[\w-]{32}", re.ASCII)  # what `token_urlsafe(24)` gives: a chosen value, or half of one, is none
# Of this process only: after its end nobody can tell which address an origin was made of.
_ADDRESS_KEY = secrets.token_bytes(32)

# In a frame of a learning platform the cookie is one of a third party, which needs SameSite=None and Partitioned.
_KEEP = """
export default function ({ data }) {
    const year = 365 * 24 * 60 * 60;
    const secure = location.protocol === "https:";
    const name = secure ? data.secure_name : data.name;
    const how = secure ? "SameSite=None; Secure; Partitioned" : "SameSite=Lax";
    document.cookie = `${name}=${data.secret}; path=/; max-age=${year}; ${how}`;
    if (secure) document.cookie = `${data.name}=; path=/; max-age=0`;
}
"""
_keep = st.components.v2.component("classroom_identity", js=_KEEP)


def owner() -> str:
    """The owner of the runs of this browser: a hash of the secret, which can be stored."""
    return owner_of(_secret())


def owner_at(cookies: Mapping[str, str]) -> str:
    """The owner who sends a request beside the pages, by its cookies; nobody's hash where it sends none."""
    return known_owner(cookies) or owner_of(_new())


def known_owner(cookies: Mapping[str, str]) -> str | None:
    """The owner by these cookies; None where they hold none that this app made."""
    secret = _known(cookies)
    return owner_of(secret) if secret else None


def origin() -> str | None:
    """What stands for the visitor's address beside a run: a keyed hash. None where the address isn't known."""
    found = _found_address()
    return hmac.digest(_ADDRESS_KEY, found.encode(), "sha256").hex()[:32] if found else None


def visitor() -> str:
    """Where the visitor's requests come from: an address of the internet, or "here" where it isn't known."""
    return _found_address() or "here"


def _found_address() -> str | None:
    return _address(str(st.context.ip_address or ""), str(st.context.headers.get("X-Forwarded-For", "")))


def _address(peer: str, forwarded: str) -> str | None:
    """Who asks: the other end of the connection, or whom the outermost trusted proxy names (X-Forwarded-For).

    What stands further left in this header was written by the visitor, who may write anything.
    """
    proxies = environment.trusted_proxies()
    if not proxies:
        return peer or None
    named = [name.strip() for name in forwarded.split(",") if name.strip()]
    return named[-proxies] if len(named) >= proxies else None


def remember() -> None:
    """Store the secret in the browser's cookie. Every page calls it once."""
    cookies = st.context.cookies
    secure = str(st.context.url or "").startswith("https:")
    if cookies.get(SECURE_COOKIE if secure else COOKIE) != _secret():
        _keep(key="identity", data={"name": COOKIE, "secure_name": SECURE_COOKIE, "secret": _secret()})


def forget() -> None:
    """Make a stranger of this browser: the next page puts a new secret in the place of the old one in the cookie."""
    state.forget_visitor()
    state.keep_secret(_new())


def _secret() -> str:
    """The cookie's secret, or a new one for this session."""
    known = state.secret() or _known(st.context.cookies) or _new()
    state.keep_secret(known)
    return known


def _known(cookies: Mapping[str, str]) -> str | None:
    """The secret in the cookies, None where none of them is one that this app made."""
    found = (cookies.get(name, "") for name in (SECURE_COOKIE, COOKIE))
    return next((value for value in found if _SECRET.fullmatch(value)), None)


def _new() -> str:
    return secrets.token_urlsafe(24)
