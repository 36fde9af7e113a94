"""A widget for a setting. Label, help and limits come from the field of the configuration."""

from collections.abc import Callable
from math import floor, log10
from typing import Any

import streamlit as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from core.config import PointCloud, refusal
from core.config.typed import numbers
from core.data.builtin.points import SHAPES
from core.messages import N_, Message
from pages.components.shell.glossary import TERM_OF_SETTING, explained
from pages.components.shell.i18n import _, said


def setting(
    group: type[BaseModel], name: str, value: Any, *, key: str, options: dict[str, str] | None = None, locked: str = ""
) -> Any:
    """A widget for the field `name` of `group` that shows `value`. Returns the chosen value.

    `options` are the choices of a field with names, with their labels. A field that may be None is empty for None.
    A value that the field refuses is returned as it was typed, and the field says why it can't be. `locked` says why
    the setting can't be changed; empty: it can.
    """
    info = group.model_fields[name]
    label, explanation = setting_title(group, name), locked or setting_help(group, name)
    shared: dict[str, Any] = {"key": key, "help": explanation, "disabled": bool(locked)}
    if options is not None:
        names = list(options)
        index = names.index(value)
        return st.selectbox(label, names, index, lambda choice: _(options[choice]), **shared)
    if isinstance(value, bool):
        return st.toggle(label, value, **shared)
    if isinstance(value, tuple):
        text = ", ".join(f"{number:g}" for number in value)
        chosen: Any = numbers(st.text_input(label, text, **shared))
    elif info.annotation in (int, int | None):
        chosen = _whole(label, value, **shared)
    else:
        chosen = _real(label, info, value, **shared)
    say_refusal(refusal(group, name, chosen))
    return chosen


def point_settings(cloud: PointCloud, key: Callable[[str], str]) -> dict[str, Any]:
    """The widgets of the data set `points`, two in a row; `key` gives a widget's key for the name of its setting."""
    columns = st.columns(2)
    chosen: dict[str, Any] = {}
    for number, name in enumerate(PointCloud.model_fields):
        options = {shape: title for shape, (title, _maker) in SHAPES.items()} if name == "shape" else None
        with columns[number % 2]:
            chosen[name] = setting(PointCloud, name, getattr(cloud, name), key=key(name), options=options)
    return chosen


def setting_title(group: type[BaseModel], name: str) -> str:
    """The label of a setting."""
    return _(group.model_fields[name].title or name)


def setting_help(group: type[BaseModel], name: str) -> str | None:
    """The help of a setting, with the definition of its term in the glossary."""
    terms = [TERM_OF_SETTING[name]] if name in TERM_OF_SETTING else []
    text = group.model_fields[name].description
    return explained(_(text) if text else "", *terms) or None


def whole_number(label: str, low: int, high: int, value: int, *, key: str, **shared: Any) -> int | None:
    """A field for a whole number within limits, both included; None, and a sentence, for a number beyond them."""
    number = _whole(label, value, key=key, **shared)
    if number is not None and low <= number <= high:
        return number
    say_refusal(Message(N_("Choose a whole number from {low} to {high}."), {"low": low, "high": high}))
    return None


def say_refusal(why: Message | None) -> None:
    """The sentence below a field whose value can't be."""
    if why:
        st.markdown(f":red[:material/error: {said(why)}]")


# The widgets have no limits: with them the browser keeps a number beyond them to itself, so that the page would go on
# with the old one.
def _whole(label: str, value: int | None, **shared: Any) -> int | None:
    number: int | None = st.number_input(label, value=value, step=1, placeholder="–", **shared)
    return number


def _real(label: str, info: FieldInfo, value: float, **shared: Any) -> float:
    step = _step(float(info.default or 0.1))
    return float(st.number_input(label, value=float(value), step=step, format="%.6g", **shared))


def _step(default: float) -> float:
    """A tenth of the default's order of magnitude, such as 0.0001 for 0.003."""
    return 10.0 ** (floor(log10(default)) - 1)
