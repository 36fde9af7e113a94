"""A flatten layer for networks that keep the channels of a pixel side by side in memory."""

import torch
from torch import nn


class Flatten(nn.Flatten):
    """PyTorch's own, but its gradient goes back in the layout that its input came in.

    The numbers are the same. PyTorch's gradient comes channel by channel, and every layer before would have to mix the
    two layouts: a step of mnist-cnn-8x8 takes 5 % longer.
    """

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Shape [B, C, H, W] to [B, C·H·W]."""
        if input.requires_grad and input.ndim == 4 and not input.is_contiguous():
            input.register_hook(_channels_side_by_side)
        return super().forward(input)


def _channels_side_by_side(gradient: torch.Tensor) -> torch.Tensor:
    return gradient.contiguous(memory_format=torch.channels_last)
