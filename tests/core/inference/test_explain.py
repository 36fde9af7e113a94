"""Why a network names an image so."""

import pytest
import torch
from torch import nn

from core.config import DataConfig, RunConfig
from core.inference.explain import activations, first_filters, heat
from core.models import network
from core.models.backbones import BACKBONES, suited
from core.recipes import configure
from core.training.weights import Trained


def untrained(config: RunConfig, classes: int = 10) -> Trained:
    torch.manual_seed(0)
    return Trained(config, network.build(config, classes).eval().requires_grad_(False), tuple(map(str, range(classes))))


def one_bright_corner() -> torch.Tensor:
    image = torch.zeros(1, 8, 8)
    image[0, :3, :3] = 1
    return image


class Corner(nn.Sequential):
    """Class 1 is whatever is bright, class 0 has no reasons."""

    def __init__(self) -> None:
        super().__init__(nn.Conv2d(1, 2, 1, bias=False), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        first = self[0]
        assert isinstance(first, nn.Conv2d)
        first.weight.data = torch.tensor([0.0, 1.0]).view(2, 1, 1, 1)
        self.eval().requires_grad_(False)


def test_grad_cam_shows_the_place_that_speaks_for_a_class() -> None:
    found = Trained(configure("mnist-cnn-8x8", {}), Corner(), ("0", "1"))
    seen = heat(found, one_bright_corner(), 1)
    assert (seen.method, seen.layer) == ("grad-cam", "1")
    assert seen.values[:3, :3].min() == 1
    assert seen.values[4:, 4:].max() == 0
    assert heat(found, one_bright_corner(), 0).values.max() == 0


def test_saliency_of_a_perceptron_is_the_size_of_its_gradient() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 2, bias=False), nn.LogSoftmax(1)).eval().requires_grad_(False)
    found = Trained(configure("digits", {}), model, ("0", "1"))
    seen = heat(found, one_bright_corner(), 1)
    linear = model[1]
    assert isinstance(linear, nn.Linear)
    expected = linear.weight[1].abs().view(8, 8)
    assert seen.method == "saliency"
    torch.testing.assert_close(torch.from_numpy(seen.values), expected / expected.max())


@pytest.mark.parametrize("name", BACKBONES)
def test_every_backbone_can_be_explained(name: str) -> None:
    size = 96 if name in ("inception_v3",) else 64
    data = suited(name).model_copy(update={"image_size": size, "center_crop": None})
    config = RunConfig.model_validate({"data": data, "model": {"name": name}})
    found = untrained(config, classes=2)
    image = torch.randn(3, size, size)
    seen = heat(found, image, 1)
    assert seen.method == "grad-cam"
    assert seen.values.shape == (size, size)
    assert 0 <= seen.values.min() <= seen.values.max() <= 1.0001
    assert len(activations(found, image)) >= 5
    filters = first_filters(found)
    assert filters
    assert filters.weights.shape[1] == 3


def test_the_network_is_as_it_was_afterwards() -> None:
    found = untrained(configure("mnist-cnn-8x8", {}))
    image = torch.randn(1, 8, 8)
    before = {name: tensor.clone() for name, tensor in found.model.state_dict().items()}
    heat(found, image, 3)
    activations(found, image)
    assert all(torch.equal(before[name], tensor) for name, tensor in found.model.state_dict().items())
    assert not any(child._forward_hooks for child in found.model.modules())
    assert all(parameter.grad is None and not parameter.requires_grad for parameter in found.model.parameters())


def test_activations_follow_the_layers_and_the_last_is_the_answer() -> None:
    found = untrained(configure("mnist-cnn-8x8", {}))
    image = torch.randn(1, 8, 8)
    layers = activations(found, image)
    assert [layer.kind for layer in layers][:2] == ["Conv2d", "ReLU"]
    assert layers[0].shape == (32, 6, 6)
    assert layers[0].values.shape == (24, 6, 6)
    assert torch.equal(torch.from_numpy(layers[-1].values), found.model(image[None])[0])


def test_first_filters_are_images_or_nothing() -> None:
    perceptron = first_filters(untrained(configure("mnist-mlp", {})))
    assert perceptron
    assert (perceptron.number, perceptron.weights.shape) == (100, (48, 1, 28, 28))
    pooled = [{"kind": "max_pool2d"}, {"kind": "flatten"}, {"kind": "linear", "out_features": 10}]
    config = RunConfig.model_validate({"data": DataConfig(dataset="mnist"), "model": {"layers": pooled}})
    assert first_filters(untrained(config)) is None
