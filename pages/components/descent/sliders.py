"""Sliders for the settings of a walk, with the settings' own names and help."""

import streamlit as st

from core.config import Settings
from pages.components.widgets.setting import setting_help, setting_title


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
