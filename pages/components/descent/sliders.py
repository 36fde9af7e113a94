"""Sliders for the settings of a walk, with the settings' own names and help."""

import streamlit as st

from core.config import Settings
from pages.components.shell.i18n import _


def setting_slider(settings: type[Settings], name: str, low: float, high: float, value: float, step: float) -> float:
    """A slider for a setting. The link keeps its value."""
    return st.slider(
        setting_title(settings, name),
        low,
        high,
        value,
        step,
        key=name,
        bind="query-params",
        help=setting_help(settings, name),
    )


def setting_title(settings: type[Settings], name: str) -> str:
    """The title of a setting."""
    return _(settings.model_fields[name].title or name)


def setting_help(settings: type[Settings], name: str) -> str:
    """The help text of a setting."""
    return _(settings.model_fields[name].description or name)
