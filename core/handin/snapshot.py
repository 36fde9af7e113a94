"""A snapshot of a run, from which all files of a hand-in are made.

A run may train while its files are made. Without a snapshot, the files would show different moments.
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
    """A safetensors file with the weights after `epoch`. Its header has the configuration and the classes."""

    epoch: int
    content: bytes


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A run with its records and weights. Losses that weren't numbers are NaN."""

    run: Run
    epochs: tuple[EpochRecord, ...]
    losses: NDArray[np.float32]  # of training, by step, from step 0 on
    evaluation: Evaluation | None  # of the best epoch
    weights: Weights | None  # of the best epoch, or an earlier one if the newest isn't saved yet

    @property
    def best(self) -> EpochRecord | None:
        """The epoch with the best validation accuracy. None before the first epoch ends."""
        return next((record for record in reversed(self.epochs) if record.best), None)

    def needed_weights(self) -> Weights:
        """The weights. Raises NoWeightsError if there are none."""
        if self.weights is None:
            raise NoWeightsError
        return self.weights


def take(database: Engine, run_id: str, *, weights: bool) -> Snapshot:
    """Take a snapshot of a run. Without `weights`, the file of weights isn't read.

    Raises:
        RunError: there is no run with this id.
    """
    # The order matters: an epoch is recorded before its weights are saved. So the records, which are read after the
    # weights, contain the epoch of the weights.
    saved = _saved_weights(run_id) if weights else None
    found = history.whole(database, run_id)
    epochs = tuple(_with_nan(record) for record in found.epochs)
    best = {record.epoch for record in epochs if record.best}
    # After a kill, a run that resumes from an older checkpoint may not have reached this epoch again.
    known = saved if saved and saved.epoch in best else None
    evaluation = results.kept(run_id, max(best)) if best else None
    return Snapshot(found.run, epochs, found.losses, evaluation, known)


def _saved_weights(run_id: str) -> Weights | None:
    """The file of best weights. It is read once, because a newer one may replace it at any time."""
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
