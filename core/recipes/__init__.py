"""The recipes: ready-made runs, each a TOML file.

A recipe has texts (title, summary, what it teaches, its words, what to look at) and the settings of its run.
`without_photos` and `without_weights` have the settings for a server that lacks them, `sample` what stands in for a
data set that can't be had, and `published` the tutorial's figures.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from core import environment
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
    replaces: str | None = None  # the network of the tutorial, where another stands in for its missing weights


@dataclass(frozen=True)
class _Source:
    """A recipe as written, and the settings that replace its own on a server without its photos or weights."""

    recipe: Recipe
    without_photos: dict[str, Any]
    without_weights: dict[str, Any]
    weights_file: str | None  # in the folder `weights` of `DATA_DIR`


def recipes() -> Mapping[str, Recipe]:
    """All recipes by name, in the order of Home, with photos and weights that this server has."""
    return {
        name: _fitting(
            name,
            photos=photo_sets.available(source.recipe.config.data.dataset),
            weights=source.weights_file is None or (environment.weights_dir() / source.weights_file).exists(),
        )
        for name, source in _read_all().items()
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
def _fitting(name: str, *, photos: bool, weights: bool) -> Recipe:
    """The recipe for a server that has its photos and its weights, or not."""
    source = _read_all()[name]
    changes = ({} if photos else source.without_photos) | ({} if weights else source.without_weights)
    known = source.recipe
    return replace(
        known,
        config=with_settings(known.config, changes),
        replaces=None if weights else known.config.model.name,
    )


@cache
def _read_all() -> Mapping[str, _Source]:
    found = sorted((_read(path) for path in _FOLDER.glob("*.toml")), key=lambda source: source.recipe.number)
    return {source.recipe.name: source for source in found}


def _read(path: Path) -> _Source:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    without_photos, without_weights = content.pop("without_photos", {}), content.pop("without_weights", {})
    weights_file = without_weights.pop("file", None)
    sample = content.pop("sample", None)
    known = Recipe(
        name=path.stem,
        config=parse(content.pop("config")),
        number=content.pop("order"),
        published={int(epoch): accuracy for epoch, accuracy in content.pop("published", {}).items()},
        sample=Sample(**sample) if sample else None,
        concepts=tuple(content.pop("concepts")),
        **content,
    )
    return _Source(known, without_photos, without_weights, weights_file)
