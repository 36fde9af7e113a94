"""The lessons as data: one TOML file each, never code.

A recipe is a title, a sentence on what it teaches, and the settings of its run.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.config import RunConfig, parse, with_settings
from core.errors import RunError
from core.words import say

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Recipe:
    """A lesson, ready to train."""

    name: str
    title: str
    summary: str  # one sentence
    teaches: str  # what to look at, one or two sentences
    minutes: float  # on two processor cores
    config: RunConfig


@cache
def recipes() -> Mapping[str, Recipe]:
    """All recipes by name, from the first lesson to the last."""
    found = [_read(path) for path in _FOLDER.glob("*.toml")]
    return {recipe.name: recipe for _, recipe in sorted(found, key=lambda pair: pair[0])}


def recipe(name: str) -> Recipe:
    """The recipe of this name. Raises RunError where there is none."""
    try:
        return recipes()[name]
    except KeyError:
        known = ", ".join(recipes())
        raise RunError(say("There is no recipe {name}. Choose one of {known}.", name=name, known=known)) from None


def configure(name: str, changes: Mapping[str, Any]) -> RunConfig:
    """A recipe's configuration with some settings changed, by dotted path. Raises RunError or ConfigError."""
    return with_settings(recipe(name).config, changes)


def _read(path: Path) -> tuple[int, Recipe]:
    """A recipe with its place among the others."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    config = parse(content.pop("config"))
    return content.pop("order"), Recipe(name=path.stem, config=config, **content)
