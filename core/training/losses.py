"""Losses by name, and which last layer each of them expects."""

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
    """Why this loss can't judge what the last layer gives."""
    ends_in_log_softmax = bool(config.layers) and config.layers[-1].kind == "log_softmax"
    if config.loss == "nll" and not ends_in_log_softmax:
        return [
            Problem("loss", say("NLL expects a log-softmax. Add it as last layer, or choose cross-entropy as loss."))
        ]
    if config.loss != "nll" and ends_in_log_softmax:
        message = say(
            "The network ends in a log-softmax, which {loss} doesn't expect. Remove that layer, or choose NLL as loss.",
            loss={"cross_entropy": "cross-entropy", "mse": "MSE"}[config.loss],
        )
        return [Problem("loss", message)]
    return []
