"""The memory that a network is told to need against what its training takes, in a process of its own."""

from collections.abc import Callable

import pytest

from core.models import network
from core.training.memory import training_bytes
from tests.benchmarks.memory import measured
from tests.networks import NETWORKS

pytestmark = pytest.mark.benchmark
FACTOR = 1.5


def test_the_memory_told_is_within_a_factor_of_what_is_taken(figure: Callable[[str], None]) -> None:
    told = [training_bytes(config, network.summarise(config, 10)) for config in NETWORKS]
    taken = measured(NETWORKS)
    ratios = [ours / theirs for ours, theirs in zip(told, taken, strict=True)]
    for config, ours, theirs in zip(NETWORKS, told, taken, strict=True):
        name = " ".join(layer.kind for layer in config.layers) or getattr(config.model, "name", "")
        figure(f"{name}: {ours / 1e6:.0f} MB told, {theirs / 1e6:.0f} MB taken")
    assert len(ratios) >= 30
    assert max(ratios) < FACTOR
    assert min(ratios) > 1 / FACTOR
