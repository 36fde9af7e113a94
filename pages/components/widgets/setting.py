"""A widget for a setting. Label, help and limits come from the field of the configuration."""

from math import floor, log10
from typing import Any

import streamlit as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pages.components.shell.glossary import TERM_OF_SETTING, explained
from pages.components.shell.i18n import _


def setting(group: type[BaseModel], name: str, value: Any, *, key: str, options: dict[str, str] | None = None) -> Any:
    """A widget for the field `name` of `group` that shows `value`. Returns the chosen value.

    `options` maps the names of a menu to their labels. An empty widget means None.
    """
    info = group.model_fields[name]
    label, explanation = setting_title(group, name), setting_help(group, name)
    if options is not None:
        names = list(options)
        index = names.index(value)
        return st.selectbox(label, names, index, lambda choice: _(options[choice]), key=key, help=explanation)
    if isinstance(value, bool):
        return st.toggle(label, value, key=key, help=explanation)
    if isinstance(value, tuple):
        text = ", ".join(f"{number:g}" for number in value)
        return _numbers(st.text_input(label, text, key=key, help=explanation))
    number = _whole if info.annotation in (int, int | None) else _real
    return number(label, info, value, key=key, help=explanation)


def setting_title(group: type[BaseModel], name: str) -> str:
    """The label of a setting."""
    return _(group.model_fields[name].title or name)


def setting_help(group: type[BaseModel], name: str) -> str | None:
    """The help of a setting, with the definition of its term in the glossary."""
    terms = [TERM_OF_SETTING[name]] if name in TERM_OF_SETTING else []
    text = group.model_fields[name].description
    return explained(_(text) if text else "", *terms) or None


def _whole(label: str, info: FieldInfo, value: int | None, **shared: Any) -> int | None:
    limits = _limits(info)
    number: int | None = st.number_input(
        label, limits.get("ge"), limits.get("le"), value, step=1, placeholder="–", **shared
    )
    return number


def _real(label: str, info: FieldInfo, value: float, **shared: Any) -> float:
    limits = _limits(info)
    # The widget has only inclusive limits. The configuration refuses an exclusive limit with an error.
    low = float(limits.get("ge", limits.get("gt", 0.0)))
    high = float(limits.get("le", limits.get("lt", 1e9)))
    step = _step(float(info.default or 0.1))
    return float(st.number_input(label, low, high, float(value), step=step, format="%.6g", **shared))


def _limits(info: FieldInfo) -> dict[str, Any]:
    names = ("ge", "gt", "le", "lt")
    return {name: getattr(rule, name) for rule in info.metadata for name in names if hasattr(rule, name)}


def _step(default: float) -> float:
    """A tenth of the default's order of magnitude, such as 0.0001 for 0.003."""
    return 10.0 ** (floor(log10(default)) - 1)


def _numbers(text: str) -> list[float | str]:
    """Comma-separated numbers. Other text is kept, and the configuration refuses it with an error."""

    def number(part: str) -> float | str:
        try:
            return float(part)
        except ValueError:
            return part.strip()

    return [number(part) for part in text.split(",") if part.strip()]
