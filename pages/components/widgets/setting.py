"""One setting, one widget: label, help and limits come from the configuration's own field."""

from math import floor, log10
from typing import Any

import streamlit as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from core.config.typed import numbers
from pages.components.shell.i18n import _


def setting(group: type[BaseModel], name: str, value: Any, *, key: str, options: dict[str, str] | None = None) -> Any:
    """A widget for the field `name` of `group`, showing `value`; returns what the reader chose.

    `options` are the choices of a field with names, with their labels. A field that may be None is empty for None.
    """
    info = group.model_fields[name]
    label, explanation = _(info.title or name), _(info.description) if info.description else None
    if options is not None:
        names = list(options)
        index = names.index(value)
        return st.selectbox(label, names, index, lambda choice: _(options[choice]), key=key, help=explanation)
    if isinstance(value, bool):
        return st.toggle(label, value, key=key, help=explanation)
    if isinstance(value, tuple):
        text = ", ".join(f"{number:g}" for number in value)
        return numbers(st.text_input(label, text, key=key, help=explanation))
    number = _whole if info.annotation in (int, int | None) else _real
    return number(label, info, value, key=key, help=explanation)


def _whole(label: str, info: FieldInfo, value: int | None, **shared: Any) -> int | None:
    limits = _limits(info)
    number: int | None = st.number_input(
        label, limits.get("ge"), limits.get("le"), value, step=1, placeholder="–", **shared
    )
    return number


def _real(label: str, info: FieldInfo, value: float, **shared: Any) -> float:
    limits = _limits(info)
    # The widget knows closed limits only: an open one itself is refused by the configuration, in a sentence.
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
