"""Measures what happens inside a network during training, without changing the training.

It draws no random numbers, leaves `.grad` alone, and uses evaluation mode, in which batch norm's averages don't change.
"""

import math
import threading
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import nn

from core.config import Activation, RunConfig
from core.data.batches import Cut, validation_batches
from core.data.datasets import ImageData
from core.models import network
from core.training.losses import LOSSES
from core.training.memory import PROBE_VALUES, validation_batch_size
from core.training.records import ActivationProbe, Distribution, Histogram, ProbeRecord, WeightsProbe

BINS = 40
# If less than this share of the gradient passes, the function counts as flat.
FLAT = 0.01


def probe_positions(validation: int, limit: int, values_per_image: int) -> torch.Tensor:
    """The positions of the measured images among all validation images, evenly spread and always the same, int64 [N].

    There are at most `limit`, and at most as many as fit into `PROBE_VALUES`.
    """
    number = max(1, min(validation, limit, PROBE_VALUES // max(1, values_per_image)))
    return torch.arange(number) * validation // number


class Probe:
    """Measures one network repeatedly on the same validation images."""

    def __init__(self, config: RunConfig, model: nn.Module, validation: Cut) -> None:
        assert isinstance(model, nn.Sequential)
        self._layers = config.layers
        self._model = model
        self._criterion = LOSSES[config.loss]
        size = self._values_of(validation.batch(slice(0, 1))[0])
        positions = probe_positions(len(validation.labels), validation.batch_size, size)
        self._images, self._labels = validation.batch(positions)

    def measure(self, epoch: int, autocast: AbstractContextManager[object]) -> ProbeRecord:
        """Measure the network after `epoch` epochs. Leaves it in evaluation mode."""
        self._model.eval()
        with torch.enable_grad():
            with autocast:
                values = self._forward(self._images)
                loss = self._criterion(values[-1], self._labels)
            weights = self._gradients(loss)
        layers = zip(self._layers, self._model, values, values[1:], strict=False)
        activations, distributions = [], []
        for number, (spec, module, before, after) in enumerate(layers, 1):
            if isinstance(spec, Activation):
                inputs, outputs = before.detach().float(), after.detach().float()
                activations.append(ActivationProbe(number, spec.kind, _dead(outputs), _flat(module, inputs)))
                distributions.append(Distribution(number, histogram(inputs), histogram(outputs)))
        return ProbeRecord(epoch, len(self._labels), weights, activations, distributions)

    @torch.no_grad()
    def _values_of(self, image: torch.Tensor) -> int:
        """How many values all layers have for one image."""
        self._model.eval()
        return sum(value.numel() for value in self._forward(image)[1:])

    def _forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        """The images, and the output of each layer."""
        values = [images]
        for module in self._model:
            values.append(module(values[-1]))
        return values

    def _gradients(self, loss: torch.Tensor) -> list[WeightsProbe]:
        """The gradient norm of each layer with weights. Avoids `backward`, which would store gradients in `.grad`."""
        weights = {
            number: module.weight
            for number, module in enumerate(self._model, 1)
            if isinstance(module, nn.Linear | nn.Conv2d)
        }
        gradients = torch.autograd.grad(loss, list(weights.values()))
        norms = [float(gradient.cpu().double().norm()) for gradient in gradients]
        return [
            WeightsProbe(number, norm if math.isfinite(norm) else None)
            for number, norm in zip(weights, norms, strict=True)
        ]


def _dead(outputs: torch.Tensor) -> float:
    """Share of units (or channels) whose outputs are zero for every image."""
    others = [dimension for dimension in range(outputs.ndim) if dimension != 1]
    return float((outputs == 0).all(dim=others).float().mean())


def _flat(module: nn.Module, inputs: torch.Tensor) -> float:
    """Share of values at which the slope of the function is below `FLAT`."""
    leaf = inputs.clone().requires_grad_()
    with torch.enable_grad():
        (slope,) = torch.autograd.grad(module(leaf).sum(), leaf)
    return float((slope.abs() < FLAT).float().mean())


def histogram(values: torch.Tensor) -> Histogram:
    """A histogram of all finite values, from the lowest to the highest."""
    finite = values[values.isfinite()].cpu()
    if not len(finite):
        return Histogram(0.0, 1.0, [0] * BINS)
    low, high = float(finite.min()), float(finite.max())
    if low == high:  # otherwise the bins would have no width
        low, high = low - 0.5, high + 0.5
    counts = torch.histc(finite, BINS, low, high)
    return Histogram(low, high, [int(count) for count in counts.tolist()])


_SEEDING = threading.Lock()  # PyTorch has one random state for all threads


def untrained(config: RunConfig, data: ImageData) -> ProbeRecord:
    """Build the untrained network of a run and measure it. Equals the run's first record."""
    device = torch.device("cpu")
    with _SEEDING, torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = network.build(config, len(data.classes))
    at_once = validation_batch_size(config, len(data.classes))
    return Probe(config, model, validation_batches(config, data.validation, device, at_once)).measure(0, nullcontext())
