"""Torchvision's networks, each with a new last layer.

Torchvision's `Weights` have the weights from ImageNet and the preprocessing that a network needs.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import torch
from filelock import FileLock
from torch import nn

from core import environment
from core.config import DataConfig
from core.config.transfer import BackboneName
from core.data.builtin.downloads import refusal
from core.errors import DataError
from core.messages import say
from core.models.efficientnet_lite import efficientnet_lite0, efficientnet_lite0_weights
from core.progress import Progress, in_background
from core.storage import check_space, size_of
from core.torchvision_compat import torchvision


@dataclass(frozen=True)
class BackboneInfo:
    """What torchvision's `Weights` don't say about a network."""

    title: str
    head: str  # name of the module that outputs the classes
    options: dict[str, Any] = field(default_factory=dict)
    ends_with_head: bool = True  # whether no layer follows it


# Its weights come as a Python package, so they are on every machine.
PACKAGED: BackboneName = "efficientnet_lite0"

# To add a network, add a line here and its name to `BackboneName`.
BACKBONES: dict[str, BackboneInfo] = {
    PACKAGED: BackboneInfo("EfficientNet-Lite0", "classifier.1"),
    "resnet18": BackboneInfo("ResNet-18", "fc"),
    "resnet34": BackboneInfo("ResNet-34", "fc"),
    "resnet50": BackboneInfo("ResNet-50", "fc"),
    "alexnet": BackboneInfo("AlexNet", "classifier.6"),
    "vgg16": BackboneInfo("VGG-16", "classifier.6"),
    # Without its second output, which only helps to train it from random weights.
    "inception_v3": BackboneInfo(
        "Inception v3", "fc", {"aux_logits": False, "init_weights": False, "transform_input": True}
    ),
    "mobilenet_v3_small": BackboneInfo("MobileNet v3 small", "classifier.3"),
    "mobilenet_v3_large": BackboneInfo("MobileNet v3 large", "classifier.3"),
    "efficientnet_b0": BackboneInfo("EfficientNet-B0", "classifier.1"),
    "convnext_tiny": BackboneInfo("ConvNeXt-Tiny", "classifier.2"),
    "squeezenet1_1": BackboneInfo("SqueezeNet 1.1", "classifier.1", ends_with_head=False),
}


def build(name: str, classes: int) -> nn.Module:
    """The network with random weights and a head for this many classes."""
    known = BACKBONES[name]
    models = torchvision().models
    model: nn.Module = (
        efficientnet_lite0() if name == PACKAGED else models.get_model(name, weights=None, **known.options)
    )
    old = model.get_submodule(known.head)
    if isinstance(old, nn.Conv2d):
        head: nn.Module = nn.Conv2d(old.in_channels, classes, kernel_size=1)
    else:
        assert isinstance(old, nn.Linear)
        head = nn.Linear(old.in_features, classes)
    model.set_submodule(known.head, head)
    return model


def weights_of(name: str) -> Any:
    """Torchvision's `Weights` for ImageNet: URL, size and preprocessing. Not for the packaged network."""
    return torchvision().models.get_model_weights(name).IMAGENET1K_V1


@cache
def suited(name: str) -> DataConfig:
    """Image size, crop, mean and standard deviation of the network's training on ImageNet."""
    if name == PACKAGED:  # its pixels, 0 to 255, were trained as (pixel - 127) / 128
        return DataConfig(image_size=256, center_crop=224, mean=(0.498039,) * 3, std=(0.501961,) * 3)
    wanted = weights_of(name).transforms()
    crop = wanted.crop_size[0]
    # Imported images are stored with 256 pixels, so a larger size would only enlarge them.
    size = max(crop, min(wanted.resize_size[0], STORED_PIXELS))
    return DataConfig(
        image_size=size,
        center_crop=crop if crop < size else None,
        mean=tuple(wanted.mean),
        std=tuple(wanted.std),
    )


STORED_PIXELS = 256


# --- ImageNet's weights ---------------------------------------------------------------------------------------------


def megabytes(name: str) -> int:
    """Size of the download in MB, 0 if there is none."""
    return 0 if name == PACKAGED else round(float(weights_of(name).meta["_file_size"]))


def downloaded(name: str) -> bool:
    """Whether ImageNet's weights are on this machine."""
    return name == PACKAGED or (environment.weights_dir() / Path(urlparse(weights_of(name).url).path).name).exists()


def download(name: str) -> Iterator[Progress]:
    """Download ImageNet's weights with torchvision, which verifies their checksum. Yields progress.

    Does nothing if they are already there.

    Raises:
        DataError: there is no internet, the file is damaged, or the disk is full. Call it again to retry.
    """
    if downloaded(name):
        return
    total = megabytes(name)
    message = say(
        "Downloading ImageNet's weights for {title}, {megabytes} MB", title=BACKBONES[name].title, megabytes=total
    )
    yield Progress(message, 0.0)
    try:
        environment.weights_dir().mkdir(parents=True, exist_ok=True)
        check_space(environment.weights_dir(), total * 2**20)
        with FileLock(environment.weights_dir() / f"{name}.lock"):
            for _ in in_background(lambda: _fetch(name)):
                yield Progress(message, min(1.0, size_of(environment.weights_dir(), "*.partial") / (total * 2**20)))
    except (OSError, RuntimeError, EOFError) as error:  # torch raises RuntimeError for a wrong checksum
        title = say("{title} with ImageNet's weights", title=BACKBONES[name].title)
        remedy = say("Try again later, or start with random weights or one of your runs.")
        raise DataError(refusal(title, error, remedy)) from error


def imagenet(name: str) -> dict[str, torch.Tensor]:
    """ImageNet's weights by name. They must have been downloaded."""
    return efficientnet_lite0_weights() if name == PACKAGED else _fetch(name)


def _fetch(name: str) -> dict[str, torch.Tensor]:
    """Load the weights with torchvision, which downloads them if needed. Reads only tensors, never code."""
    state: dict[str, torch.Tensor] = weights_of(name).get_state_dict(
        model_dir=str(environment.weights_dir()), progress=False, check_hash=True, weights_only=True, map_location="cpu"
    )
    return state
