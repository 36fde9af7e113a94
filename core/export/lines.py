"""Helpers to write code."""

from typing import Any


def arguments(values: dict[str, Any]) -> str:
    """Keyword arguments of a call."""
    return ", ".join(f"{name}={value!r}" for name, value in values.items())


def indented(lines: list[str], spaces: int) -> list[str]:
    """The lines, indented."""
    return [" " * spaces + line for line in lines]
