"""Transfer learning: what is frozen stays, what is chosen learns, and what is kept gives the same."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from core import environment
from core.config import RunConfig
from core.data import datasets, transforms
from core.data.datasets import ImageData, ImageSet
from core.errors import RunError
from core.export import five_steps, script
from core.handin.images import LIST, images_csv
from core.models import network
from core.models.backbones import BACKBONES, PACKAGED, STORED_PIXELS, suited, weights_of
from core.recipes import configure, recipe
from core.torchvision_compat import torchvision
from core.training import check, checkpoint, memory, weights
from core.training.__main__ import train
from core.training.loop import Trainer
from core.training.records import EndRecord, EpochRecord, LossRecord

ROOT = Path(__file__).parents[3]
CPU = torch.device("cpu")
SMALL: dict[str, Any] = {
    "data.dataset": "cifar10",
    "data.image_size": None,
    "data.center_crop": None,
    "data.validation_fraction": 0.0,
    "data.augmentation": {},
    "model.name": "resnet18",
    "transfer.weights": "random",
    "transfer.trains": "all",
    "transfer.views": 0,
    "batch_size": 4,
    "epochs": 2,
    "precision": "float32",
}


def run_config(**changes: Any) -> RunConfig:
    """ResNet-18 on small colour images, other settings by path with __ for a dot."""
    return configure("cats-dogs-transfer", SMALL | {path.replace("__", "."): value for path, value in changes.items()})


def images(config: RunConfig, train: int = 16, validation: int = 8, seed: int = 0) -> ImageData:
    """Made-up images of two classes, the second brighter."""
    generator = torch.Generator().manual_seed(seed)
    size = config.data.image_size or 32

    def some(count: int) -> ImageSet:
        labels = torch.arange(count) % 2
        noise = torch.randint(0, 128, (count, 3, size, size), generator=generator)
        return ImageSet((noise + 127 * labels.view(-1, 1, 1, 1)).to(torch.uint8), labels)

    return ImageData(some(train), some(validation), ("dark", "bright"))


def state(model: nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def moved(before: dict[str, torch.Tensor], model: nn.Module) -> set[str]:
    """The names of all weights and running statistics that are another than before, by one bit or more."""
    return {name for name, tensor in model.state_dict().items() if not torch.equal(before[name], tensor)}


def trained_records(trainer: Trainer) -> list[Any]:
    return list(trainer.records())


def last_weights(trainer: Trainer) -> dict[str, torch.Tensor]:
    """The weights after the last step; at the end the best ones take their place."""
    for record in trainer.records():
        if isinstance(record, EpochRecord) and record.epoch == trainer.config.epochs:
            return state(trainer.model)
    raise AssertionError("there was no last epoch")


@pytest.mark.parametrize("views", [0, 2])
def test_of_a_frozen_network_not_one_bit_moves_but_the_heads(views: int) -> None:
    augmentation = {"rotation": 10.0, "horizontal_flip": 0.5} if views else {}
    config = run_config(transfer__trains="head", transfer__views=views, data__augmentation=augmentation)
    trainer = Trainer(config, images(config), CPU)
    before = state(trainer.model)
    last_weights(trainer)
    assert moved(before, trainer.model) == {"fc.weight", "fc.bias"}


def test_a_frozen_network_that_sees_augmented_images_keeps_its_running_statistics() -> None:
    config = run_config(transfer__trains="head", data__augmentation={"horizontal_flip": 0.5})
    trainer = Trainer(config, images(config), CPU)
    before = state(trainer.model)
    last_weights(trainer)
    assert moved(before, trainer.model) == {"fc.weight", "fc.bias"}


def test_selective_unfreezing_moves_just_the_chosen_children() -> None:
    config = run_config(transfer__trains="layer3.1,layer4")
    trainer = Trainer(config, images(config), CPU)
    before = state(trainer.model)
    last_weights(trainer)
    changed = moved(before, trainer.model)
    assert {name.split(".")[0] for name in changed} == {"layer3", "layer4", "fc"}
    assert all(name.startswith("layer3.1.") for name in changed if name.startswith("layer3"))
    expected = {name for name in before if name.startswith(("layer3.1.", "layer4.", "fc."))}
    assert changed == expected  # running statistics of what learns move too


def test_only_what_learns_reaches_the_optimizer() -> None:
    config = run_config(transfer__trains="layer4")
    trainer = Trainer(config, images(config), CPU)
    ours = {id(one) for group in trainer.optimizer.param_groups for one in group["params"]}
    named = {name for name, one in trainer.model.named_parameters() if id(one) in ours}
    assert named == {name for name, _ in trainer.model.named_parameters() if name.startswith(("layer4.", "fc."))}
    summary = network.summarise(config, 2)
    assert memory.learning_parameters(config, summary) == sum(
        one.numel() for one in trainer.model.parameters() if one.requires_grad
    )


def test_everything_learns_if_nothing_is_frozen() -> None:
    config = run_config()
    trainer = Trainer(config, images(config), CPU)
    before = state(trainer.model)
    last_weights(trainer)
    assert moved(before, trainer.model) == set(before)


def test_kept_features_teach_the_same_as_the_whole_network() -> None:
    config = run_config(transfer__trains="head", epochs=3)
    quick, slow = Trainer(config, images(config), CPU), Trainer(config, images(config), CPU)
    slow._data = None  # as if nothing could be kept
    ours, theirs = trained_records(quick), trained_records(slow)
    assert quick._learner is not quick.model
    assert slow._learner is slow.model
    epochs = [[record for record in records if isinstance(record, EpochRecord)] for records in (ours, theirs)]
    for one, other in zip(*epochs, strict=True):
        assert one.val_accuracy == other.val_accuracy
        assert one.train_loss == pytest.approx(other.train_loss, rel=1e-4)


def test_features_are_computed_once_and_found_again_by_their_weights_images_and_transforms() -> None:
    config = run_config(transfer__trains="head", epochs=1)
    assert list(Trainer(config, images(config), CPU).compute_features())
    assert not list(Trainer(config, images(config), CPU).compute_features())
    again = config.model_copy(update={"epochs": 5, "optimizer": config.optimizer.model_copy(update={"lr": 0.5})})
    assert not list(Trainer(again, images(again), CPU).compute_features()), "neither decides what the network gives"
    for other in (config.model_copy(update={"seed": 7}), run_config(transfer__trains="head", data__std=[2.0])):
        assert list(Trainer(other, images(other), CPU).compute_features())
    assert list(Trainer(config, images(config, seed=1), CPU).compute_features())


def test_kept_views_are_distinguished_and_taken_in_turn() -> None:
    config = run_config(transfer__trains="head", transfer__views=2, data__augmentation={"rotation": 30.0})
    trainer = Trainer(config, images(config), CPU)
    list(trainer.compute_features())
    first, second, third = (trainer.batches.batch(slice(0, 4), epoch)[0] for epoch in range(3))
    assert not torch.equal(first, second)
    assert torch.equal(first, third)


def test_a_resumed_run_goes_on_with_the_same_numbers_from_kept_features() -> None:
    config = run_config(transfer__trains="head", epochs=4)
    whole = [r for r in Trainer(config, images(config), CPU).records() if isinstance(r, LossRecord)]
    first = Trainer(config, images(config), CPU)
    for record in first.records():
        if isinstance(record, EpochRecord) and record.epoch == 2:
            break
    checkpoint.save(first, "run")
    second = Trainer(config, images(config), CPU)
    assert checkpoint.restore(second, "run") is None
    assert second.position == first.position
    rest = [loss for r in second.records() if isinstance(r, LossRecord) for loss in r.losses]
    assert rest == [loss for r in whole for loss in r.losses][-len(rest) :]


def test_a_full_disk_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.training.features.os.replace", full)
    config = run_config(transfer__trains="head")
    with pytest.raises(RunError, match="The disk is full"):
        list(Trainer(config, images(config), CPU).compute_features())
    assert not list((environment.state_dir() / "features").iterdir())


def test_validation_sees_no_augmentation_and_the_centre_alone() -> None:
    config = configure("cats-dogs-transfer", {})
    assert config.data.augmentation.any
    assert [step.name.template for step in transforms.validation(config.data)] == ["Centre crop to {size}×{size}"]


@pytest.mark.usefixtures("resnet34_is_here")
def test_cats_dogs_transfer_has_the_settings_of_its_tutorial() -> None:
    config = configure("cats-dogs-transfer", {})
    assert (config.model.name, config.batch_size, config.transfer.weights) == ("resnet34", 4, "imagenet")
    assert config.optimizer.model_dump() == {
        "name": "sgd", "lr": 0.001, "momentum": 0.9, "nesterov": False, "weight_decay": 0.0
    }  # fmt: skip
    assert config.scheduler.model_dump() == {"name": "step", "step_size": 7, "gamma": 0.1}
    assert (config.data.image_size, config.data.center_crop) == (256, 224)
    assert (config.data.augmentation.rotation, config.data.augmentation.horizontal_flip) == (15.0, 0.5)


def test_without_its_weights_cats_dogs_transfer_takes_the_network_that_comes_with_the_app() -> None:
    known = recipe("cats-dogs-transfer")
    assert (known.replaces, known.config.model.name) == ("resnet34", PACKAGED)
    assert known.config.data == known.config.data.with_pixels_of(suited(PACKAGED))
    environment.weights_dir().mkdir(parents=True)
    (environment.weights_dir() / Path(weights_of("resnet34").url).name).touch()
    known = recipe("cats-dogs-transfer")
    assert (known.replaces, known.config.model.name) == (None, "resnet34")
    assert known.config.data == known.config.data.with_pixels_of(suited("resnet34"))


# --- beginning with a run ---------------------------------------------------------------------------------------------


@pytest.fixture
def finished() -> str:
    """The id of a finished run on made-up images."""
    config = run_config(epochs=2)
    trainer = Trainer(config, images(config), CPU)
    trained_records(trainer)
    checkpoint.save(trainer, "0" * 12)
    return "0" * 12


def test_a_run_begins_with_the_best_weights_of_another_and_a_head_of_its_own(finished: str) -> None:
    config = run_config(transfer__weights=finished, transfer__trains="head", seed=5)
    assert check.problems(config) == []
    begun = Trainer(config, images(config), CPU).model.state_dict()
    best = weights.load(finished).model.state_dict()
    for name, tensor in best.items():
        assert torch.equal(begun[name], tensor) != name.startswith("fc.")


def test_a_layer_stack_keeps_its_body_and_gets_a_new_head() -> None:
    first = configure("digits", {"epochs": 1})
    for _ in datasets.prepare(first.data):
        pass
    trainer = Trainer(first, datasets.load(first.data), CPU)
    trained_records(trainer)
    checkpoint.save(trainer, "1" * 12)
    layers = [layer.model_dump(mode="json", exclude_none=True) for layer in first.layers]
    layers[-1]["out_features"] = 10
    second = configure(
        "digits", {"model.layers": layers, "transfer.weights": "1" * 12, "transfer.trains": "head", "seed": 3}
    )
    assert check.problems(second) == []
    begun = Trainer(second, datasets.load(second.data), CPU)
    before = state(begun.model)
    best = weights.load("1" * 12).model.state_dict()
    assert torch.equal(before["1.weight"], best["1.weight"])
    assert not torch.equal(before["5.weight"], best["5.weight"])
    last_weights(begun)
    assert moved(before, begun.model) == {"5.weight", "5.bias"}


def test_a_run_with_another_network_is_refused(finished: str) -> None:
    config = run_config(transfer__weights=finished, model__name="alexnet", data__image_size=64)
    assert any("has another network" in str(problem.message) for problem in check.problems(config))


def test_a_run_that_is_gone_is_reported() -> None:
    config = run_config(transfer__weights="f" * 12)
    assert any("no weights" in str(problem.message) for problem in check.problems(config))


def test_parts_that_do_not_exist_are_refused_with_those_that_do() -> None:
    (problem,) = check.problems(run_config(transfer__trains="layer9"))
    assert problem.where == "transfer.trains"
    assert "no part layer9" in str(problem.message)
    assert "layer4" in str(problem.message)


def test_the_best_weights_are_kept_and_loaded_not_the_last() -> None:
    """The validation labels are the wrong ones: the more the network learns, the worse it does on them."""
    config = run_config(optimizer__lr=0.01, epochs=3)
    data = images(config, validation=40)
    wrong = replace(data.validation, labels=1 - data.validation.labels)
    trainer = Trainer(config, replace(data, validation=wrong), CPU)
    accuracies = []
    last: dict[str, torch.Tensor] = {}
    end = None
    for record in trainer.records():
        if isinstance(record, EpochRecord):
            accuracies.append(record.val_accuracy)
            last = state(trainer.model)
        end = record
    checkpoint.save(trainer, "run")
    assert isinstance(end, EndRecord)
    assert end.best_epoch is not None
    assert end.best_epoch < len(accuracies), accuracies
    best = weights.load("run").model.state_dict()
    assert any(not torch.equal(best[name], last[name]) for name in best)
    assert Trainer.evaluate(trainer)[1] == max(accuracies)


# --- every network ----------------------------------------------------------------------------------------------------


LARGE = 50_000_000  # weights: their files, half a gigabyte, would take longer than all else here


@pytest.mark.parametrize("name", BACKBONES)
def test_every_network_builds_learns_two_steps_and_predicts(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    size = 88  # the least that all of them take, with batch norms that have something to average
    config = run_config(model__name=name, data__image_size=size, batch_size=4, epochs=1)
    assert check.problems(config) == []
    trainer = Trainer(config, images(config, train=8, validation=4), CPU)
    before = state(trainer.model)
    records = trained_records(trainer)
    assert sum(len(r.losses) for r in records if isinstance(r, LossRecord)) == 2
    assert any(BACKBONES[name].head in changed for changed in moved(before, trainer.model))
    model = trainer.model.eval()
    if sum(weight.numel() for weight in before.values()) < LARGE:
        monkeypatch.setattr(torch, "save", lambda _state, path: path.touch())  # nobody goes on with it
        checkpoint.save(trainer, "run")
        model = weights.load("run").model
    outputs = model(torch.zeros(3, 3, size, size))
    assert outputs.shape == (3, 2)
    assert outputs.isfinite().all()


@pytest.mark.parametrize(
    "name", ["resnet18", "squeezenet1_1", "mobilenet_v3_small", "inception_v3", "efficientnet_lite0"]
)
@pytest.mark.parametrize("trains", ["all", "head"])
def test_the_five_steps_build_the_very_same_network_and_optimizer(name: str, trains: str) -> None:
    torchvision()  # works beside any torch from then on
    config = run_config(model__name=name, data__image_size=88, transfer__trains=trains, seed=3)
    trainer = Trainer(config, images(config, train=4, validation=2), CPU)
    config = config.model_copy(update={"data": config.data.model_copy(update={"dataset": "pets"})})  # two classes
    names: dict[str, Any] = {}
    for step in five_steps(config)[:2]:
        exec(step.code, names)
    ours, theirs = trainer.model.state_dict(), names["model"].state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)
    counts = [
        sum(one.numel() for group in optimizer.param_groups for one in group["params"])
        for optimizer in (trainer.optimizer, names["optimizer"])
    ]
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", BACKBONES)
def test_every_network_says_how_it_wants_its_images(name: str) -> None:
    wanted = suited(name)
    assert len(wanted.mean) == len(wanted.std) == 3
    assert wanted.image_size is not None
    assert wanted.image_size <= max(STORED_PIXELS, 299)
    fits = run_config(model__name=name, data__image_size=wanted.image_size, data__center_crop=wanted.center_crop)
    fits = fits.model_copy(update={"data": fits.data.model_copy(update={"dataset": "pets"})})
    assert network.summarise(fits, 2).output == (2,)


def test_grey_and_small_images_are_refused_with_the_remedy() -> None:
    (grey,) = check.problems(run_config(data__dataset="mnist", data__mean=[0.1], data__std=[0.3]))
    assert "colour images" in str(grey.message)
    (small,) = check.problems(run_config(model__name="alexnet"))
    assert "Set the image size to 224" in str(small.message)


def test_a_network_too_large_for_the_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "memory", lambda: 10**9)
    (problem,) = check.problems(run_config(model__name="vgg16"))
    assert "Freeze more parts" in str(problem.message)


def test_the_state_folder_stays_clean(folders: Path) -> None:
    config = run_config(transfer__trains="head", epochs=1)
    list(Trainer(config, images(config), CPU).compute_features())
    assert {path.suffix for path in (folders / "features").iterdir()} == {".npy"}


# --- what it is good for ----------------------------------------------------------------------------------------------


def best_accuracy(trainer: Trainer) -> float:
    """Over the whole training."""
    return max(record.val_accuracy for record in trainer.records() if isinstance(record, EpochRecord))


def of_classes(images: ImageSet, classes: range, most: int) -> ImageSet:
    """So many images of each of these classes, which count from 0 then."""
    chosen = torch.cat([torch.nonzero(images.labels == label)[:most, 0] for label in classes])
    return ImageSet(images.at(chosen), images.labels[chosen] - classes.start)


@pytest.mark.usefixtures("real_data")
def test_what_was_learned_from_some_classes_helps_with_others_that_have_few_images() -> None:
    recipe = configure("mnist-cnn-8x8", {})
    for _ in datasets.prepare(recipe.data):
        pass
    data = datasets.load(recipe.data)
    layers = [layer.model_dump(mode="json", exclude_none=True) for layer in recipe.layers]
    layers[-2]["out_features"] = 5

    def mnist_cnn_8x8(**changes: Any) -> RunConfig:
        changes = {path.replace("__", "."): value for path, value in changes.items()}
        return configure("mnist-cnn-8x8", {"model.layers": layers, "epochs": 3, "batch_size": 32} | changes)

    def part(classes: range, most: int) -> ImageData:
        names = tuple(map(str, classes))
        return ImageData(of_classes(data.train, classes, most), of_classes(data.validation, classes, 200), names)

    source = Trainer(mnist_cnn_8x8(), part(range(5), 1_000), CPU)
    assert best_accuracy(source) > 0.95, "this test needs a source that has learned something"
    checkpoint.save(source, "2" * 12)
    few = part(range(5, 10), 20)
    for seed in range(3):
        scratch = best_accuracy(Trainer(mnist_cnn_8x8(seed=seed), few, CPU))
        begun = best_accuracy(Trainer(mnist_cnn_8x8(seed=seed, transfer__weights="2" * 12), few, CPU))
        assert begun > scratch + 0.02, f"seed {seed}"


PHOTOS = 240  # of 5,000: few enough for the script, which keeps no features


def test_cats_or_dogs_reaches_96_percent_without_a_download_and_its_script_prints_the_same(
    real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Callable[[str], None]
) -> None:
    for label in ("Cat", "Dog"):
        (tmp_path / "PetImages" / label).mkdir(parents=True)
        for path in sorted((real_data / "PetImages" / label).iterdir())[: PHOTOS // 2]:
            (tmp_path / "PetImages" / label / path.name).write_bytes(path.read_bytes())
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    # Without augmentation, of which the script draws other random numbers.
    config = configure(
        "cats-dogs-transfer", {"epochs": 2, "data.augmentation": {}, "data.per_class": 90, "precision": "float32"}
    )
    assert config.model.name == PACKAGED
    began = time.monotonic()
    *epochs, end = train(config)
    figure(f"{PHOTOS} photos of cats and dogs: {end['best_val_accuracy']:.4f} after {time.monotonic() - began:.0f} s")
    assert end["best_val_accuracy"] >= 0.96
    (tmp_path / "script.py").write_text(script(config))
    (tmp_path / LIST).write_text(images_csv(config.data))
    run = "from core.torchvision_compat import torchvision; torchvision(); exec(open('script.py').read())"
    found = subprocess.run(
        [sys.executable, "-c", run],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = [float(accuracy) for accuracy in re.findall(r"accuracy ([\d.]+)", found.stdout)]
    assert theirs == [round(epoch["val_accuracy"], 6) for epoch in epochs]
