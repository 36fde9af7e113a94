"""A flatten layer for networks that keep the channels of a pixel side by side in memory."""

import torch
from torch import nn


class Flatten(nn.Flatten):
    """PyTorch's flatten layer, except that its gradient has the memory layout of its input.

    The numbers are the same. PyTorch's gradient has the layout channels first, so all earlier layers would mix two
    layouts, which makes a step of mnist-cnn-8x8 5 % slower.
    """

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Shape [B, C, H, W] to [B, C·H·W]."""
        if input.requires_grad and input.ndim == 4 and not input.is_contiguous():
            input.register_hook(_channels_side_by_side)
        return super().forward(input)


def _channels_side_by_side(gradient: torch.Tensor) -> torch.Tensor:
    return gradient.contiguous(memory_format=torch.channels_last)
