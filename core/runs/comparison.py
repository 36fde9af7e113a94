"""Compares runs: the settings that differ, and the curves over steps, epochs or time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.config import DECIDED, RunConfig
from core.runs import history
from core.runs.run import Run
from core.runs.store import Store

Floats = NDArray[np.float64]
Over = Literal["step", "epoch", "time"]
What = Literal["loss", "val_loss", "val_accuracy"]
MOST = 8  # runs on one chart; nobody can distinguish more lines


@dataclass(frozen=True)
class Curve:
    """The curve of a run, and the point of its best epoch."""

    xs: list[float]
    ys: list[float]
    best: tuple[float, float] | None


def different_settings(configs: Sequence[RunConfig]) -> dict[str, list[Any]]:
    """The settings that differ, by dotted path, with the value in each configuration (None if it has none).

    They are in the order of the settings.
    """
    flat = [_flat("", config.model_dump(mode="json")) for config in configs]
    paths = dict.fromkeys(path for settings in flat for path in settings if path not in DECIDED)
    values = {path: [settings.get(path) for settings in flat] for path in paths}
    return {path: found for path, found in values.items() if any(value != found[0] for value in found[1:])}


def _flat(path: str, value: Any) -> dict[str, Any]:
    """All settings by dotted path. Lists stay whole."""
    if not isinstance(value, Mapping):
        return {path: value}
    inner = [_flat(f"{path}.{key}" if path else str(key), part) for key, part in value.items()]
    return {name: found for part in inner for name, found in part.items()}


def curve(store: Store, run: Run, what: What, over: Over) -> Curve:
    """The curve of a run with at most about 2,000 points. Time is in seconds of training."""
    records = history.epoch_records(store.database, run.id)
    steps = np.array([0, *(record.step for record in records)], dtype=float)
    # Within an epoch, all steps are assumed to take the same time.
    scale = {
        "step": steps,
        "epoch": np.arange(len(steps), dtype=float),
        "time": np.array([0.0, *(record.seconds for record in records)]),
    }[over]
    if len(steps) == 1:
        steps, scale = _without_epochs(run, over)
    if what == "loss":
        found = history.loss_curve(store.database, run.id, since=0, total_steps=run.total_steps or 0, ended=True)
        xs = _beyond(found.steps.astype(float) + 1, steps, scale)
        ys = [float(loss) for loss in found.losses]
        end = next((record.step for record in records if record.epoch == run.best_epoch), None)
        if end is None or not xs:
            return Curve(xs, ys, None)
        place = min(int(np.searchsorted(found.steps, end - 1)), len(xs) - 1)
        return Curve(xs, ys, (xs[place], ys[place]))
    values = [float(getattr(record, what)) for record in records]
    xs = [float(x) for x in scale[1 : len(values) + 1]]
    best = next(((x, y) for x, y, one in zip(xs, values, records, strict=False) if one.epoch == run.best_epoch), None)
    return Curve(xs, values, best)


def _without_epochs(run: Run, over: Over) -> tuple[Floats, Floats]:
    """Steps and scale of a run that is in its first epoch."""
    steps = np.array([0.0, max(1, run.step)])
    first = (run.total_steps or run.step) / max(1, run.config.epochs)
    whole = {"step": float(steps[1]), "epoch": steps[1] / max(1.0, first), "time": run.seconds}
    return steps, np.array([0.0, whole[over]])


def _beyond(positions: Floats, steps: Floats, scale: Floats) -> list[float]:
    """Positions on the scale, which is extrapolated beyond the last epoch."""
    slope = (scale[-1] - scale[-2]) / max(1.0, steps[-1] - steps[-2])
    inside = np.interp(positions, steps, scale)
    return [float(x) for x in np.where(positions > steps[-1], scale[-1] + (positions - steps[-1]) * slope, inside)]
