"""The network as a class: its code runs, and has the weights and outputs of `nn.Sequential`."""

from typing import Any

import pytest
import torch

from core.config import ACTIVATIONS, RunConfig, parse
from core.export import five_steps
from core.recipes import recipe, recipes

CHAINS = [name for name, one in recipes().items() if one.config.layers]
EVERY_LAYER = parse(
    {
        "data": {"dataset": "digits"},
        "model": {
            "layers": [
                {"kind": "conv2d", "out_channels": 4, "padding": 1},
                {"kind": "batch_norm"},
                *({"kind": kind} for kind in ACTIVATIONS),
                {"kind": "elu", "alpha": 0.5},
                {"kind": "leaky_relu", "negative_slope": 0.2},
                {"kind": "formula", "formula": "max(x, 0.1 * x) - sin(x) ** 2"},
                {"kind": "max_pool2d"},
                {"kind": "avg_pool2d", "kernel_size": 3, "stride": 1},
                {"kind": "flatten"},
                {"kind": "dropout", "p": 0.25},
                {"kind": "linear", "out_features": 10},
                {"kind": "formula", "formula": "x / (1 + abs(x))"},
                {"kind": "log_softmax"},
            ]
        },
    }
)


def built(code: str) -> torch.nn.Module:
    """The model that this code makes."""
    names: dict[str, Any] = {}
    exec(code, names)
    model: torch.nn.Module = names["model"]
    return model


@pytest.mark.parametrize("config", [*(recipe(name).config for name in CHAINS), EVERY_LAYER], ids=[*CHAINS, "all"])
def test_the_class_has_the_weights_and_outputs_of_the_sequential(config: RunConfig) -> None:
    step = five_steps(config)[0]
    with torch.random.fork_rng():
        plain, ours = built(step.code), built(step.as_class)
    for mine, theirs in zip(ours.parameters(), plain.parameters(), strict=True):
        assert torch.equal(mine, theirs)
    size = config.data.image_size or (8 if config.data.dataset == "digits" else 28)
    images = torch.randn(5, 1, size, size)
    for training in (True, False):
        outputs = []
        for model in (plain, ours):
            torch.manual_seed(1)  # for dropout
            outputs.append(model.train(training)(images))
        assert torch.equal(*outputs)


def test_torchvisions_networks_are_no_class_of_ours() -> None:
    assert five_steps(recipe("cats-dogs-transfer").config)[0].as_class == ""
