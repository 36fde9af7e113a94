"""Looking inside: the right numbers, and not one bit of the run's own numbers changed."""

import json
import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, astuple, replace
from itertools import islice
from typing import Any

import pytest
import torch
from torch import nn

from core.data import datasets
from core.recipes import configure
from core.training import checkpoint, loop, probe
from core.training.loop import Trainer
from core.training.records import EpochRecord, Histogram, LossRecord, ProbeRecord, Record

CPU = torch.device("cpu")
EVERYTHING_THAT_COULD_BE_DISTURBED = [
    {"kind": "flatten"},
    {"kind": "linear", "out_features": 24},
    {"kind": "batch_norm"},
    {"kind": "prelu"},
    {"kind": "dropout", "p": 0.5},
    {"kind": "linear", "out_features": 16},
    {"kind": "relu"},
    {"kind": "linear", "out_features": 10},
]
CONVOLUTION = [
    {"kind": "conv2d", "out_channels": 4, "kernel_size": 3},
    {"kind": "relu"},
    {"kind": "flatten"},
    {"kind": "linear", "out_features": 10},
]


def trainer(**changes: Any) -> Trainer:
    """A trainer of the small digits with two epochs, and other settings by path with __ for a dot."""
    settings = {"epochs": 2, "probe": True, **{path.replace("__", "."): value for path, value in changes.items()}}
    config = configure("digits", settings)
    for _ in datasets.prepare(config.data):
        pass
    return Trainer(config, datasets.load(config.data), CPU)


def layer(ours: Trainer, place: int) -> Any:
    """The module at this place of the stack."""
    return list(ours.model.children())[place]


def numbers(records: Sequence[Record]) -> list[object]:
    """What the run itself says, without how long it took."""
    losses = [loss for record in records if isinstance(record, LossRecord) for loss in record.losses]
    epochs = [astuple(replace(record, seconds=0.0)) for record in records if isinstance(record, EpochRecord)]
    return [*losses, *epochs]


def probes(records: Sequence[Record]) -> list[ProbeRecord]:
    return [record for record in records if isinstance(record, ProbeRecord)]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"model__layers": EVERYTHING_THAT_COULD_BE_DISTURBED},
        {"model__layers": EVERYTHING_THAT_COULD_BE_DISTURBED, "precision": "bfloat16"},
        {"model__layers": CONVOLUTION, "optimizer__name": "sgd", "optimizer__momentum": 0.9},
    ],
)
def test_a_run_that_is_looked_into_has_the_same_numbers_to_the_last_bit(changes: dict[str, Any]) -> None:
    watched = trainer(**changes)
    records = list(watched.records())
    alone = trainer(probe=False, **changes)
    assert numbers(records) == numbers(list(alone.records()))
    for name, tensor in alone.state_dict()["model"].items():
        assert torch.equal(tensor, watched.state_dict()["model"][name]), name
    assert [record.epoch for record in probes(records)] == [0, 1, 2]


def test_nothing_is_measured_unless_asked_for() -> None:
    assert probes(list(trainer(probe=False).records())) == []


def test_a_look_inside_leaves_no_gradient_and_draws_nothing() -> None:
    ours = trainer(model__layers=EVERYTHING_THAT_COULD_BE_DISTURBED)
    before = {name: tensor.clone() for name, tensor in ours.model.state_dict().items()}
    random = torch.get_rng_state()
    next(iter(ours.records()))
    assert all(parameter.grad is None for parameter in ours.model.parameters())
    assert torch.equal(torch.get_rng_state(), random)
    for name, tensor in ours.model.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_a_run_interrupted_anywhere_measures_the_same_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "RECORD_SECONDS", 0.0)
    whole = list(trainer().records())
    for place in (0, 20, 45, 46, 47, len(whole) - 2):
        first = trainer()
        before = list(islice(first.records(), place + 1))
        checkpoint.save(first, "run")
        second = trainer()
        assert checkpoint.restore(second, "run") is None
        assert second.position == first.position
        done = second.position.epoch if second.position.step else -1  # what the journal keeps
        kept = [record for record in probes(before) if record.epoch <= done]
        again = list(second.records())
        assert kept + probes(again) == probes(whole), f"stopped after record {place}"
        assert numbers(before + again) == numbers(whole), f"stopped after record {place}"


def test_gradients_are_those_of_the_loss_on_the_validation_images() -> None:
    ours = trainer(optimizer__name="sgd")
    record = probes([next(iter(ours.records()))])[0]
    images, labels = ours.validation.batch(slice(None))
    assert record.images == len(labels) == 359
    nn.functional.cross_entropy(ours.model(images), labels).backward()
    norms = [layer(ours, place).weight.grad.norm().item() for place in (1, 3, 5)]
    assert [entry.gradient for entry in record.weights] == pytest.approx(norms, rel=1e-5)
    assert [entry.layer for entry in record.weights] == [2, 4, 6]
    assert [entry.layer for entry in record.activations] == [entry.layer for entry in record.distributions] == [3, 5]


def test_a_unit_is_dead_only_if_it_is_zero_for_every_image() -> None:
    ours = trainer()
    first = layer(ours, 1)
    with torch.no_grad():
        first.bias[:32] = -100.0  # of 128: nothing lifts these above zero
    record = probes([next(iter(ours.records()))])[0]
    relu = record.activations[0]
    images, _ = ours.validation.batch(slice(None))
    outputs = nn.functional.relu(first(images.flatten(1)))
    assert relu.dead == (outputs == 0).all(0).float().mean().item() >= 0.25
    assert relu.flat == pytest.approx((outputs == 0).float().mean().item())
    assert record.distributions[0].inputs.low < -90
    counted = record.distributions[0].outputs
    assert (counted.low, sum(counted.counts)) == (0.0, outputs.numel())


def test_of_a_convolution_a_channel_is_a_unit() -> None:
    ours = trainer(model__layers=CONVOLUTION)
    with torch.no_grad():
        layer(ours, 0).bias[0] = -100.0
    assert probes([next(iter(ours.records()))])[0].activations[0].dead == 0.25


def test_sigmoid_is_flat_where_hardly_any_gradient_passes() -> None:
    layers = [{"kind": "flatten"}, {"kind": "linear", "out_features": 10}, {"kind": "sigmoid"}]
    ours = trainer(model__layers=[*layers, {"kind": "linear", "out_features": 10}])
    with torch.no_grad():
        layer(ours, 1).weight.zero_()
        layer(ours, 1).bias.copy_(torch.tensor([-20.0, -5, -4, -1, 0, 0, 1, 4, 5, 20]))
    record = probes([next(iter(ours.records()))])[0]
    assert record.activations[0].flat == pytest.approx(0.4)  # of sigmoid's slope, beyond ±4.6 less than 0.01 is left
    assert record.activations[0].dead == 0


def test_the_images_are_spread_over_all_validation_images() -> None:
    assert probe.probe_positions(1000, 50, 1).tolist() == list(range(0, 1000, 20))
    assert probe.probe_positions(7, 50, 1).tolist() == list(range(7))


def test_of_a_large_network_fewer_images_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "PROBE_VALUES", 50 * 458)
    assert next(iter(trainer().records())).images == 50  # type: ignore[union-attr]
    # each image is 64 + 128 + 128 + 64 + 64 + 10 values in the layers


def test_a_network_without_a_number_left_is_reported() -> None:
    ours = trainer()
    with torch.no_grad():
        layer(ours, 1).weight.fill_(math.nan)
    probe_of = probe.Probe(ours.config, ours.model, ours.validation)
    record = probe_of.measure(1, nullcontext())
    assert record.weights[0].gradient is None
    assert sum(record.distributions[0].inputs.counts) == 0
    json.dumps(asdict(record), allow_nan=False)


def test_a_histogram_counts_every_number_once() -> None:
    found = probe.histogram(torch.tensor([0.0, 1.0, 1.0, 4.0, math.nan, math.inf]))
    assert (found.low, found.high, sum(found.counts), found.counts[0], found.counts[-1]) == (0.0, 4.0, 4, 1, 1)
    assert probe.histogram(torch.zeros(7)) == Histogram(-0.5, 0.5, [7 * (place == 20) for place in range(40)])
