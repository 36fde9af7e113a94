"""What snapshots cost an epoch, writing included, against the same run that nobody watches."""

import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from core.config import RunConfig
from core.data import datasets
from core.recipes import configure
from core.training import run_files, snapshots
from core.training.device import use_threads
from core.training.loop import Trainer
from core.training.records import EpochRecord, Snapshot

pytestmark = pytest.mark.benchmark
EPOCHS, PAIRS = 5, 3


def epoch_seconds(config: RunConfig, *, watched: bool) -> tuple[float, float]:
    """Mean seconds of an epoch after the first, which warms up, and seconds that snapshots took in these."""
    trainer = Trainer(config, datasets.load(config.data), torch.device("cpu"), watched=watched)
    took: list[float] = []
    ends: list[float] = []
    spent = time.perf_counter()
    for record in trainer.records():
        if isinstance(record, Snapshot):
            run_files.snapshots("run").mkdir(parents=True, exist_ok=True)
            snapshots.keep("run", record)
            took.append(time.perf_counter() - spent)
        elif isinstance(record, EpochRecord):
            ends.append(time.perf_counter())
        spent = time.perf_counter()
    assert bool(took) == watched
    return statistics.mean(later - earlier for earlier, later in pairwise(ends)), sum(took) / len(ends)


@pytest.mark.parametrize("lesson", ["mnist-mixed-activations", "mnist-cnn-8x8"])
def test_snapshots_cost_a_twentieth_of_an_epoch_at_most(
    lesson: str, real_data: Path, figure: Callable[[str], None]
) -> None:
    config = configure(lesson, {"epochs": EPOCHS})  # so few, that each has more snapshots than in the lesson
    for _ in datasets.prepare(config.data):
        pass
    use_threads(config)
    epoch_seconds(config.model_copy(update={"epochs": 2}), watched=True)
    # What two runs differ by on a machine that others use says little; the time between two records says it exactly.
    alone = statistics.median(epoch_seconds(config, watched=False)[0] for _ in range(PAIRS))
    share = statistics.median(epoch_seconds(config, watched=True)[1] for _ in range(PAIRS)) / alone
    figure(f"{lesson}: an epoch takes {alone:.2f} s, its snapshots {share:.1%} of that")
    assert share <= 0.05
