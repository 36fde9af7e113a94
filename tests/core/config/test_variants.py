"""The controlled experiment: only the activation differs, and twice the same numbers."""

from dataclasses import astuple, replace
from itertools import islice
from typing import Any

import pytest
import torch

from core.advice.verdict import Outcome, verdict
from core.config import ACTIVATIONS, Activation, LayerStack, Linear, RunConfig
from core.config.variants import (
    OWN,
    activations_of,
    comparable,
    of_depth,
    place,
    variant_of,
    variants,
    with_activation,
)
from core.data import datasets
from core.recipes import configure, recipe, recipes
from core.training.check import checked
from core.training.loop import Trainer
from core.training.records import EpochRecord, LossRecord, ProbeRecord

CPU = torch.device("cpu")
# Torchvision's networks have activations of their own.
WITH_LAYERS = [name for name, known in recipes().items() if known.config.layers]
MIXED = recipe("mnist-mixed-activations").config
# A small network with mixed activations, and with dropout, which draws random numbers.
SMALL_MIXED = configure(
    "digits",
    {
        "epochs": 2,
        "probe": True,
        "model.layers": [
            {"kind": "flatten"},
            {"kind": "linear", "out_features": 32},
            {"kind": "relu"},
            {"kind": "dropout", "p": 0.2},
            {"kind": "linear", "out_features": 24},
            {"kind": "tanh"},
            {"kind": "linear", "out_features": 16},
            {"kind": "elu", "alpha": 0.5},
            {"kind": "linear", "out_features": 10},
        ],
    },
)


def trainer(config: RunConfig) -> Trainer:
    for _ in datasets.prepare(config.data):
        pass
    return Trainer(config, datasets.load(config.data), CPU)


def numbers(config: RunConfig) -> list[Any]:
    """Everything that a run tells, without how long it took."""
    told: list[Any] = []
    for record in trainer(config).records():
        if isinstance(record, LossRecord):
            told += record.losses
        elif isinstance(record, EpochRecord):
            told.append(astuple(replace(record, seconds=0.0)))
        elif isinstance(record, ProbeRecord):
            told.append(record)
    return told


# --- what the variants are ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WITH_LAYERS)
def test_of_any_recipe_only_the_activations_differ(name: str) -> None:
    config = recipe(name).config
    found = variants(config, [OWN, *ACTIVATIONS])
    assert set(ACTIVATIONS) <= found.keys()
    for kind, variant in found.items():
        same = variant.model_copy(update={"model": config.model})
        assert same == config, "something beside the layers differs"
        for ours, theirs in zip(variant.layers, config.layers, strict=True):
            if isinstance(theirs, Activation):
                assert ours == theirs if kind == OWN else ours == Activation(kind=kind)
            else:
                assert ours == theirs
        checked(variant)


def test_each_layer_its_own_activation_is_a_variant() -> None:
    found = variants(MIXED, ["relu", OWN])
    assert list(found) == [OWN, "relu"]
    assert found[OWN] == MIXED
    assert [layer.kind for layer in activations_of(found[OWN].model)] == ["relu", "tanh", "elu"]


def test_the_same_network_under_two_names_is_trained_once() -> None:
    assert list(variants(recipe("digits").config, [OWN, "relu", "tanh"])) == ["relu", "tanh"]
    assert list(variants(recipe("digits").config, [OWN, "tanh"])) == ["relu", "tanh"]


def test_a_function_with_other_parameters_is_the_networks_own() -> None:
    stack = LayerStack(layers=(Linear(out_features=2), Activation(kind="elu", alpha=0.5)))
    assert variant_of(stack) == OWN
    assert variant_of(with_activation(RunConfig(model=stack), "elu").model) == "elu"
    assert variant_of(LayerStack(layers=(Linear(out_features=2), Activation(kind="elu", alpha=1.0)))) == "elu"


def test_a_network_without_activations_cannot_be_compared() -> None:
    bare = MIXED.model_copy(update={"model": LayerStack(layers=(Linear(out_features=10),))})
    assert not comparable(bare)
    assert comparable(MIXED)


@pytest.mark.parametrize("name", WITH_LAYERS)
@pytest.mark.parametrize("depth", [1, 10, 12])
def test_a_perceptron_of_any_depth_fits_the_recipes_data(name: str, depth: int) -> None:
    config = of_depth(recipe(name).config, depth)
    checked(config)
    assert len(activations_of(config.model)) == depth
    assert config.layers[-1] == recipe(name).config.layers[-1]
    assert config.model_copy(update={"model": recipe(name).config.model}) == recipe(name).config


def test_a_deep_network_takes_its_own_activations_in_turn() -> None:
    kinds = [layer.kind for layer in activations_of(of_depth(MIXED, 5).model)]
    assert kinds == ["relu", "tanh", "elu", "relu", "tanh"]


def test_variants_have_a_fixed_order() -> None:
    assert sorted(["tanh", "relu", OWN, "sigmoid"], key=place) == [OWN, "relu", "sigmoid", "tanh"]


# --- what stays the same ------------------------------------------------------------------------------------------


def test_the_variants_first_batches_and_first_weights_are_identical() -> None:
    trainers = [trainer(config) for config in variants(SMALL_MIXED, [OWN, "relu", "sigmoid", "prelu"]).values()]
    assert len(trainers) == 4
    batches = [list(islice(ours.batches.epoch(), 3)) for ours in trainers]
    for others in batches[1:]:
        for (images, labels), (first_images, first_labels) in zip(others, batches[0], strict=True):
            assert torch.equal(images, first_images)
            assert torch.equal(labels, first_labels)
    first = trainers[0].model.state_dict()
    for ours in trainers[1:]:
        state = ours.model.state_dict()
        assert all(torch.equal(state[name], tensor) for name, tensor in first.items())


def test_the_order_stays_the_same_in_later_epochs() -> None:
    relu, tanh = (trainer(config) for config in variants(SMALL_MIXED, ["relu", "tanh"]).values())
    for _ in range(3):
        for (_, ours), (_, theirs) in zip(relu.batches.epoch(), tanh.batches.epoch(), strict=True):
            assert torch.equal(ours, theirs)


def test_run_twice_the_experiment_gives_the_same_numbers() -> None:
    found = variants(SMALL_MIXED, [OWN, "relu", "sigmoid"])
    first = {name: numbers(config) for name, config in found.items()}
    second = {name: numbers(config) for name, config in reversed(found.items())}
    assert first == second
    assert first[OWN] != first["relu"] != first["sigmoid"]


# --- what came out ------------------------------------------------------------------------------------------------


def said(*outcomes: Outcome) -> str:
    return " ".join(str(message) for message in verdict(outcomes, epochs=20))


def test_the_verdict_names_the_best_and_who_was_first() -> None:
    text = said(Outcome("ReLU", 0.97, 3), Outcome("Tanh", 0.95, 2), Outcome("Sigmoid", 0.85, None))
    assert text == (
        "ReLU has the best validation accuracy, 97.0 %. Tanh comes second with 95.0 %. Tanh reached 90 % first, after "
        "epoch 2. Didn't reach 90 % within 20 epochs: Sigmoid."
    )


def test_the_verdict_does_not_crown_anyone_by_chance() -> None:
    text = said(Outcome("ReLU", 0.972, 2), Outcome("Tanh", 0.967, 2))
    assert "so close that another seed may change their order" in text
    assert "ReLU, Tanh reached 90 % first, after epoch 2" in text


def test_of_a_single_network_there_is_nothing_to_say() -> None:
    assert said(Outcome("ReLU", 0.97, 3)) == ""
