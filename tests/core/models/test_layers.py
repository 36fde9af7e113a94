"""Layer stacks: shapes inferred, misfits told by number, weights as a plain PyTorch network would have them."""

import subprocess
import sys
from typing import Any

import pytest
import torch
from torch import nn

from core.config import ACTIVATIONS, DataConfig, LayerStack, RunConfig
from core.errors import ConfigError
from core.models import network
from core.models.layers import build, summarise
from core.recipes import recipe
from core.training.memory import training_bytes


def stack(*layers: dict[str, Any] | str) -> LayerStack:
    """A stack of layers, those without settings by their kind alone."""
    specs = [{"kind": layer} if isinstance(layer, str) else layer for layer in layers]
    return LayerStack.model_validate({"layers": specs})


def linear(size: int) -> dict[str, Any]:
    return {"kind": "linear", "out_features": size}


def conv(channels: int, kernel: int = 3, **more: int) -> dict[str, Any]:
    return {"kind": "conv2d", "out_channels": channels, "kernel_size": kernel, **more}


def test_mnist_cnn_8x8_has_the_shapes_and_parameters_of_its_tutorial() -> None:
    rows, problem = summarise(LayerStack(layers=recipe("mnist-cnn-8x8").config.layers), (1, 8, 8))
    assert problem is None
    assert [row.output_shape for row in rows] == [
        (32, 6, 6), (32, 6, 6), (64, 4, 4), (64, 4, 4), (64, 4, 4), (1024,), (10,), (10,)
    ]  # fmt: skip
    assert [row.parameters for row in rows] == [320, 0, 18_496, 0, 0, 0, 10_250, 0]


def test_the_same_seed_gives_the_weights_of_the_plain_network() -> None:
    torch.manual_seed(3)
    ours = build(stack("flatten", linear(5), "tanh", linear(2)), (1, 2, 2))
    torch.manual_seed(3)
    plain = nn.Sequential(nn.Flatten(), nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2))
    for mine, theirs in zip(ours.parameters(), plain.parameters(), strict=True):
        assert torch.equal(mine, theirs)


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_every_activation_builds_and_keeps_the_shape(kind: str) -> None:
    network = build(stack("flatten", linear(4), kind), (1, 3, 3))
    assert network(torch.randn(2, 1, 3, 3)).shape == (2, 4)


def test_every_kind_of_layer_builds_and_agrees_with_its_summary() -> None:
    layers = stack(
        conv(4, stride=2, padding=1), "batch_norm", "relu", {"kind": "max_pool2d"}, {"kind": "avg_pool2d"},
        {"kind": "dropout", "p": 0.2}, "flatten", "batch_norm", linear(3), "log_softmax",
    )  # fmt: skip
    rows, problem = summarise(layers, (3, 32, 32))
    assert problem is None
    output = torch.randn(2, 3, 32, 32)
    for module, row in zip(build(layers, (3, 32, 32)), rows, strict=True):
        output = module(output)
        assert tuple(output.shape[1:]) == row.output_shape


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
def test_windows_are_counted_as_pytorch_counts_them(kernel: int, stride: int) -> None:
    shape = (2, 7, 8)  # odd and even
    pools = [{"kind": kind, "kernel_size": kernel, "stride": given} for kind in ("max_pool2d", "avg_pool2d")
             for given in (stride, None)]  # fmt: skip
    for layer in [*pools, *(conv(3, kernel, stride=stride, padding=padding) for padding in (0, 1, 2))]:
        ((row,), _problem) = summarise(stack(layer), shape)
        assert row.output_shape == build(stack(layer), shape)(torch.zeros(1, *shape)).shape[1:], layer


def test_looking_at_a_network_loads_no_compiler() -> None:
    code = """
import sys
from core.export import five_steps
from core.recipes import configure
from core.training.check import checked
for name in ("digits", "mnist-mixed-activations", "mnist-cnn-8x8"):
    five_steps(checked(configure(name, {})))
sys.exit("torch._dynamo" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        ([conv(4), conv(4), conv(4), conv(4, 5)], "Layer 4: The 5×5 kernel is larger than the 2×2 input"),
        ([linear(10)], "Layer 1: A Linear layer needs a list of numbers, but its input is 1×8×8. Add a Flatten layer"),
        (["flatten", conv(4)], "Layer 2: This layer needs an image, but its input is a list of numbers"),
        ([{"kind": "max_pool2d", "kernel_size": 9}], "Layer 1: The 9×9 kernel is larger than the 8×8 input"),
        (["log_softmax"], "Layer 1: LogSoftmax needs one number for each class, but its input is 1×8×8"),
    ],
)
def test_a_misfit_is_reported_by_its_number_and_remedy(layers: list[Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build(stack(*layers), (1, 8, 8))
    assert sentence in str(caught.value)


def test_a_summary_shows_the_rows_before_the_misfit() -> None:
    rows, problem = summarise(stack(conv(4), conv(8, 9)), (1, 8, 8))
    assert len(rows) == 1
    assert problem is not None
    assert problem.where == "model.layers.1"


def test_a_huge_network_is_measured_without_memory() -> None:
    photos = DataConfig(dataset="cifar10", image_size=256)
    config = RunConfig(model=stack("flatten", linear(65_536), linear(65_536)), data=photos, batch_size=1)
    assert training_bytes(config, network.summarise(config, 65_536)) > 2e11


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_flatten_hands_its_gradient_back_in_the_layout_that_came(layout: torch.memory_format) -> None:
    upstream = torch.randn(2, 3 * 4 * 5)
    gradients: list[torch.Tensor] = []
    image = torch.ones(2, 3, 4, 5, requires_grad=True).contiguous(memory_format=layout) + 1
    output = build(stack("flatten"), (3, 4, 5))(image)
    image.register_hook(gradients.append)
    output.backward(upstream)
    (gradient,) = gradients
    assert gradient.is_contiguous(memory_format=layout)
    assert torch.equal(gradient, upstream.view(2, 3, 4, 5))


def test_looking_at_a_network_draws_no_random_numbers() -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    summarise(stack("flatten", linear(9), {"kind": "dropout"}), (1, 4, 4))
    assert torch.equal(torch.get_rng_state(), before)
