"""Losses by name, and which last layer each of them needs."""

from collections.abc import Callable

import torch
from torch.nn import functional

from core.config import RunConfig
from core.errors import Problem
from core.messages import say

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]  # (outputs [B, classes], labels [B]) → mean, scalar


def mse(outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean squared distance to 1 for the right class and 0 for every other."""
    return functional.mse_loss(outputs, functional.one_hot(labels, outputs.shape[1]).to(outputs.dtype))


LOSSES: dict[str, Loss] = {"cross_entropy": functional.cross_entropy, "nll": functional.nll_loss, "mse": mse}


def probabilities(outputs: torch.Tensor, loss: str) -> torch.Tensor:
    """What a network trained with this loss says, [B, classes], as probabilities, 0..1."""
    # Mean squared error trains towards 1 for the right class and 0 for the others: the outputs are probabilities. A
    # log-softmax stays as it is under another: right for cross-entropy and for NLL.
    return outputs.clamp(0, 1) if loss == "mse" else functional.log_softmax(outputs, dim=1).exp()


def problems(config: RunConfig) -> list[Problem]:
    """The problem, if this loss doesn't fit the last layer."""
    ends_in_log_softmax = bool(config.layers) and config.layers[-1].kind == "log_softmax"
    if config.loss == "nll" and not ends_in_log_softmax:
        return [
            Problem(
                "loss",
                say("The loss NLL needs LogSoftmax as last layer. Add this layer, or choose cross-entropy as loss."),
            )
        ]
    if config.loss != "nll" and ends_in_log_softmax:
        message = say(
            "The last layer is LogSoftmax, which doesn't fit the loss {loss}. Remove it, or choose NLL as loss.",
            loss={"cross_entropy": "cross-entropy", "mse": "MSE"}[config.loss],
        )
        return [Problem("loss", message)]
    return []
