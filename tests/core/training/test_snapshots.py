"""Snapshots: when they are taken, what they show, how much they take, and that the training doesn't notice."""

from collections.abc import Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load

from core.config import RunConfig
from core.data import datasets
from core.data.batches import validation_batches
from core.inference.predictor import predict
from core.recipes import configure
from core.runs import owner_actions
from core.runs.run import Run
from core.runs.state import State
from core.runs.store import Store
from core.storage import size_of
from core.training import checkpoint, loop, run_files, snapshots, weights
from core.training.loop import Trainer
from core.training.recorder import ANSWERS, representatives
from core.training.records import EndRecord, Record, Snapshot
from core.training.snapshots import BYTES, MOST, planned
from tests.core.training.test_loop import CASES, epochs, losses
from tests.core.training.test_transfer import images, run_config
from tests.runs import ME, queue, train_next, trained

CPU = torch.device("cpu")


def trainer(*, watched: bool = True, **changes: Any) -> Trainer:
    config = configure("digits", {"epochs": 2, **{path.replace("__", "."): value for path, value in changes.items()}})
    for _ in datasets.prepare(config.data):
        pass
    return Trainer(config, datasets.load(config.data), CPU, watched=watched)


def taken(records: Sequence[Record]) -> dict[int, dict[str, bytes]]:
    return {
        record.step: {name: array.tobytes() for name, array in record.arrays.items()}
        for record in records
        if isinstance(record, Snapshot)
    }


@pytest.mark.parametrize(("number", "batches"), [(1, 1), (1, 469), (3, 469), (10, 118), (40, 45), (133, 600), (999, 2)])
def test_snapshots_begin_before_the_first_step_and_end_with_the_last_one(number: int, batches: int) -> None:
    steps = planned(number, batches)
    assert steps[0] == 0
    assert steps[-1] == number * batches
    assert steps == sorted(set(steps))
    assert len(steps) <= MOST
    ends = {epoch * batches for epoch in range(1, number + 1)}
    assert number > 45 or ends <= set(steps), "each epoch's end, while there is room"


def test_they_are_close_together_at_first() -> None:
    gaps = [later - earlier for earlier, later in pairwise(planned(1, 10_000))]
    assert gaps == sorted(gaps)
    assert gaps[-1] > 100 * gaps[0]


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
def test_a_watched_run_has_the_numbers_of_one_that_nobody_watches(changes: dict[str, Any]) -> None:
    watched, alone = (list(trainer(watched=watched, **changes).records()) for watched in (True, False))
    assert losses(watched) == losses(alone)
    assert epochs(watched) == epochs(alone)
    assert len(taken(watched)) >= 12
    assert not taken(alone)


@pytest.mark.parametrize("name", ["dropout and batch norm", "convolutions", "one cycle"])
def test_a_watched_run_interrupted_anywhere_goes_on_with_the_very_same_numbers_and_snapshots(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "RECORD_SECONDS", 0.0)
    alone = losses(list(trainer(watched=False, **CASES[name]).records()))
    whole = list(trainer(**CASES[name]).records())
    for place in (0, 1, 2, 7, len(whole) // 2, len(whole) - 2):
        first = trainer(**CASES[name])
        before = list(islice(first.records(), place + 1))
        checkpoint.save(first, "run")
        torch.manual_seed(99)  # whatever another process did before
        second = trainer(**CASES[name])
        checkpoint.restore(second, "run")
        after = list(second.records())
        assert losses(before) + losses(after) == alone
        assert taken(before) | taken(after) == taken(whole)


def assert_answers_are_those_of_predict(run: Run) -> None:
    """At the best epoch, whose weights are kept, to six decimals."""
    assert run.best_epoch
    assert run.total_steps
    snapshot = snapshots.snapshot(run.id, run.best_epoch * run.total_steps // run.config.epochs)
    assert snapshot
    found = weights.load(run.id)
    validation = datasets.load(run.config.data).validation
    batches = validation_batches(run.config, validation, CPU)
    opinions = predict(found, batches.batch(representatives(validation.labels, ANSWERS))[0])
    np.testing.assert_allclose(
        snapshot.arrays["answers"], np.stack([one.probabilities for one in opinions]), rtol=0, atol=5e-7
    )


def test_the_answers_at_an_epoch_s_end_are_those_of_its_weights(store: Store) -> None:
    assert_answers_are_those_of_predict(trained(store, epochs=4))


@pytest.mark.parametrize("recipe", ["mnist-mlp", "fashion-mlp", "mnist-mixed-activations", "mnist-cnn-8x8"])
def test_every_lesson_has_a_film(recipe: str, store: Store, real_data: Path) -> None:
    run = trained(store, recipe=recipe, epochs=1)
    assert len(snapshots.steps(run.id)) >= 12
    assert_answers_are_those_of_predict(run)


def test_the_best_epoch_of_a_long_run_has_a_snapshot_too(store: Store) -> None:
    run = trained(store, epochs=120, optimizer__lr=0.0002)
    assert run.best_epoch
    assert run.best_epoch * 45 in snapshots.steps(run.id)
    assert len(snapshots.steps(run.id)) <= MOST


def test_every_class_has_an_image_and_small_ones_aren_t_forgotten() -> None:
    labels = torch.cat([torch.zeros(500), torch.ones(3), torch.full((1,), 2), torch.full((40,), 3)]).long()
    chosen = representatives(labels, 24)
    assert len(chosen) == len(set(chosen.tolist())) == 24
    assert set(labels[chosen].tolist()) == {0, 1, 2, 3}
    assert labels[chosen].tolist() == sorted(labels[chosen].tolist())
    assert len(representatives(torch.arange(100), 24)) == 24
    assert len(representatives(torch.zeros(5).long(), 24)) == 5


LARGE = [
    {"kind": "flatten"},
    {"kind": "linear", "out_features": 300},
    {"kind": "relu"},
    *[layer for _ in range(12) for layer in ({"kind": "linear", "out_features": 64}, {"kind": "tanh"})],
    {"kind": "linear", "out_features": 10},
]


@pytest.mark.parametrize(
    "changes",
    [{}, {"data__image_size": 64, "model__layers": LARGE, "epochs": 8}],
    ids=["as the recipe", "large images, many layers"],
)
def test_a_run_s_snapshots_take_two_megabytes_at_most(store: Store, changes: dict[str, Any]) -> None:
    run = trained(store, **({"epochs": 50} | changes))
    assert len(snapshots.steps(run.id)) > 30
    assert size_of(run_files.snapshots(run.id)) <= BYTES


def test_many_classes_leave_room_for_fewer_snapshots() -> None:
    config = RunConfig.model_validate(run_config().model_dump() | {"epochs": 60})
    data = images(config)
    many = datasets.ImageData(data.train, data.validation, tuple(str(number) for number in range(2_000)))
    one = Trainer(config, many, CPU, watched=True)
    first = next(record for record in one.records() if isinstance(record, Snapshot))
    assert one.recorder
    assert one.recorder.most * sum(array.nbytes for array in first.arrays.values()) < BYTES
    assert 3 <= one.recorder.most < MOST


def test_torchvision_s_networks_show_answers_features_and_their_first_kernels() -> None:
    config = run_config()
    found = [record for record in Trainer(config, images(config), CPU, watched=True).records()]
    last = [record for record in found if isinstance(record, Snapshot)][-1]
    assert last.arrays["answers"].shape == (8, 2)
    assert last.arrays["weights"].shape == (16, 3, 7, 7)
    assert last.arrays["features"].shape == (8, 32)


def test_a_frozen_network_s_snapshots_come_from_what_it_made_of_the_images() -> None:
    config = run_config(transfer__trains="head")
    watched, alone = (
        list(Trainer(config, images(config), CPU, watched=watched).records()) for watched in (True, False)
    )
    assert losses(watched) == losses(alone)
    features = {arrays["features"] for arrays in taken(watched).values()}
    answers = {arrays["answers"] for arrays in taken(watched).values()}
    assert len(features) == 1, "it is frozen"
    assert len(answers) > 2


def test_convolutions_show_maps_and_perceptrons_the_weights_between_their_units() -> None:
    stack = next(record for record in trainer(**CASES["convolutions"]).records() if isinstance(record, Snapshot))
    assert stack.arrays["maps_0"].shape == (4, 8, 8)
    assert "edges_2" not in stack.arrays, "the last layer's inputs are maps"
    plain = next(record for record in trainer().records() if isinstance(record, Snapshot))
    assert [plain.arrays[name].shape for name in ("units_0", "units_1", "units_2")] == [(8,), (8,), (10,)]
    assert [plain.arrays[name].shape for name in ("edges_1", "edges_2")] == [(8, 8), (10, 8)]
    assert plain.arrays["units_2"].sum() == pytest.approx(1)


def test_the_pictures_are_the_images_and_the_weights_those_of_the_layer() -> None:
    one = trainer()
    first = next(record for record in one.records() if isinstance(record, Snapshot))
    assert one.recorder
    validation = datasets.load(one.config.data).validation
    chosen = representatives(validation.labels, ANSWERS)
    np.testing.assert_array_equal(one.recorder.scene.arrays["pictures"], validation.at(chosen).numpy())
    weight = one.model.get_submodule("1").weight
    assert isinstance(weight, torch.Tensor)
    shown = first.arrays["weights"].astype(float) * first.arrays["weights_scale"] / 127
    scale = float(first.arrays["weights_scale"][0])
    np.testing.assert_allclose(shown[3, 0].ravel(), weight[24].detach().numpy(), atol=scale / 250)


# --- on the disk --------------------------------------------------------------------------------------------------


def test_they_lie_beside_the_run_and_go_with_it(store: Store) -> None:
    run = trained(store, epochs=2)
    folder = run_files.snapshots(run.id)
    assert all(load(path.read_bytes()) for path in folder.iterdir()), "nothing but safetensors"
    owner_actions.delete(store, run.id, owner=ME)
    assert not folder.exists()
    assert snapshots.steps(run.id) == []
    assert snapshots.scene_bytes(run.id) is None


def test_what_comes_after_the_step_from_which_a_run_goes_on_is_dropped() -> None:
    for step in (0, 4, 9, 45):
        write(step)
    snapshots.drop_after("run", 9)
    assert snapshots.steps("run") == [0, 4, 9]


def write(step: int, most: int = MOST) -> None:
    run_files.snapshots("run").mkdir(parents=True, exist_ok=True)
    snapshots.keep("run", Snapshot(step, {"answers": np.full((1, 2), step, np.float32)}), most)


def test_a_run_that_is_trained_longer_keeps_its_first_and_last_and_makes_room_where_they_are_close() -> None:
    for step in [0, *range(10, 200, 10)]:
        write(step, most=8)
    kept = snapshots.steps("run")
    assert len(kept) == 8
    assert (kept[0], kept[-1]) == (0, 190)
    assert max(later / earlier for earlier, later in pairwise(kept[1:])) < 3


def test_a_run_that_is_trained_longer_has_snapshots_to_its_new_end(store: Store) -> None:
    run = trained(store, epochs=40)
    owner_actions.train_longer(store, run.id, owner=ME, more=20)
    longer = train_next(store)
    kept = snapshots.steps(run.id)
    assert len(kept) <= MOST
    assert kept[-1] == longer.step == 60 * 45
    assert size_of(run_files.snapshots(run.id)) <= BYTES


def test_a_full_disk_costs_the_pictures_and_not_the_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    queue(store, epochs=2)
    monkeypatch.setattr(Path, "write_bytes", full)
    run = train_next(store)
    assert run.state == State.FINISHED
    assert snapshots.steps(run.id) == []


def test_a_loss_that_is_no_number_ends_the_run_as_if_nobody_watched() -> None:
    changes = {"optimizer__name": "sgd", "optimizer__lr": 100.0, "loss": "mse"}
    watched, alone = (list(trainer(watched=watched, **changes).records()) for watched in (True, False))
    assert losses(watched) == losses(alone)
    assert isinstance(alone[-1], EndRecord)
    assert alone[-1].reason == "diverged"
    assert taken(watched)
