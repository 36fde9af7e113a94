"""One moment: whatever a training writes meanwhile, all files of a hand-in agree."""

import csv
import io
import math
import re
import threading
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, save
from sqlalchemy import event

from core import environment
from core.errors import NoWeightsError, RunError
from core.handin.bundle import bundle, single
from core.handin.snapshot import take
from core.runs.journal import Journal
from core.runs.schema import connect
from core.runs.store import Store
from core.training import run_files
from core.training.records import EpochRecord, LossRecord
from tests.core.handin.test_files import read_by_tensorboard
from tests.core.handin.test_handin import unzipped
from tests.runs import begun, queue

STEPS = 5  # of an epoch
HAND_INS = 20


def write_epoch(journal: Journal, epoch: int) -> None:
    """Write an epoch's losses, its record and its weights, in the order of a worker. Each number names its epoch."""
    first = STEPS * (epoch - 1)
    losses = [step + 1.0 for step in range(first, first + STEPS)]
    journal.losses(LossRecord(first, losses, seconds=float(epoch)), images_per_second=1.0)
    journal.epoch(
        EpochRecord(
            epoch,
            STEPS * epoch,
            train_loss=float(epoch),
            train_accuracy=epoch / 1_000,
            val_loss=epoch / 8,
            val_accuracy=epoch / 1_000,
            lr=0.5,
            seconds=float(epoch),
            best=True,
        )
    )
    write_weights(journal.run_id, epoch)


def write_weights(run_id: str, epoch: int) -> None:
    """Replace the file of best weights by one of this epoch."""
    target = run_files.best_weights(run_id)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    partial.write_bytes(save({"weight": np.full(1_000, float(epoch))}, metadata={"epoch": str(epoch)}))
    partial.replace(target)


def test_all_files_of_a_hand_in_agree_while_the_run_trains(store: Store, tmp_path: Path) -> None:
    run_id = queue(store, epochs=10_000)
    journal = begun(store)
    write_epoch(journal, 1)
    enough = threading.Event()

    def train() -> None:
        for epoch in count(2):
            write_epoch(journal, epoch)
            if enough.wait(0.001):
                return

    training = threading.Thread(target=train)
    training.start()
    try:
        epochs = [_epochs_of(unzipped(bundle(store, run_id)), tmp_path / str(number)) for number in range(HAND_INS)]
    finally:
        enough.set()
        training.join()
    assert epochs == sorted(epochs)
    assert len(set(epochs)) > HAND_INS / 2, "the run didn't go on between the hand-ins"


def _epochs_of(content: dict[str, bytes], folder: Path) -> int:
    """How many epochs a hand-in has, once all its files agree on it."""
    metrics = list(csv.DictReader(io.StringIO(content["metrics.csv"].decode())))
    epochs = len(metrics)
    assert [float(row["val_loss"]) for row in metrics] == [epoch / 8 for epoch in range(1, epochs + 1)]

    losses = [float(row["train_loss"]) for row in csv.DictReader(io.StringIO(content["losses.csv"].decode()))]
    assert losses == [step + 1 for step in range(len(losses))]
    assert len(losses) in (STEPS * epochs, STEPS * (epochs + 1))  # those of the next epoch are written before it ends

    curves = read_by_tensorboard(content["events.out.tfevents"], folder)
    every = max(1, -(-len(losses) // 5_000))
    assert [one.value for one in curves["loss/step"]] == losses[::every]
    assert [one.value for one in curves["loss/validation"]] == [epoch / 8 for epoch in range(1, epochs + 1)]

    page = content["report.html"].decode()
    accuracy = f"{epochs / 10:.1f}"
    # The run's seconds are those of its last record, which may be the losses of the next epoch.
    assert f"best validation accuracy {accuracy} % · {epochs} epochs in {len(losses) / STEPS:.1f} s" in page
    row = f'<tr><td>{epochs} ★</td><td class="number">{epochs:.4f}</td><td class="number">{accuracy} %</td>'
    assert row + f'<td class="number">{epochs / 8:.4f}</td>' in page
    assert max(int(number) for number in re.findall(r"<tr><td>(\d+)(?: ★)?</td>", page)) == epochs

    assert (f"epoch {epochs}: " in content["train.py"].decode()) == (epochs <= 5)
    readme = content["README.txt"].decode()
    assert f"{epochs} of 10000 epochs" in readme
    saved = int(load(content["weights.safetensors"])["weight"][0])
    assert f"the weights after epoch {saved}," in readme
    assert 1 <= saved <= epochs
    return epochs


def test_what_is_written_between_two_reads_is_not_seen(store: Store) -> None:
    run_id = queue(store)
    journal = begun(store)
    write_epoch(journal, 1)
    other = Journal(connect.__wrapped__(environment.database_url()), run_id, journal.attempt)
    later = count(2)

    def write_more(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("SELECT"):
            write_epoch(other, next(later))

    event.listen(store.database, "after_cursor_execute", write_more)
    try:
        found = take(store.database, run_id, weights=True)
    finally:
        event.remove(store.database, "after_cursor_execute", write_more)
        other.database.dispose()
    assert store.get(run_id).epoch == next(later) - 1 >= 3
    assert found.weights
    assert (found.run.epoch, found.run.step) == (1, STEPS)
    assert (len(found.epochs), len(found.losses), found.weights.epoch) == (1, STEPS, 1)


def test_weights_of_an_epoch_that_is_trained_again_are_left_out(store: Store) -> None:
    # A process was killed after it had saved its best weights and before it saved the rest: the next one goes on from
    # an older epoch.
    run_id = queue(store)
    journal = begun(store)
    for epoch in range(1, 6):
        write_epoch(journal, epoch)
    journal.begin(step=STEPS * 3, epoch=3, total_steps=90, device="cpu")
    content = unzipped(bundle(store, run_id))
    assert "weights.safetensors" not in content
    assert "best validation accuracy 0.3 % · 3 epochs" in content["report.html"].decode()
    with pytest.raises(NoWeightsError):
        single(store, run_id, "weights.safetensors")
    write_epoch(journal, 4)
    write_epoch(journal, 5)
    assert load(bytes(single(store, run_id, "weights.safetensors")))["weight"][0] == 5  # type: ignore[arg-type]


def test_a_loss_that_is_not_a_number_stays_one(store: Store) -> None:
    run_id = queue(store)
    journal = begun(store)
    journal.losses(LossRecord(0, [1.0], seconds=1.0), images_per_second=1.0)
    journal.epoch(EpochRecord(1, 1, 1.0, 0.5, math.nan, 0.1, 0.1, 1.0, best=False))
    (record,) = take(store.database, run_id, weights=False).epochs
    assert math.isnan(record.val_loss)
    assert "val_loss" in str(single(store, run_id, "metrics.csv"))
    assert "validation loss nan" in str(single(store, run_id, "train.py"))


def test_an_unknown_run_has_no_snapshot(store: Store) -> None:
    with pytest.raises(RunError, match="There is no run nowhere"):
        take(store.database, "nowhere", weights=True)
