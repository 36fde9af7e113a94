"""How code is written down."""

from typing import Any


def arguments(values: dict[str, Any]) -> str:
    """Keyword arguments as a call has them."""
    return ", ".join(f"{name}={value!r}" for name, value in values.items())


def indented(lines: list[str], spaces: int) -> list[str]:
    """The lines, moved to the right."""
    return [" " * spaces + line for line in lines]
