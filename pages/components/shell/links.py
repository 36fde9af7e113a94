"""Links: settings and runs as query parameters, with the same names and values as on the command line."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from core.config import RunConfig, differences, with_settings
from core.config.links import Arrived
from core.data.own.names import display
from core.recipes import recipe, recipes
from core.runs.comparison import MOST
from core.runs.run import Run
from pages.components.shell import address
from pages.components.shell.i18n import _, escaped

FIRST_RECIPE = "digits"
_NAMED = 5  # names that a link brought in vain and that are said
PHOTO_RECIPE = "cats-dogs-transfer"  # whose explanation suits photos of one's own
# Settings besides `data.…` that change the batches.
_BATCH_SETTINGS = ("batch_size", "seed")


def settings_link(recipe_name: str, config: RunConfig) -> dict[str, str]:
    """The query of the Train page with these settings: a recipe, and the settings that differ from it."""
    changes = differences(config, recipe(recipe_name).config)
    return {"recipe": recipe_name} | {path: _short(value) for path, value in changes.items()}


def _short(value: Any) -> str:
    """A value as text for a link. Layers omit parameters that are None."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        value = [
            {name: given for name, given in item.items() if given is not None} if isinstance(item, dict) else item
            for item in value
        ]
    return json.dumps(value, separators=(",", ":"))


def settings_of(run: Run) -> dict[str, str]:
    """The query of the Train page with the settings of a run."""
    name = run.recipe if run.recipe in recipes() else FIRST_RECIPE
    return settings_link(name or FIRST_RECIPE, run.config)


def link_to_change(run: Run) -> dict[str, str]:
    """The query of a Train page with a run's settings, for a run that follows it."""
    return settings_of(run) | {FOLLOWS: run.id}


def is_data_setting(name: str) -> bool:
    """Whether the link to the page Data has this setting."""
    return name.startswith("data.") or name in _BATCH_SETTINGS


def link_to_data(config: RunConfig) -> dict[str, str]:
    """The query of the Data page with the images of this configuration."""
    link = settings_link(FIRST_RECIPE, config)
    return {name: value for name, value in link.items() if is_data_setting(name)}


def run_address(run: Run) -> str:
    """The full address of a run."""
    page = str(st.context.url or "").split("?")[0]
    return f"{page}?run={run.id}" + (f"&{address.KEY}={run.link_key}" if run.link_key else "")


def say_foreign(arrived: Arrived) -> None:
    """One line for what a link brought that isn't a setting, such as the marks of other sites."""
    if arrived.foreign:
        names = ", ".join(escaped(display(path)) for path in arrived.foreign[:_NAMED])
        st.caption(_("Left out of the link, because the app has no such settings: {names}.", names=names))


# --- runs ---------------------------------------------------------------------------------------------------------

RUN, COMPARE, FOLLOWS = "run", "compare", "follows"  # in the address
CODE, TEACH, VIEW, PUPIL = "code", "teach", "view", "pupil"  # of a class
BOARD = "board"  # a view of the page Class


def compared_ids() -> list[str]:
    """The runs of `?compare=A,B,C`, without duplicates, at most as many as fit on a chart."""
    return address.names(COMPARE, MOST)


def back_to_all() -> None:
    """A button that leads back to the list of runs."""
    if st.button(_("All runs"), icon=":material/arrow_back:", type="tertiary", key="back"):
        address.go(address.RUNS_PAGE)


def open_runs(run_ids: Sequence[str]) -> None:
    """Open a run, or compare several."""
    if len(run_ids) == 1:
        address.go(address.TRAIN_PAGE, {RUN: run_ids[0]})
    address.go(address.RUNS_PAGE, {COMPARE: ",".join(run_ids[:MOST])})


def settings_with(run: Run, change: dict[str, Any]) -> dict[str, str]:
    """The query of the Train page with the settings of a run and one change. Raises ConfigError."""
    return settings_of(replace(run, config_json=with_settings(run.config, change).to_json()))
