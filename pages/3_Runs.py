"""Runs: all of them, one of them, or several on one chart.

`/Runs?run=ID` opens one for anyone, live; `/Runs?compare=A,B,C` lays several over each other.
"""

import streamlit as st

from core.errors import RunError
from pages.components import runs_compare, runs_history
from pages.components.engine import store
from pages.components.layout import begin, show_error
from pages.components.runs_links import COMPARE, RUN, back_to_all, compared_ids
from pages.components.words import _


def one(run_id: str) -> None:
    """Everything about a run."""
    from pages.components import runs_one  # needs torch, which the list doesn't

    try:
        run = store().get(run_id)
    except RunError as error:
        back_to_all()
        show_error(error)
        return
    runs_one.show(run)


begin(_("Runs"))
if run_id := st.query_params.get(RUN):
    one(run_id)
elif wanted := compared_ids(st.query_params.get(COMPARE, "")):
    runs_compare.show(wanted)
else:
    runs_history.show()
