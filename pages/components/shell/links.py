"""Addresses: settings and runs as query parameters, the same names and values as on the command line."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from core.config import RunConfig, differences, with_settings
from core.recipes import recipe, recipes
from core.runs.comparison import MOST
from core.runs.run import Run
from pages.components.shell import address
from pages.components.shell.i18n import _

FIRST_RECIPE = "digits"
# Settings beside `data.…` that decide what a batch of images looks like.
_BATCH_SETTINGS = ("batch_size", "seed")


def settings_link(recipe_name: str, config: RunConfig) -> dict[str, str]:
    """The query of a Train page that opens with these settings: a recipe, and what differs from it."""
    changes = differences(config, recipe(recipe_name).config)
    return {"recipe": recipe_name} | {path: _short(value) for path, value in changes.items()}


def _short(value: Any) -> str:
    """A value as a link has it. What a layer leaves to its defaults is left out."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        value = [
            {name: given for name, given in item.items() if given is not None} if isinstance(item, dict) else item
            for item in value
        ]
    return json.dumps(value, separators=(",", ":"))


def settings_of(run: Run) -> dict[str, str]:
    """The query of a Train page that opens with a run's settings."""
    name = run.recipe if run.recipe in recipes() else FIRST_RECIPE
    return settings_link(name or FIRST_RECIPE, run.config)


def link_to_change(run: Run) -> dict[str, str]:
    """The query of a Train page with a run's settings, for a run that follows it."""
    return settings_of(run) | {FOLLOWS: run.id}


def is_data_setting(name: str) -> bool:
    """Whether the page Data has this setting in its link."""
    return name.startswith("data.") or name in _BATCH_SETTINGS


def link_to_data(config: RunConfig) -> dict[str, str]:
    """The query of a Data page that shows the images of this run."""
    link = settings_link(FIRST_RECIPE, config)
    return {name: value for name, value in link.items() if is_data_setting(name)}


def run_address(run: Run) -> str:
    """The full address at which anyone sees this run."""
    page = str(st.context.url or "").split("?")[0]
    return f"{page}?run={run.id}"


# --- runs ---------------------------------------------------------------------------------------------------------

RUN, COMPARE, FOLLOWS = "run", "compare", "follows"  # in the address


def compared_ids() -> list[str]:
    """The runs of `?compare=A,B,C`, each once, as many as one chart takes."""
    return address.names(COMPARE, MOST)


def back_to_all() -> None:
    """The way back to the list."""
    if st.button(_("All runs"), icon=":material/arrow_back:", type="tertiary", key="back"):
        address.go(address.RUNS_PAGE)


def open_runs(run_ids: Sequence[str]) -> None:
    """One run, or several on one chart."""
    if len(run_ids) == 1:
        address.go(address.TRAIN_PAGE, {RUN: run_ids[0]})
    address.go(address.RUNS_PAGE, {COMPARE: ",".join(run_ids[:MOST])})


def settings_with(run: Run, change: dict[str, Any]) -> dict[str, str]:
    """The query of a Train page with a run's settings and one change. Raises ConfigError."""
    return settings_of(replace(run, config_json=with_settings(run.config, change).to_json()))
