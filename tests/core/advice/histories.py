"""Histories of runs: made up, and real ones that train in seconds, each once a process."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import torch

from core.advice.facts import Facts
from core.data import datasets
from core.recipes import configure
from core.runs.state import State
from core.training.device import use_threads
from core.training.loop import Trainer
from core.training.records import EndRecord, EpochRecord, LossRecord

STEPS = 20  # an epoch, in the made-up histories
HEALTHY = [(1.2, 0.70, 1.0, 0.75), (0.6, 0.85, 0.7, 0.84), (0.4, 0.90, 0.5, 0.89), (0.3, 0.93, 0.4, 0.92)]


def made_up(
    epochs: Sequence[tuple[float, float, float, float]],
    *,
    losses: Sequence[float] | None = None,
    state: State = State.FINISHED,
    counts: dict[str, int] | None = None,
    changes: dict[str, Any] | None = None,
) -> Facts:
    """A history of (training loss, training accuracy, validation loss, validation accuracy) that began at 2.3."""
    records = [
        EpochRecord(
            number, number * STEPS, *values, lr=0.001, seconds=1.0,
            best=values[3] > max((earlier[3] for earlier in epochs[: number - 1]), default=-1.0),
        )
        for number, values in enumerate(epochs, 1)
    ]  # fmt: skip
    if losses is None:
        noise = np.random.default_rng(0).normal(0, 0.01, len(epochs) * STEPS)
        losses = [2.3, *(np.repeat([values[0] for values in epochs], STEPS) + noise)[1:]]
    return Facts(configure("digits", changes or {}), state, records, np.array(losses, dtype=np.float32), counts or {})


def real(**changes: Any) -> Facts:
    """The history of a run with these settings, by path with __ for a dot."""
    return _trained(json.dumps({path.replace("__", "."): value for path, value in changes.items()}, sort_keys=True))


@cache
def _trained(changes: str) -> Facts:
    config = configure("digits", json.loads(changes))
    for _ in datasets.prepare(config.data):
        pass
    use_threads(config)
    losses: list[float] = []
    epochs: list[EpochRecord] = []
    state = State.FINISHED
    for record in Trainer(config, datasets.load(config.data), torch.device("cpu")).records():
        match record:
            case LossRecord():
                losses += record.losses
            case EpochRecord():
                epochs.append(record)
            case EndRecord() if record.reason == "diverged":
                state = State.DIVERGED
    return Facts(config, state, epochs, np.array(losses, dtype=np.float32))


def perceptron(*units: int) -> list[dict[str, Any]]:
    hidden = [layer for number in units for layer in ({"kind": "linear", "out_features": number}, {"kind": "relu"})]
    return [{"kind": "flatten"}, *hidden, {"kind": "linear", "out_features": 10}]
