"""A page that fails says so in the app's own words, with a number that stands in the log beside the trace.

Streamlit logs an exception and then shows a box of its own in English. It takes another handler only from apps that are
built around `st.App`, and these have no folder of pages. So the two functions that it calls for this are replaced here.
"""

import logging
import secrets

import streamlit as st
from streamlit import error_util

from pages.components.shell.address import HOME_PAGE
from pages.components.shell.i18n import _

log = logging.getLogger("core.pages")  # below `core`, whose log has a handler of the app's own
_numbers: dict[int, str] = {}  # of exceptions that are logged and about to be shown, by their id


def install() -> None:
    """Let Streamlit log and show failures as this module does. May be called again."""
    error_util._log_uncaught_app_exception = _note
    error_util.show_uncaught_app_exception = _show


def _note(ex: BaseException) -> None:
    number = secrets.token_hex(3)
    _numbers[id(ex)] = number
    log.error("A page failed, number %s", number, exc_info=ex)


def _show(ex: BaseException) -> None:
    number = _numbers.pop(id(ex), "–")
    st.error(
        _(
            "This page met a fault of the app. Nothing of yours is lost. Go back and try another way. If it happens "
            "again, tell whoever runs this server the number {number}: it stands in the log.",
            number=number,
        ),
        icon=":material/error:",
    )
    st.page_link(HOME_PAGE, label=_("Back to Home"), icon=":material/arrow_back:", query_params={})
