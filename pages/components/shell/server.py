"""The server around the pages: its start and end, the headers of every answer, and errors that nobody expected."""

import asyncio
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from sqlalchemy.exc import OperationalError
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

from core import environment, faults
from core.classes import ending
from core.errors import DatabaseError
from core.runs.expiry import expire, sweep_leftovers
from core.runs.schema import check_url
from pages.components.shell.address import HOME_PAGE
from pages.components.shell.i18n import _, translate
from pages.components.shell.queue import queue, store

_log = logging.getLogger(__name__)
RETRY_SECONDS = 2.0
DOING = "starting the queue and deleting what has expired"
SWEEP_SECONDS = 3_600.0  # between two looks for what has expired


def base() -> str:
    """The path that the app lives under, without slashes at its ends; empty for none."""
    return str(config.get_option("server.baseUrlPath") or "").strip("/")


def check_settings() -> None:
    """End the process with one sentence where `DATABASE_URL` can't be used, before anybody opens a page."""
    try:
        check_url(environment.database_url())
    except DatabaseError as error:
        sys.exit(str(error))


@asynccontextmanager
async def serving(_app: object) -> AsyncIterator[None]:
    """Have the queue go on with the server's start, not with its first visitor, and end it with the server."""
    closing = threading.Event()
    started = threading.Event()

    def work() -> None:
        queue()
        started.set()
        expire(store())
        ending.expire(store().database)
        sweep_leftovers()
        closing.wait(SWEEP_SECONDS)

    # In the background: the first page needn't wait for it, and a database that isn't there yet is tried again.
    threading.Thread(
        target=faults.keep_going,
        args=[work, closing, _log, DOING],
        daemon=True,
    ).start()
    try:
        yield
    finally:
        closing.set()
        if started.is_set():
            await asyncio.to_thread(queue().close)


# --- the door -----------------------------------------------------------------------------------------------------


def policy() -> str:
    """What a page may load, and who may show it in a frame: `EMBED_FROM`, such as `https://moodle.example`."""
    frames = " ".join(["'self'", *os.environ.get("EMBED_FROM", "").split()])
    # Streamlit's own page begins with a script of its own, and its components are scripts made in the browser.
    return (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "media-src 'self' data: blob:; connect-src 'self' data: blob:; worker-src 'self' blob:; "
        f"object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors {frames}"
    )


class Headers:
    """Adds to every answer what keeps a browser from foreign hosts, from guessing types and from telling addresses."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": policy(),
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


# --- what nobody expected -----------------------------------------------------------------------------------------


def error_shown(error: Exception) -> bool:
    """Show an error that nobody expected in the app's own words, with the number by which the log has its trace."""
    if isinstance(error, OperationalError):
        _log.warning("the database doesn't answer: %s", error.orig)
        st.warning(_("The database doesn't answer. The page tries again by itself."), icon=":material/database_off:")
        st.fragment(_again, run_every=RETRY_SECONDS)()
        return True
    if isinstance(error, DatabaseError):
        _log.error("%s", error)
        st.error(translate(error.message), icon=":material/database_off:")
        return True
    number = faults.report(error, _log, "drawing a page")
    cause = faults.cause(error)
    st.error(
        _(
            "Something went wrong in the app (number {number}). It isn't your mistake, and nothing of yours is lost. "
            "Go back and try another way. If it happens again, tell the number to whoever runs the server.",
            number=number,
        )
        if cause is None
        else translate(cause),
        icon=":material/error:",
    )
    st.page_link(HOME_PAGE, label=_("Back to Home"), icon=":material/arrow_back:", query_params={})
    return True


def _again() -> None:
    """Draw the page again, but not in the moment in which it failed."""
    if st.session_state.pop("classroom.failed", False):
        st.rerun()
    st.session_state["classroom.failed"] = True
