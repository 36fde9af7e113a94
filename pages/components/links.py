"""Addresses: settings and runs as query parameters, the same names and values as on the command line."""

import json

import streamlit as st

from core.config import RunConfig, differences
from core.recipes import recipe, recipes
from core.runs.store import Run

FIRST_RECIPE = "digits"


def settings_link(recipe_name: str, config: RunConfig) -> dict[str, str]:
    """The query of a Train page that opens with these settings: a recipe, and what differs from it."""
    changes = differences(config, recipe(recipe_name).config)
    return {"recipe": recipe_name} | {
        path: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        for path, value in changes.items()
    }


def settings_of(run: Run) -> dict[str, str]:
    """The query of a Train page that opens with a run's settings."""
    name = run.recipe if run.recipe in recipes() else FIRST_RECIPE
    return settings_link(name or FIRST_RECIPE, run.config)


def run_address(run: Run) -> str:
    """The full address at which anyone sees this run."""
    page = str(st.context.url or "").split("?")[0]
    return f"{page}?run={run.id}"
