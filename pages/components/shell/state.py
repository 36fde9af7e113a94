"""Owns the keys in `st.session_state`, except those of widgets."""

from dataclasses import dataclass, field

import streamlit as st

from core.classes.room import Room
from core.config import RunConfig
from core.config.links import Arrived
from core.errors import ConfigError

_PREFIX = "classroom."


def language() -> str | None:
    """The language chosen in the menu. None if the browser's language is used."""
    return st.session_state.get(_PREFIX + "language")


def choose_language(name: str | None) -> None:
    """Store the language for this session."""
    st.session_state[_PREFIX + "language"] = name


def secret() -> str | None:
    """The browser's secret (see `identity`)."""
    return st.session_state.get(_PREFIX + "secret")


def keep_secret(value: str) -> None:
    """Store the browser's secret for this session."""
    st.session_state[_PREFIX + "secret"] = value


def baseline() -> str | None:
    """The run whose curves are drawn beside those of any other, by its id; None where none is pinned."""
    return st.session_state.get(_PREFIX + "baseline")


def pin_baseline(run_id: str | None) -> None:
    """Keep a run as baseline for this session, or none."""
    st.session_state[_PREFIX + "baseline"] = run_id


def keys() -> set[str]:
    """The keys of the links that this session opened (see `access`)."""
    found: set[str] = st.session_state.setdefault(_PREFIX + "keys", set())
    return found


def keep_key(key: str) -> None:
    """Remember a link's key for this session."""
    keys().add(key)


def uploads_given_back() -> int:
    """How often this session's uploads were given back."""
    return int(st.session_state.get(_PREFIX + "uploads", 0))


def count_uploads_given_back() -> None:
    """They were given back once more."""
    st.session_state[_PREFIX + "uploads"] = uploads_given_back() + 1


def moved_to(page: str) -> bool:
    """Whether the session was on another page until now."""
    before = st.session_state.get(_PREFIX + "page", page)
    st.session_state[_PREFIX + "page"] = page
    return bool(before != page)


def forget_visitor() -> None:
    """Drop everything that this session kept of its visitor, the keys of widgets included."""
    st.session_state.clear()


def room() -> Room | None:
    """The class that this browser is in, as it was when the page was drawn."""
    found: Room | None = st.session_state.get(_PREFIX + "room")
    return found


def keep_room(value: Room | None) -> None:
    """Keep the class for the page that is being drawn."""
    st.session_state[_PREFIX + "room"] = value


@dataclass
class Draft:
    """The run that is being prepared on the Train page: a recipe with changes.

    `generation` is part of the keys of all widgets. Increasing it makes new widgets, which show the current draft.
    `link` is the query that the page wrote last. If the address has another one, somebody followed a link.
    `refused` is the error of the last change of the layers. It is shown once.
    `arrived` is what the link brought, to say what it brought in vain.
    `changed` is the setting that was changed last, of those that a hint explains.
    `follows` is the run whose settings these were, `expected` what the reader expects of the change (`EXPECTATIONS`).
    """

    recipe: str
    config: RunConfig
    generation: int = 0
    link: dict[str, str] = field(default_factory=dict)
    refused: ConfigError | None = None
    arrived: Arrived | None = None
    changed: str | None = None
    follows: str | None = None
    expected: str | None = None


def draft() -> Draft | None:
    """The draft. None before the Train page was opened."""
    return st.session_state.get(_PREFIX + "draft")


def keep_draft(value: Draft) -> None:
    """Store the draft for this session."""
    st.session_state[_PREFIX + "draft"] = value
