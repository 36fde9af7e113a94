"""Parses settings into a `RunConfig`, with a message for each error."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from core.config.base import Settings
from core.config.data import Augmentation, DataConfig, PointCloud
from core.config.layers import Layer, LayerStack
from core.config.optimizers import Optimizer, Scheduler
from core.config.run import RunConfig
from core.config.transfer import Transfer
from core.errors import ConfigError, Problem
from core.messages import N_, Message, say

# What a class decides for its runs: nothing to change, to compare or to put into a link.
DECIDED = ("data.board",)


def parse(settings: Mapping[str, Any]) -> RunConfig:
    """Validate plain settings.

    Raises:
        ConfigError: with all wrong settings, each with its remedy.
    """
    try:
        return RunConfig.model_validate(settings)
    except ValidationError as error:
        raise ConfigError(_problems(error)) from None


def parse_layers(layers: Sequence[Mapping[str, Any]]) -> tuple[Layer, ...]:
    """Plain settings as layers. Raises ConfigError."""
    try:
        return LayerStack.model_validate({"layers": layers}).layers
    except ValidationError as error:
        raise ConfigError(_problems(error)) from None


def from_json(text: str) -> RunConfig:
    """The configuration that `RunConfig.to_json` wrote. Raises ConfigError."""
    try:
        settings = json.loads(text)
    except json.JSONDecodeError:
        raise ConfigError([Problem("", say("This isn't a configuration, because it isn't JSON."))]) from None
    return parse(settings)


def read_setting(text: str) -> tuple[str, Any]:
    """Split `optimizer.lr=0.01` into path and value. A value that isn't JSON is text. Raises ValueError without "="."""
    path, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"{text} needs the form key=value, such as optimizer.lr=0.01")
    try:
        return path, json.loads(value)
    except (ValueError, RecursionError):  # not JSON, or JSON with thousands of digits or brackets
        return path, value


def with_settings(config: RunConfig, changes: Mapping[str, Any]) -> RunConfig:
    """A copy with some settings changed, by dotted path, such as `{"optimizer.lr": 0.01, "epochs": 4}`.

    A new optimizer or schedule starts with its own defaults. The order of the changes doesn't matter.

    Raises:
        ConfigError: for a path that doesn't exist or a value that doesn't fit.
    """
    settings = config.model_dump(mode="json")
    for path, value in sorted(changes.items(), key=lambda change: not change[0].endswith(".name")):
        *groups, last = path.split(".")
        target = settings
        for group in groups:
            target = target.get(group, {}) if isinstance(target, dict) else {}
        if (groups and not target) or not isinstance(target, dict):
            raise ConfigError([Problem(path, say("There is no setting {path}.", path=path))])
        if last == "name" and target.get("name") != value:
            target.clear()
        target[last] = value
    return parse(settings)


def differences(config: RunConfig, base: RunConfig) -> dict[str, Any]:
    """The settings in which `config` differs from `base`, by dotted path: `with_settings(base, …)` gives `config`."""
    found = dict(_differences("", config.model_dump(mode="json"), base.model_dump(mode="json")))
    return {path: value for path, value in found.items() if path not in DECIDED}


def _differences(path: str, ours: Any, theirs: Any) -> Iterable[tuple[str, Any]]:
    if not (isinstance(ours, dict) and isinstance(theirs, dict)):
        if ours != theirs:
            yield path, ours
        return
    same_kind = ours.get("name") == theirs.get("name")
    for key, value in ours.items():
        # For a new optimizer, compare with its defaults, because `with_settings` starts with them.
        inner = f"{path}.{key}" if path else key
        yield from _differences(inner, value, theirs.get(key) if same_kind else _DEFAULTS.get((ours["name"], key)))


def title_of(path: str) -> str | None:
    """What a setting is called for people, such as "Learning rate" for `optimizer.lr`; None for what has no title."""
    *groups, name = path.split(".")
    for group in _GROUPS.get(".".join(groups), ()):
        if name in group.model_fields:
            return group.model_fields[name].title
    return None


def refusal(group: type[BaseModel], name: str, value: Any) -> Message | None:
    """Why the field `name` of a group of settings can't have this value, in a sentence; None where it can."""
    try:
        _field(group, name).validate_python(value)
    except ValidationError as error:
        info = group.model_fields[name]
        problem = _problem({**error.errors()[0], "loc": ()})
        return Message(problem.message.template, {**problem.message.values, "name": Message(info.title or name)})
    return None


@cache
def _field(group: type[BaseModel], name: str) -> TypeAdapter[Any]:
    info = group.model_fields[name]
    rules: Any = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
    return TypeAdapter(rules, config=ConfigDict(allow_inf_nan=False))


def _problems(error: ValidationError) -> list[Problem]:
    """All errors of pydantic, except those caused by others, such as a list that is too short without its bad items."""
    details = error.errors()
    inside = {detail["loc"][:length] for detail in details for length in range(len(detail["loc"]))}
    return [_problem(detail) for detail in details if not (detail["type"] == "too_short" and detail["loc"] in inside)]


def _problem(detail: ErrorDetails) -> Problem:
    """An error of pydantic as a message with a remedy."""
    where = ".".join(str(part) for part in detail["loc"] if part not in _TAGS)
    context = detail.get("ctx", {})
    if detail["type"] == "classroom":
        return Problem(where, context["message"])
    name = where or N_("configuration")
    template = _SENTENCES.get(detail["type"], N_("{name}: {value} doesn't fit here. Choose another value."))
    limit = next((context[key] for key in ("ge", "gt", "le", "lt", "min_length", "max_length") if key in context), "")
    expected = context.get("expected") or context.get("expected_tags") or ""
    value = _written(detail.get("input"))[:40]
    return Problem(where, say(template, name=name, value=value, limit=_written(limit), expected=expected))


def _written(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


_SENTENCES = {
    "missing": N_("{name} is missing. Add it."),
    "extra_forbidden": N_("There is no setting {name}. Check the spelling."),
    "greater_than": N_("{name} is {value}. Choose a value above {limit}."),
    "greater_than_equal": N_("{name} is {value}. Choose at least {limit}."),
    "less_than": N_("{name} is {value}. Choose a value below {limit}."),
    "less_than_equal": N_("{name} is {value}. Choose at most {limit}."),
    "int_parsing": N_("{name} is {value}. It needs a whole number."),
    "int_type": N_("{name} is {value}. It needs a whole number."),
    "int_from_float": N_("{name} is {value}. It needs a whole number."),
    "float_parsing": N_("{name} is {value}. It needs a number."),
    "float_type": N_("{name} is {value}. It needs a number."),
    "finite_number": N_("{name} is {value}. It needs a finite number."),
    "bool_parsing": N_("{name} is {value}. It needs true or false."),
    "literal_error": N_("{name} is {value}. Choose one of {expected}."),
    "union_tag_invalid": N_("{name} is {value}. Choose one of {expected}."),
    "union_tag_not_found": N_("{name} needs a kind. Choose one of {expected}."),
    "too_short": N_("{name} is too short. It needs at least {limit}."),
    "too_long": N_("{name} is too long. It can have at most {limit}."),
}


def _choices(union: Any) -> tuple[type[Settings], ...]:
    """The classes of a union of settings."""
    return get_args(get_args(union)[0])


OPTIMIZERS: dict[str, type[Settings]] = {choice.model_fields["name"].default: choice for choice in _choices(Optimizer)}
SCHEDULERS: dict[str, type[Settings]] = {choice.model_fields["name"].default: choice for choice in _choices(Scheduler)}
LAYERS: dict[str, type[Settings]] = {
    kind: choice for choice in _choices(Layer) for kind in get_args(choice.model_fields["kind"].annotation)
}
_DEFAULTS = {
    (name, field): info.default
    for choices in (OPTIMIZERS, SCHEDULERS)
    for name, choice in choices.items()
    for field, info in choice.model_fields.items()
    if field != "name"
}
# Groups of settings by the path that leads to them.
_GROUPS: dict[str, tuple[type[BaseModel], ...]] = {
    "": (RunConfig,),
    "data": (DataConfig,),
    "data.augmentation": (Augmentation,),
    "data.points": (PointCloud,),
    "optimizer": tuple(OPTIMIZERS.values()),
    "scheduler": tuple(SCHEDULERS.values()),
    "transfer": (Transfer,),
}
# Pydantic puts the chosen kind into the path of an error. The path of the setting doesn't have it.
_TAGS = {"stack", "backbone", *OPTIMIZERS, *SCHEDULERS, *LAYERS}
