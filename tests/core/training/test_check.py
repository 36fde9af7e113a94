"""What keeps a run from being trained, found before it starts."""

from typing import Any

import pytest

from core.errors import ConfigError
from core.recipes import configure, recipes
from core.training.check import checked, problems

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
