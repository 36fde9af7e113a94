"""What keeps a run from being trained, found before it starts."""

from pathlib import Path
from typing import Any

import pytest
import torch

from core.config import RunConfig, Transfer
from core.data import catalog, datasets
from core.errors import ConfigError, Problem
from core.recipes import configure, recipes
from core.training.check import checked, problems
from core.training.loop import Trainer
from tests.core.data.own.pictures import jpeg
from tests.core.data.sets import imported

FLAT = {"kind": "flatten"}


@pytest.mark.parametrize("name", recipes())
def test_every_recipe_is_ready_to_train(name: str) -> None:
    assert checked(recipes()[name].config) == recipes()[name].config


@pytest.mark.parametrize(
    ("changes", "where", "sentence"),
    [
        ({"loss": "nll"}, "loss", "NLL needs LogSoftmax as last layer. Add this layer"),
        ({"data.validation_fraction": 0}, "data.validation_fraction", "has no test images. Set a share"),
        ({"data.dataset": "cats"}, "data.dataset", "There is no data set cats. Choose one of digits, mnist"),
        (
            {"data.dataset": "mnist", "data.image_size": 256},
            "data.image_size",
            "MNIST at 256 pixels would need too much disk space. Choose at most 146",
        ),
        ({"data.mean": [0.1, 0.2]}, "data.mean", "mean needs one number, or 1"),
        (
            {"model.layers": [FLAT, {"kind": "linear", "out_features": 7}]},
            "model.layers",
            "is 7, but there are 10 classes. Make the last layer a Linear layer of size 10",
        ),
        (
            {"model.layers": [FLAT, {"kind": "linear", "out_features": 10}, {"kind": "log_softmax"}]},
            "loss",
            "The last layer is LogSoftmax, which doesn't fit the loss cross-entropy",
        ),
        (
            {"model.layers": [FLAT, {"kind": "linear", "out_features": 65_536}, {"kind": "linear", "out_features": 10}],
             "data.image_size": 256},
            "model.layers",
            "Use smaller layers or smaller batches",
        ),
        ({"model.layers": [{"kind": "conv2d", "out_channels": 4, "kernel_size": 9}]}, "model.layers.0", "The 9×9"),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit_together_are_refused(changes: dict[str, Any], where: str, sentence: str) -> None:
    (problem,) = problems(configure("digits", changes))
    assert problem.where == where
    assert sentence in str(problem.message)


def test_problems_of_different_groups_come_together() -> None:
    config = configure("digits", {"data.validation_fraction": 0, "loss": "nll", "data.std": [1, 1]})
    with pytest.raises(ConfigError) as caught:
        checked(config)
    assert [problem.where for problem in caught.value.problems] == ["data.validation_fraction", "data.std", "loss"]


def own(files: dict[str, bytes], **changes: Any) -> list[Problem]:
    name = imported(files).name
    return problems(matching_size(name, changes))


def matching_size(name: str, changes: dict[str, Any]) -> RunConfig:
    classes = len(catalog.info(name).classes)
    layers = [FLAT, {"kind": "linear", "out_features": classes}]
    settings = {"data.dataset": name, "data.image_size": 8, "data.validation_fraction": 0.2, "model.layers": layers}
    return configure("digits", settings | changes)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({f"Cat/{n}.jpg": jpeg(n) for n in range(5)}, "All images are in one class, Cat."),
        ({"Cat/1.jpg": jpeg(1), "Dog/1.jpg": jpeg(2)}, "No image can be held out"),
    ],
)
def test_images_that_cannot_be_trained_are_refused(
    files: dict[str, bytes], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    (problem,) = own(files)
    assert problem.where == "data.dataset"
    assert sentence in str(problem.message)


def test_folders_with_too_few_classes_to_learn_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    files = {"train/Cat/1.jpg": jpeg(1), "train/Cat/2.jpg": jpeg(2), "val/Dog/1.jpg": jpeg(3), "val/Cat/1.jpg": jpeg(4)}
    (problem,) = own(files, **{"data.validation_fraction": 0})
    assert "fewer than two classes" in str(problem.message)
    assert own(files) == []


NORM = [FLAT, {"kind": "linear", "out_features": 8}, {"kind": "batch_norm"}, {"kind": "linear", "out_features": 10}]
BLOCK = [{"kind": "conv2d", "out_channels": 4, "kernel_size": 3}, {"kind": "batch_norm"}, FLAT,
         {"kind": "linear", "out_features": 10}]  # fmt: skip


@pytest.mark.parametrize("size", [1, 3, 479])
def test_batch_norm_refuses_a_batch_of_one(size: int) -> None:
    config = configure("digits", {"model.layers": NORM, "batch_size": size})
    for _ in datasets.prepare(config.data):
        pass
    images = len(datasets.load(config.data).train)
    assert images % size in (0, 1), "the sizes above suit this number of images"
    (problem,) = problems(config)
    assert problem.where == "batch_size"
    assert "needs at least two" in str(problem.message)
    with pytest.raises(ConfigError, match="needs at least two"):
        Trainer(config, datasets.load(config.data), torch.device("cpu"))
    assert problems(configure("digits", {"model.layers": BLOCK, "batch_size": size})) == []  # many pixels for each
    assert problems(configure("digits", {"model.layers": NORM, "batch_size": 480})) == []


def test_batch_norm_that_still_learns_refuses_a_batch_of_one() -> None:
    """At 32 pixels the last part of ResNet-18 sees one number for each channel; frozen parts keep their averages."""
    brought = {f"{kind}/{number}.jpg": jpeg(number + 50 * (kind == "b")) for kind in "ab" for number in range(8)}
    data = {"data.dataset": imported(brought).name, "data.image_size": 32, "data.validation_fraction": 0.2}
    model = {"model": {"name": "resnet18"}, "transfer.weights": "random", "batch_size": 1}
    whole = configure("digits", data | model)
    part, head = (whole.model_copy(update={"transfer": Transfer(trains=trains)}) for trains in ("layer4", "head"))
    assert ["batch_size" in problem.where for problem in problems(part)] == [True]
    assert problems(head) == []
