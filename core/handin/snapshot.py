"""A run at one moment: what every file of a hand-in is made from, and nothing else.

A run that trains goes on while its files are made. Each file would show another moment if it read the database itself.
"""

import json
import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from core.errors import NoWeightsError
from core.evaluation import results
from core.evaluation.results import Evaluation
from core.runs import history
from core.runs.run import Run
from core.training import run_files
from core.training.records import EpochRecord


@dataclass(frozen=True)
class Weights:
    """A safetensors file with the weights after `epoch`, and the run's configuration and classes in its header."""

    epoch: int
    content: bytes


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A run, its records and its files. Losses that weren't a number are NaN."""

    run: Run
    epochs: tuple[EpochRecord, ...]
    losses: NDArray[np.float32]  # of training, by step, from step 0 on
    evaluation: Evaluation | None  # of the best epoch
    weights: Weights | None  # of the best epoch; of an earlier best one while the newest isn't saved yet

    @property
    def best(self) -> EpochRecord | None:
        """The epoch of best validation accuracy, None before the first epoch ends."""
        return next((record for record in reversed(self.epochs) if record.best), None)

    def needed_weights(self) -> Weights:
        """The weights. Raises NoWeightsError if there are none."""
        if self.weights is None:
            raise NoWeightsError
        return self.weights


def take(database: Engine, run_id: str, *, weights: bool) -> Snapshot:
    """The run as it is now; without `weights` their file, which may be large, isn't read.

    Raises:
        RunError: there is no run of this id.
    """
    # The order matters: an epoch is recorded before its weights are saved. Whatever the file holds at first, the
    # records, read after it, know its epoch.
    saved = _saved_weights(run_id) if weights else None
    found = history.whole(database, run_id)
    epochs = tuple(_with_nan(record) for record in found.epochs)
    best = {record.epoch for record in epochs if record.best}
    # A run that was killed and goes on from an older checkpoint has its best epoch still to come again.
    known = saved if saved and saved.epoch in best else None
    evaluation = results.kept(run_id, max(best)) if best else None
    return Snapshot(found.run, epochs, found.losses, evaluation, known)


def _saved_weights(run_id: str) -> Weights | None:
    """The file of best weights, read once: a newer one that takes its place meanwhile changes nothing."""
    try:
        content = run_files.best_weights(run_id).read_bytes()
    except FileNotFoundError:
        return None
    # A safetensors file begins with the length of its header (8 bytes, little-endian) and the header as JSON.
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    return Weights(int(header["__metadata__"]["epoch"]), content)


def _with_nan(record: EpochRecord) -> EpochRecord:
    """SQLite stores NaN as NULL, which comes back as None."""
    return replace(record, train_loss=_number(record.train_loss), val_loss=_number(record.val_loss))


def _number(stored: float | None) -> float:
    return math.nan if stored is None else stored
