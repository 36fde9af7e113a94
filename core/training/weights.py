"""Loads a trained network with the weights of its best epoch, in evaluation mode.

The safetensors format contains only data, so opening a file from somebody else can't execute code.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from torch import nn

from core.config import RunConfig, from_json
from core.errors import NoWeightsError
from core.models import network
from core.training import run_files


@dataclass(frozen=True)
class Trained:
    """A network that is ready to predict."""

    config: RunConfig
    model: nn.Module  # in evaluation mode, on the CPU, its parameters frozen
    classes: tuple[str, ...]


def best_path(run_id: str) -> Path:
    """The file with the best weights of a run. Raises NoWeightsError if there is none."""
    path = run_files.best_weights(run_id)
    if not path.exists():
        raise NoWeightsError
    return path


def load(run_id: str) -> Trained:
    """The network with the best weights of a run.

    Raises:
        NoWeightsError: there are none.
    """
    return from_file(best_path(run_id))


def from_file(path: Path) -> Trained:
    """The network in a file of best weights."""
    config, classes, weights = read(path)
    with torch.device("meta"):  # skips the random weights, which take seconds for a large network
        model = network.build(config, len(classes))
    model.load_state_dict(weights, assign=True)
    return Trained(config, model.eval().requires_grad_(False), classes)


def read_config(path: Path) -> RunConfig:
    """The configuration in a file of best weights, without the weights."""
    with safe_open(path, framework="pt") as file:
        return from_json(file.metadata()["config"])


def read(path: Path) -> tuple[RunConfig, tuple[str, ...], dict[str, torch.Tensor]]:
    """The content of a file of best weights: configuration, class names, and weights by name."""
    with safe_open(path, framework="pt") as file:
        header = file.metadata()
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    return from_json(header["config"]), tuple(json.loads(header["classes"])), weights
