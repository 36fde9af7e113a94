"""Vanishing gradients, dead units and saturation: measured on real networks, and said in words."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from core.advice.inside import findings, share_that_arrives
from core.config import RunConfig
from core.config.variants import of_depth, variants
from core.data import datasets
from core.recipes import configure
from core.training.loop import Trainer
from core.training.probe import untrained
from core.training.records import ActivationProbe, ProbeRecord, WeightsProbe

TEN_LAYERS = variants(
    of_depth(configure("digits", {"epochs": 3, "probe": True}), 10), ["sigmoid", "tanh", "relu", "selu"]
)


def looks(config: RunConfig) -> Iterator[ProbeRecord]:
    """What a real training says about its inside."""
    for _ in datasets.prepare(config.data):
        pass
    for record in Trainer(config, datasets.load(config.data), torch.device("cpu")).records():
        if isinstance(record, ProbeRecord):
            yield record


def said(record: ProbeRecord) -> str:
    return " ".join(str(message) for message in findings("It", record))


def record(*gradients: float | None, activations: tuple[ActivationProbe, ...] = ()) -> ProbeRecord:
    weights = [WeightsProbe(2 * place, gradient) for place, gradient in enumerate(gradients, 1)]
    return ProbeRecord(1, 359, weights, list(activations), [])


def test_with_ten_sigmoid_layers_under_a_thousandth_of_the_gradient_reaches_the_first_layer_and_words_say_so() -> None:
    for measured in looks(TEN_LAYERS["sigmoid"]):
        share = share_that_arrives(measured)
        assert share is not None
        assert 0 < share < 1 / 1_000, f"after epoch {measured.epoch}"
        assert "the gradient vanishes" in said(measured)
        assert "times smaller in the first layer than in the last one" in said(measured)


@pytest.mark.parametrize("kind", ["tanh", "relu", "selu"])
def test_with_ten_other_layers_it_does_not_vanish(kind: str) -> None:
    *_, measured = looks(TEN_LAYERS[kind])
    share = share_that_arrives(measured)
    assert share is not None
    assert share > 1 / 100
    assert "vanish" not in said(measured)


def test_the_untrained_network_is_the_one_that_a_run_begins_with() -> None:
    config = TEN_LAYERS["tanh"]
    begun = next(iter(looks(config)))
    random = torch.get_rng_state()
    assert untrained(config, datasets.load(config.data)) == begun
    assert torch.equal(torch.get_rng_state(), random), "others may be drawing from it"


def test_deep_networks_have_dead_relus_and_words_say_so() -> None:
    begun = next(iter(looks(TEN_LAYERS["relu"])))
    worst = max(range(10), key=lambda place: begun.activations[place].dead)
    dead = begun.activations[worst].dead
    assert dead > 0.2
    assert f"In activation layer {worst + 1}, {100 * dead:.0f} % of the units are dead: they are zero for all 359" in (
        said(begun)
    )


@pytest.mark.parametrize(
    ("gradients", "words"),
    [
        ((1e-9, 1.0), "vanishes. It is 1,000,000,000 times smaller"),
        ((0.0, 1.0), "no gradient reaches the first layer"),
        ((0.02, 1.0), "the gradient shrinks. It is 50 times smaller"),
        ((30.0, 0.5), "the gradient grows. It is 60 times larger"),
        ((0.5, 1.0), "the gradient arrives. In the first layer it is 0.5 times"),
        ((None, 1.0), "the gradients aren't numbers any more"),
    ],
)
def test_what_the_gradient_does_is_said(gradients: tuple[float | None, ...], words: str) -> None:
    assert words in said(record(*gradients))


@pytest.mark.parametrize("gradients", [(), (0.5,), (0.5, 0.0)])
def test_where_nothing_can_be_compared_nothing_is_said(gradients: tuple[float, ...]) -> None:
    assert said(record(*gradients)) == ""


def test_saturation_is_said_of_functions_with_flat_ends_not_of_relu() -> None:
    sigmoid = ActivationProbe(3, "sigmoid", dead=0.0, flat=0.8)
    text = said(record(1.0, 1.0, activations=(replace(sigmoid, flat=0.1), sigmoid)))
    assert "Activation layer 2 is saturated: 80 % of its values" in text
    relu = ActivationProbe(3, "relu", dead=0.0, flat=0.8)
    text = said(record(1.0, 1.0, activations=(relu,)))
    assert "saturated" not in text
    assert "Hardly any unit is dead." in text
