"""Which settings explain the best results of a class: the runs grouped by each setting that differs among them."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select

from core.classes.ending import Result
from core.config import from_json
from core.runs.comparison import different_settings
from core.runs.schema import epochs


@dataclass(frozen=True)
class Group:
    """The runs with one value of a setting."""

    value: Any
    number: int
    mean: float  # of the best validation accuracies, 0..1
    spread: float  # their standard deviation; 0 for a single run


@dataclass(frozen=True)
class Influence:
    """A setting that differs among the runs. `share` of the variance (0..1) lies between its groups: eta squared."""

    path: str
    share: float
    groups: tuple[Group, ...]  # the best first


def influences(found: Sequence[Result]) -> list[Influence]:
    """The settings that differ among the runs with a result, the most telling first. Empty for fewer than two runs."""
    scored = [one for one in found if one.best_accuracy is not None]
    if len(scored) < 2:
        return []
    differing = different_settings([from_json(one.config) for one in scored])
    accuracies = [one.best_accuracy or 0.0 for one in scored]
    told = [_influence(path, values, accuracies) for path, values in differing.items()]
    return sorted(told, key=lambda one: (-one.share, len(one.groups)))


def _influence(path: str, values: Sequence[Any], accuracies: Sequence[float]) -> Influence:
    members: dict[str, list[float]] = {}
    for value, accuracy in zip(values, accuracies, strict=True):
        members.setdefault(value_key(value), []).append(accuracy)
    mean = statistics.fmean(accuracies)
    total = sum((accuracy - mean) ** 2 for accuracy in accuracies)
    between = sum(len(group) * (statistics.fmean(group) - mean) ** 2 for group in members.values())
    groups = [
        Group(json.loads(key), len(group), statistics.fmean(group), statistics.pstdev(group))
        for key, group in members.items()
    ]
    return Influence(path, between / total if total else 0.0, tuple(sorted(groups, key=lambda group: -group.mean)))


def value_key(value: Any) -> str:
    """A value of a setting as text that is equal for equal values."""
    return json.dumps(value, sort_keys=True)


def value_of(one: Result, path: str) -> Any:
    """The value of a setting in a run; None where it has none."""
    value: Any = json.loads(one.config)
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def accuracies(database: Engine, run_ids: Sequence[str]) -> dict[str, list[tuple[int, float]]]:
    """The validation accuracy (0..1) of each run by epoch: one query."""
    query = (
        select(epochs.c.run_id, epochs.c.epoch, epochs.c.val_accuracy)
        .where(epochs.c.run_id.in_(run_ids), epochs.c.val_accuracy.is_not(None))
        .order_by(epochs.c.run_id, epochs.c.epoch)
    )
    found: dict[str, list[tuple[int, float]]] = {}
    with database.connect() as connection:
        for run_id, epoch, accuracy in connection.execute(query):
            found.setdefault(run_id, []).append((epoch, accuracy))
    return found
