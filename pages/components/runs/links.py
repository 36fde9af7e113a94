"""The page Runs: its address, and the ways from one of its views to another."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from core.config import with_settings
from core.runs.comparison import MOST
from core.runs.run import Run
from pages.components.shell.i18n import _
from pages.components.shell.links import settings_of

PAGE = "pages/3_Runs.py"
TRAIN = "pages/2_Train.py"
RUN, COMPARE = "run", "compare"  # in the address


def compared_ids(text: str) -> list[str]:
    """The runs of `?compare=A,B,C`, each once, as many as one chart takes."""
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))[:MOST]


def back_to_all() -> None:
    """The way back to the list."""
    if st.button(_("All runs"), icon=":material/arrow_back:", type="tertiary", key="back"):
        go({})


def go(query: dict[str, str]) -> None:
    """Show another view of this page."""
    st.query_params.from_dict(query)
    st.rerun()


def open_runs(run_ids: Sequence[str]) -> None:
    """One run, or several on one chart."""
    go({RUN: run_ids[0]} if len(run_ids) == 1 else {COMPARE: ",".join(run_ids[:MOST])})


def settings_with(run: Run, change: dict[str, Any]) -> dict[str, str]:
    """The query of a Train page with a run's settings and one change. Raises ConfigError."""
    return settings_of(replace(run, config_json=with_settings(run.config, change).to_json()))
