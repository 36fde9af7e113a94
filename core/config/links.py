"""Settings as they arrive in a link: through mail and other sites, which add names and signs of their own."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches

from core.config.reading import DECIDED, read_setting, with_settings
from core.config.run import RunConfig
from core.errors import ConfigError, Problem

# What a setting is called elsewhere → its path. Version 0.1.0's names all still hold; a name that changes later comes
# here, too, so that old links keep their meaning.
OTHER_NAMES = {
    "lr": "optimizer.lr",
    "learning_rate": "optimizer.lr",
    "optimizer": "optimizer.name",
    "momentum": "optimizer.momentum",
    "weight_decay": "optimizer.weight_decay",
    "scheduler": "scheduler.name",
    "dataset": "data.dataset",
    "image_size": "data.image_size",
    "layers": "model.layers",
    "batch": "batch_size",
}
SIGNS = ".,;:!?)]}>'\"»”’…"  # that a sentence leaves behind a link


@dataclass(frozen=True)
class Arrived:
    """The settings that a link describes, and what in it could not be used."""

    config: RunConfig
    foreign: tuple[str, ...] = ()  # names that were never settings, such as those of other sites
    problems: tuple[Problem, ...] = ()  # settings that were meant, and why they can't be


def from_link(base: RunConfig, written: Mapping[str, str]) -> Arrived:
    """All settings of a link that can be used; names that aren't settings and values that can't be are left out."""
    written = _renamed(written)
    settings = dict(read_setting(f"{path}={value}") for path, value in written.items() if path not in DECIDED)
    try:
        return Arrived(with_settings(base, settings))
    except ConfigError:
        pass
    config, waiting = base, dict(settings)
    while waiting:  # some fit only once another one is set
        before = len(waiting)
        for path in sorted(waiting, key=lambda path: not path.endswith(".name")):
            with suppress(ConfigError):
                config = _with_one(config, path, settings[path], written[path])
                del waiting[path]
        if len(waiting) == before:
            break
    foreign = tuple(path for path in waiting if not _is_meant(path))
    problems = [problem for path in waiting if path not in foreign for problem in _why(config, path, settings[path])]
    return Arrived(config, foreign, tuple(problems))


def _renamed(written: Mapping[str, str]) -> dict[str, str]:
    """The settings by their present names. A setting that the link also has by its own name keeps that value."""
    renamed = {}
    for name, value in written.items():
        path = name if value.startswith("{") else OTHER_NAMES.get(name, name)
        if path == name or path not in written:
            renamed[path] = value
    return renamed


def _with_one(config: RunConfig, path: str, value: object, text: str) -> RunConfig:
    """The configuration with one more setting, if need be without the signs behind it. Raises ConfigError."""
    shortest = len(text.rstrip(SIGNS))
    for length in range(len(text) - 1, shortest - 1, -1):  # a list ends with a bracket of its own
        try:
            return with_settings(config, {path: value})
        except ConfigError:
            _path, value = read_setting(f"{path}={text[:length]}")
    return with_settings(config, {path: value})


def _is_meant(path: str) -> bool:
    """Whether somebody wanted to name a setting, perhaps with a mistake."""
    return "." in path or bool(get_close_matches(path, RunConfig.model_fields, cutoff=0.75))


def _why(config: RunConfig, path: str, value: object) -> tuple[Problem, ...]:
    try:
        with_settings(config, {path: value})
    except ConfigError as error:
        return error.problems
    return ()
