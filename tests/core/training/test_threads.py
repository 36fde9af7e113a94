"""Threads stay awake on a quiet machine and sleep beside other work, and compute the same either way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.data import datasets
from core.environment import processors
from core.recipes import configure
from core.runs.queue import TUNED
from core.training.loop import Trainer
from core.training.records import EpochRecord
from core.training.threads import CALM_SECONDS, CROWDED, Patience

ROOT = Path(__file__).parents[3]


def test_it_sleeps_as_soon_as_it_is_crowded_and_wakes_when_it_has_been_calm() -> None:
    patience = Patience()
    patience.decide(CROWDED / 2, 60)
    found = [patience.sleeping]
    for waited, calm_seconds in (
        (CROWDED * 2, 0),
        (CROWDED * 10, 0),
        (CROWDED / 2, CALM_SECONDS / 2),
        (CROWDED / 2, CALM_SECONDS),
    ):
        patience.decide(waited, calm_seconds)
        found.append(patience.sleeping)
    assert found == [False, True, True, True, False]


def losses(*, restless: bool) -> list[float]:
    config = configure("digits", {"epochs": 3, "threads": 2, "batch_size": 256})
    for _ in datasets.prepare(config.data):
        pass
    torch.set_num_threads(2)
    patience = Patience()
    found = []
    for record in Trainer(config, datasets.load(config.data), torch.device("cpu")).records():
        if isinstance(record, EpochRecord):
            found.append(record.train_loss)
        if restless:
            (patience.wake if patience.sleeping else patience.sleep)()
            assert torch.get_num_threads() == 2
    patience.wake()
    return found


def test_no_number_changes_by_it() -> None:
    assert losses(restless=True) == losses(restless=False)


COUNT = """
import resource, time, torch
import core
from core.training.threads import Patience
torch.set_num_threads(2)
numbers = torch.zeros(200_000)
def naps():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
    for _ in range(3_000):
        numbers.add_(1)
    return resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw - before
patience = Patience()
naps()
awake = naps()
patience.sleep()
asleep = naps()
patience.wake()
time.sleep(0.2)
print(awake, asleep, naps())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="libgomp is Linux's")
def test_the_threads_of_a_training_process_really_sleep_and_wake() -> None:
    if processors() < 2:
        pytest.skip("one processor has nobody to wait for")
    output = subprocess.run(
        [sys.executable, "-c", COUNT], cwd=ROOT, env=os.environ | TUNED, capture_output=True, text=True, check=True
    )
    awake, asleep, again = map(int, output.stdout.split())
    assert asleep > 2 * max(awake, again)
