"""The one owner of `st.session_state`: pages hold no keys of their own beyond those of their widgets."""

from dataclasses import dataclass, field

import streamlit as st

from core.config import RunConfig
from core.errors import ConfigError

_PREFIX = "classroom."


def language() -> str | None:
    """The language chosen in the menu, or None while the browser decides."""
    return st.session_state.get(_PREFIX + "language")


def choose_language(name: str | None) -> None:
    """Keep the menu's choice of language for this session."""
    st.session_state[_PREFIX + "language"] = name


def secret() -> str | None:
    """What this browser proves its ownership with (see `identity`)."""
    return st.session_state.get(_PREFIX + "secret")


def keep_secret(value: str) -> None:
    """Keep the browser's secret for this session."""
    st.session_state[_PREFIX + "secret"] = value


@dataclass
class Draft:
    """The run being prepared on the Train page: a recipe and what was changed of it.

    `generation` is part of every widget's key: raising it makes new widgets, which show the draft as it is now.
    `link` is the query that the address was last given for it: another one means that somebody followed a link.
    `follows` is the run whose settings these were, `expected` what the reader expects of the change (`EXPECTATIONS`).
    `refused` is why the last change of the layers was left out, to be told once.
    """

    recipe: str
    config: RunConfig
    generation: int = 0
    link: dict[str, str] = field(default_factory=dict)
    refused: ConfigError | None = None
    follows: str | None = None
    expected: str | None = None


def draft() -> Draft | None:
    """The run being prepared, None before the page was first opened."""
    return st.session_state.get(_PREFIX + "draft")


def keep_draft(value: Draft) -> None:
    """Keep the run being prepared for this session."""
    st.session_state[_PREFIX + "draft"] = value
