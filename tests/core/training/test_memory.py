"""The memory that training takes, told before it begins."""

import pytest

from core.config import RunConfig
from core.models import network
from core.training import check, memory
from core.training.memory import activations, training_bytes, validation_batch_size
from tests.benchmarks.memory import measured
from tests.networks import POOL, backbone, conv, layers


def told(config: RunConfig) -> int:
    return training_bytes(config, network.summarise(config, 10))


def test_small_layers_are_validated_a_thousand_images_at_a_time() -> None:
    assert validation_batch_size(layers("flatten", 100, "relu"), 10) == 1_000


@pytest.mark.parametrize(
    "config",
    [layers(conv(32), "relu", conv(32), "relu", "flatten", size=64, batch_size=2), backbone("resnet18", 2)],
    ids=["layers", "backbone"],
)
def test_where_layers_give_much_fewer_images_are_validated_at_a_time(config: RunConfig) -> None:
    size = validation_batch_size(config, 10)
    one = activations(config, 10).validation
    room = max(memory.VALIDATION_BYTES, memory.step_bytes(config, 10))
    assert size * one <= room < (size + 1) * one


def test_large_images_are_validated_few_at_a_time_whatever_the_layers() -> None:
    config = layers("flatten", size=224, batch_size=8_192)
    assert validation_batch_size(config, 10) == memory.VALIDATION_NUMBERS // (3 * 224 * 224)


def test_validation_counts_and_so_do_what_learns_and_how() -> None:
    tiny_batches = layers(conv(64), "relu", conv(64), "relu", "flatten", size=96, batch_size=1)
    step = activations(tiny_batches, 10).training
    assert told(tiny_batches) > 2 * step
    assert told(layers("flatten", 4096, optimizer={"name": "adam"})) > told(layers("flatten", 4096))
    assert told(backbone("resnet18", 8)) > told(backbone("resnet18", 8, "layer4")) > told(backbone("resnet18", 8, "fc"))
    assert told(layers(conv(64), "relu", "flatten", 99)) > told(
        layers(conv(64), "relu", "flatten", 99, transfer={"trains": "head"})
    )


def test_a_network_that_needs_more_than_there_is_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    config = layers(conv(32), "relu", POOL, "flatten")
    limit = told(config)
    monkeypatch.setattr(memory, "memory_limit", lambda: limit)
    assert check.problems(config) == []
    monkeypatch.setattr(memory, "memory_limit", lambda: limit - 1)
    (problem,) = check.problems(config)
    assert f"needs about {round(limit / 1e6)} MB of memory" in str(problem.message)


def test_what_is_told_is_what_is_measured() -> None:
    configs = [
        layers("flatten", 4096, "relu", 4096, "relu", optimizer={"name": "adam"}),
        layers(conv(32), "batch_norm", "relu", conv(32), "relu", POOL, "flatten"),
    ]
    assert [config for config in configs if not is_near(config)] == []


def is_near(config: RunConfig) -> bool:
    """Whether it takes what is told, within a factor of 1.5, at one of three tries: on a busy machine, others grow."""
    return any(took / 1.5 < told(config) < took * 1.5 for _try in range(3) for took in measured([config]))
