"""The training loop: the plain loop's numbers, whole after any interruption."""

from collections.abc import Sequence
from dataclasses import astuple, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch

from core.config import RunConfig
from core.data import datasets
from core.errors import RunError
from core.export import script
from core.recipes import configure
from core.training import checkpoint, loop, run_files, state_file, weights
from core.training.loop import Trainer
from core.training.records import EndRecord, EpochRecord, LossRecord, Record

CPU = torch.device("cpu")
FORMULA = [
    {"kind": "flatten"},
    {"kind": "linear", "out_features": 12},
    {"kind": "formula", "formula": "x * sigmoid(x) - max(x, 0.1)"},
    {"kind": "linear", "out_features": 10},
]
DROPOUT = [
    {"kind": "flatten"},
    {"kind": "linear", "out_features": 16},
    {"kind": "batch_norm"},
    {"kind": "relu"},
    {"kind": "dropout", "p": 0.5},
    {"kind": "linear", "out_features": 10},
]


CONVOLUTIONS = [
    {"kind": "conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"kind": "batch_norm"},
    {"kind": "relu"},
    {"kind": "max_pool2d"},
    {"kind": "conv2d", "out_channels": 8, "kernel_size": 3},
    {"kind": "tanh"},
    {"kind": "flatten"},
    {"kind": "linear", "out_features": 10},
]


def trainer(**changes: Any) -> Trainer:
    """A trainer of the small digits with two epochs, and other settings by path with __ for a dot."""
    settings = {"epochs": 2, **{path.replace("__", "."): value for path, value in changes.items()}}
    config = configure("digits", settings)
    for _ in datasets.prepare(config.data):
        pass
    return Trainer(config, datasets.load(config.data), CPU)


def losses(records: Sequence[Record]) -> list[float]:
    return [loss for record in records if isinstance(record, LossRecord) for loss in record.losses]


def epochs(records: Sequence[Record]) -> list[tuple[float, ...]]:
    """What each epoch found, without how long it took."""
    return [astuple(replace(record, seconds=0.0))[:-2] for record in records if isinstance(record, EpochRecord)]


def test_every_step_has_its_loss_in_order() -> None:
    records = list(trainer().records())
    steps = [record.first_step for record in records if isinstance(record, LossRecord)]
    assert len(losses(records)) == 2 * 45
    assert steps == sorted(steps)
    assert steps[0] == 0


def test_the_same_configuration_gives_the_same_numbers() -> None:
    first, second = list(trainer().records()), list(trainer().records())
    assert losses(first) == losses(second)
    assert epochs(first) == epochs(second)


def test_another_seed_gives_other_numbers() -> None:
    assert losses(list(trainer().records())) != losses(list(trainer(seed=1).records()))


CASES: dict[str, dict[str, Any]] = {
    "as the recipe": {},
    "dropout and batch norm": {"model__layers": DROPOUT},
    "a formula": {"model__layers": FORMULA},
    "convolutions": {"model__layers": CONVOLUTIONS},
    "one cycle": {"scheduler__name": "one_cycle", "optimizer__name": "sgd", "optimizer__momentum": 0.9},
    "one cycle, Adam": {"scheduler__name": "one_cycle"},
    "plateau": {"scheduler__name": "plateau", "scheduler__patience": 0},
    "cosine, Adadelta": {"scheduler__name": "cosine", "optimizer__name": "adadelta"},
    "steps, RMSprop": {"scheduler__name": "step", "scheduler__step_size": 1, "optimizer__name": "rmsprop"},
    "Nesterov": {"optimizer__name": "sgd", "optimizer__momentum": 0.9, "optimizer__nesterov": True},
    "AdamW, mean squared error": {"optimizer__name": "adamw", "loss": "mse"},
    "in order": {"shuffle": False},
    "other size": {"data__image_size": 12},
    "bfloat16": {"precision": "bfloat16"},
}


@pytest.mark.parametrize("changes", [*CASES.values(), {"data__per_class": 7}], ids=[*CASES, "few images"])
def test_the_plain_script_prints_the_same_numbers(changes: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    ours = trainer(**changes)
    expected = [
        f"epoch {epoch:.0f}: loss {train_loss:.6f}, validation loss {val_loss:.6f}, accuracy {val_accuracy:.6f}"
        for epoch, _, train_loss, _, val_loss, val_accuracy, _ in epochs(list(ours.records()))
    ]
    exec(script(ours.config), {})
    assert capsys.readouterr().out.splitlines() == expected


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
def test_a_run_interrupted_anywhere_resumes_with_the_same_numbers(
    changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "RECORD_SECONDS", 0.0)  # a record, and so a place to stop, after every step
    whole = list(trainer(**changes).records())
    for place in (0, 44, 45, 70, len(whole) - 2):  # 45 steps an epoch, then its record
        first = trainer(**changes)
        before = list(islice(first.records(), place + 1))
        checkpoint.save(first, "run")
        torch.manual_seed(99)  # whatever another process did before
        second = trainer(**changes)
        assert checkpoint.restore(second, "run") is None
        assert second.position == first.position
        records = before + list(second.records())
        assert losses(records) == losses(whole), f"stopped after record {place}"
        assert epochs(records) == epochs(whole), f"stopped after record {place}"


def test_the_best_weights_are_kept_and_restored_at_the_end() -> None:
    # So high a rate that accuracy goes up and down.
    ours = trainer(epochs=6, optimizer__lr=0.1)
    records = list(ours.records())
    accuracies = [record.val_accuracy for record in records if isinstance(record, EpochRecord)]
    end = records[-1]
    assert isinstance(end, EndRecord)
    assert accuracies[-1] < max(accuracies), "this test needs a run whose last epoch isn't its best"
    assert end.best_val_accuracy == max(accuracies)
    assert end.best_epoch == accuracies.index(max(accuracies)) + 1
    assert ours.evaluate()[1] == max(accuracies)


def test_the_file_of_the_best_weights_holds_the_best_epoch() -> None:
    ours = trainer(epochs=6, optimizer__lr=0.1)
    list(ours.records())
    checkpoint.save(ours, "run")
    best = weights.load("run")
    assert best.config == ours.config
    assert best.classes == tuple("0123456789")
    assert not best.model.training
    kept = best.model.state_dict()
    for name, tensor in ours.model.state_dict().items():  # which holds the best weights at the end
        assert torch.equal(kept[name], tensor)


def test_before_the_first_epoch_has_ended_there_is_nothing_to_predict_with() -> None:
    with pytest.raises(RunError, match="no weights"):
        weights.load("another run")


def test_early_stopping_ends_after_as_many_epochs_without_a_better_one() -> None:
    records = list(trainer(epochs=50, early_stopping=2, optimizer__lr=0.05).records())
    end = records[-1]
    assert isinstance(end, EndRecord)
    assert end.reason == "stopped_early"
    last = max(record.epoch for record in records if isinstance(record, EpochRecord))
    assert end.best_epoch is not None
    assert last == end.best_epoch + 2
    assert last < 50


def test_a_loss_without_a_number_ends_the_run_as_diverged() -> None:
    records = list(trainer(epochs=50, optimizer__name="sgd", optimizer__lr=100.0).records())
    end = records[-1]
    assert isinstance(end, EndRecord)
    assert end.reason == "diverged"
    assert all(loss < float("inf") for loss in losses(records)), "no point without a number reaches a chart"
    assert len(losses(records)) < 50 * 45


def test_losses_are_averaged_over_images_not_over_batches() -> None:
    # A learning rate so small that nothing is learned: the mean over the epoch is the loss of the first weights.
    ours = trainer(epochs=1, batch_size=1000, optimizer__lr=1e-12)
    with torch.no_grad():
        images, labels = ours.batches.batch(slice(None))
        expected = torch.nn.functional.cross_entropy(ours.model(images), labels).item()
    (epoch,) = (record for record in ours.records() if isinstance(record, EpochRecord))
    assert epoch.train_loss == pytest.approx(expected, rel=1e-6)


def test_evaluation_leaves_dropout_out() -> None:
    ours = trainer(model__layers=DROPOUT)
    assert ours.evaluate() == ours.evaluate()
    assert not ours.model.training


def test_a_kill_while_saving_leaves_the_old_checkpoint_whole(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = trainer()
    list(ours.records())
    checkpoint.save(ours, "run")
    before = run_files.last_checkpoint("run").read_bytes()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", die)
    with pytest.raises(KeyboardInterrupt):
        checkpoint.save(ours, "run")
    assert run_files.last_checkpoint("run").read_bytes() == before


def test_precision_decides_the_arithmetic() -> None:
    exact, reduced = list(trainer().records()), list(trainer(precision="bfloat16").records())
    assert losses(exact) != losses(reduced)
    assert losses(reduced)[0] == pytest.approx(losses(exact)[0], rel=0.02)


def test_a_config_survives_its_trainer() -> None:
    config: RunConfig = trainer().config
    assert config.to_json() == configure("digits", {"epochs": 2}).to_json()


def test_a_full_disk_is_reported_and_leaves_the_old_checkpoint(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = trainer()
    list(ours.records())
    checkpoint.save(ours, "run")
    before = run_files.last_checkpoint("run").read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(state_file, "save_file", full)
    with pytest.raises(RunError, match="The disk is full"):
        checkpoint.save(ours, "run")
    assert run_files.last_checkpoint("run").read_bytes() == before
    assert sorted(path.name for path in (folders / "runs" / "run").iterdir()) == [
        "best.safetensors",
        "last.safetensors",
    ]
