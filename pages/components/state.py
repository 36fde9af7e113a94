"""The one owner of `st.session_state`: pages hold no keys of their own beyond those of their widgets."""

from typing import TypeVar

import streamlit as st

_PREFIX = "classroom."
Value = TypeVar("Value")


def language() -> str | None:
    """The language chosen in the menu, or None while the browser decides."""
    return st.session_state.get(_PREFIX + "language")


def choose_language(name: str | None) -> None:
    """Keep the menu's choice of language for this session."""
    st.session_state[_PREFIX + "language"] = name
