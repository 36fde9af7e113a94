"""The recipes: ready-made runs, each a TOML file.

A recipe has texts (title, summary, what it teaches, its words, what to look at) and the settings of its run.
`elsewhere` has the settings for a server without its photos, `sample` what stands in for a data set that can't be had,
and `published` the tutorial's figures.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from core.config import RunConfig, parse, with_settings
from core.data.builtin import photo_sets
from core.errors import RunError
from core.messages import say

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Sample:
    """A part of the data set that comes with the app, and the best validation accuracy (0..1) to expect on it."""

    dataset: str
    accuracy: float


@dataclass(frozen=True)
class Recipe:
    """A ready-made run."""

    name: str
    title: str
    summary: str  # one sentence
    teaches: str  # what to look at, one or two sentences
    words: str  # the tutorial's explanation, in our words
    look: str  # what there is to see when it is trained
    next: str  # name of the recipe that comes next
    concepts: tuple[str, ...]  # what is explained beside it, see `pages.components.concepts`
    minutes: float  # on two processor cores
    config: RunConfig
    number: int  # its place among the lessons, 0 for the first look
    published: Mapping[int, float]  # the tutorial's validation accuracy (0..1) after some epochs
    sample: Sample | None  # for a server that has not its data set, and can't get it


def recipes() -> Mapping[str, Recipe]:
    """All recipes by name, in the order of Home. Recipes on photos use a data set that this server has."""
    return {
        name: here if photo_sets.available(here.config.data.dataset) else elsewhere
        for name, (here, elsewhere) in _read_all().items()
    }


def recipe(name: str) -> Recipe:
    """The recipe of this name. Raises RunError if there is none."""
    try:
        return recipes()[name]
    except KeyError:
        known = ", ".join(recipes())
        raise RunError(say("There is no recipe {name}. Choose one of {known}.", name=name, known=known)) from None


def configure(name: str, changes: Mapping[str, Any]) -> RunConfig:
    """A recipe's configuration with some settings changed, by dotted path. Raises RunError or ConfigError."""
    return with_settings(recipe(name).config, changes)


@cache
def _read_all() -> Mapping[str, tuple[Recipe, Recipe]]:
    found = sorted((_read(path) for path in _FOLDER.glob("*.toml")), key=lambda recipe: recipe[0])
    return {here.name: (here, elsewhere) for _, here, elsewhere in found}


def _read(path: Path) -> tuple[int, Recipe, Recipe]:
    """The place of a recipe in the order, the recipe, and its version for a server without its photos."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    config, changes, order = parse(content.pop("config")), content.pop("elsewhere", {}), content.pop("order")
    published = {int(epoch): accuracy for epoch, accuracy in content.pop("published", {}).items()}
    sample = Sample(**content.pop("sample")) if "sample" in content else None
    concepts = tuple(content.pop("concepts"))
    here = Recipe(
        name=path.stem,
        config=config,
        number=order,
        published=published,
        sample=sample,
        concepts=concepts,
        **content,
    )
    return order, here, replace(here, config=with_settings(config, changes))
