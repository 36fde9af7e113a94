"""Each diagnosis on made-up histories of its kind, on real runs made to fail that way, and silence on healthy ones."""

import math
from typing import Any

import numpy as np
import pytest

from core.advice.diagnosis import Finding, diagnose
from core.advice.facts import Facts
from core.config import with_settings
from core.runs.state import State
from core.training import check
from tests.core.advice.histories import HEALTHY, STEPS, made_up, perceptron, real


def only(facts: Facts) -> Finding:
    """The one finding; its change, if it has one, gives a configuration that can be trained and is another."""
    found = diagnose(facts)
    assert len(found) == 1, [finding.kind for finding in found]
    if found[0].change:
        changed = with_settings(facts.config, found[0].change)
        assert changed != facts.config
        assert check.problems(changed) == []
    return found[0]


# --- healthy ------------------------------------------------------------------------------------------------------


def test_silence_on_a_healthy_history() -> None:
    assert diagnose(made_up(HEALTHY)) == []


@pytest.mark.parametrize("epochs", [1, 5, 40])
def test_silence_on_the_first_recipe(epochs: int) -> None:
    assert diagnose(real(epochs=epochs)) == []


@pytest.mark.parametrize("state", [State.QUEUED, State.PREPARING, State.RUNNING, State.STOPPED, State.FAILED])
def test_nothing_is_said_before_there_is_anything_to_see(state: State) -> None:
    assert diagnose(made_up([], losses=[], state=state)) == []


def test_a_perfect_fit_is_no_plateau() -> None:
    perfect = [(0.5, 0.9, 0.5, 0.9)] + 8 * [(0.001, 1.0, 0.1, 0.97)]
    assert diagnose(made_up(perfect)) == []


# --- learning rate ------------------------------------------------------------------------------------------------


def test_divergence_with_where_it_began_and_where_it_ended() -> None:
    finding = only(made_up([], losses=[2.3, 8.0, 1e9], state=State.DIVERGED, changes={"optimizer.lr": 5.0}))
    assert finding.kind == "divergence"
    assert str(finding.evidence).startswith(
        "The loss started at 2.3, rose to 1e+09 and wasn't a number any more after step 3"
    )
    assert finding.change == {"optimizer.lr": 0.5}


def test_divergence_before_the_first_loss() -> None:
    finding = only(made_up([], losses=[], state=State.DIVERGED))
    assert "from the first step on" in str(finding.evidence)


def test_a_real_divergence() -> None:
    facts = real(optimizer__name="sgd", optimizer__lr=100.0, epochs=4)
    assert facts.state == State.DIVERGED
    assert only(facts).kind == "divergence"


def test_too_high_a_learning_rate_jumps_at_the_beginning() -> None:
    losses = [2.3, 2.0, 9.2, 3.0, *([1.0] * (4 * STEPS - 4))]
    finding = only(made_up(HEALTHY, losses=losses))
    assert finding.kind == "lr_high"
    assert "In step 3 the loss jumped to 9.2. That is 4 times the first loss, 2.3" in str(finding.evidence)
    assert finding.change == {"optimizer.lr": 0.0001}


def test_a_jump_long_after_the_beginning_is_another_matter() -> None:
    losses = [2.3, *([1.0] * (4 * STEPS - 2)), 9.2]
    assert diagnose(made_up(HEALTHY, losses=losses)) == []


@pytest.mark.parametrize("rate", [0.1, 1.0])
def test_a_real_learning_rate_that_is_too_high(rate: float) -> None:
    assert only(real(optimizer__lr=rate, epochs=6)).kind == "lr_high"


def test_too_low_a_learning_rate_falls_slowly_and_steadily() -> None:
    slow = [(2.3 - 0.05 * epoch, 0.2, 2.3 - 0.05 * epoch, 0.2) for epoch in range(1, 6)]
    finding = only(made_up(slow))
    assert finding.kind == "lr_low"
    assert "The loss started at 2.3. After 5 epochs it is still 2.05, which is 89 %" in str(finding.evidence)
    assert finding.change == {"optimizer.lr": 0.01}


def test_a_loss_that_stays_high_but_has_slowed_down_is_no_low_learning_rate() -> None:
    slowed = [(2.0, 0.3, 2.0, 0.3), *((1.8 - 0.001 * epoch, 0.4, 1.8, 0.4) for epoch in range(8))]
    assert only(made_up(slowed)).kind == "underfitting"


@pytest.mark.parametrize("changes", [{"optimizer__lr": 1e-6}, {"optimizer__name": "sgd", "optimizer__lr": 1e-4}])
def test_a_real_learning_rate_that_is_too_low(changes: dict[str, Any]) -> None:
    assert only(real(epochs=5, **changes)).kind == "lr_low"


# --- data ---------------------------------------------------------------------------------------------------------


def test_batches_in_the_same_order_repeat_their_losses() -> None:
    batches = np.random.default_rng(1).normal(0, 0.3, STEPS)
    losses = [2.3, *np.concatenate([values[0] + batches for values in HEALTHY])[1:]]
    finding = only(made_up(HEALTHY, losses=losses, changes={"shuffle": False}))
    assert finding.kind == "no_shuffling"
    assert "correlation 1.00" in str(finding.evidence)
    assert finding.change == {"shuffle": True}


def test_no_shuffling_is_reported_with_the_steps_where_nothing_repeats_yet() -> None:
    assert "20 steps, each with the same 32 images" in str(
        only(made_up(HEALTHY[:1], changes={"shuffle": False})).evidence
    )


def test_a_real_run_without_shuffling() -> None:
    finding = only(real(shuffle=False, epochs=5))
    assert finding.kind == "no_shuffling"
    assert "correlation 0.9" in str(finding.evidence)


def test_imbalance_says_what_always_saying_the_same_would_give() -> None:
    finding = only(made_up(HEALTHY, counts={"cat": 900, "dog": 100, "none": 0}))
    assert finding.kind == "imbalance"
    assert "900 images of cat and 100 of dog, so 9.0 times as many" in str(finding.evidence)
    assert "is right for 90 %" in str(finding.evidence)
    assert finding.change == {}
    assert diagnose(made_up(HEALTHY, counts={"cat": 500, "dog": 300})) == []


# --- network ------------------------------------------------------------------------------------------------------


def test_overfitting_with_both_accuracies_and_the_turning_point() -> None:
    turning = [(1.0, 0.8, 0.9, 0.8), (0.5, 0.9, 0.6, 0.85), (0.1, 0.98, 0.7, 0.86), (0.01, 1.0, 0.9, 0.86)]
    finding = only(made_up(turning))
    assert finding.kind == "overfitting"
    assert "right for 100.0 % of the training images, but only for 86.0 %" in str(finding.evidence)
    assert "lowest after epoch 2 (0.6) and is 0.9 now" in str(finding.evidence)
    assert [layer["kind"] for layer in finding.change["model.layers"]][-2:] == ["dropout", "linear"]


def test_where_there_is_dropout_already_weight_decay_is_proposed() -> None:
    turning = [(1.0, 0.8, 0.9, 0.8), (0.5, 0.9, 0.6, 0.85), (0.1, 0.98, 0.7, 0.86), (0.01, 1.0, 0.9, 0.86)]
    layers = [*perceptron(64)[:-1], {"kind": "dropout"}, *perceptron(64)[-1:]]
    assert only(made_up(turning, changes={"model.layers": layers})).change == {"optimizer.weight_decay": 0.001}


def test_a_real_run_that_overfits() -> None:
    few = {"data__image_size": 4, "data__validation_fraction": 0.5}  # little to see, and few images to learn it from
    finding = only(real(epochs=60, model__layers=perceptron(256, 256), **few))
    assert finding.kind == "overfitting"


def test_underfitting_is_flat_at_a_low_accuracy() -> None:
    flat = [(1.6, 0.4, 1.6, 0.4), *((1.2 - 0.001 * epoch, 0.55, 1.2, 0.54) for epoch in range(8))]
    finding = only(made_up(flat))
    assert finding.kind == "underfitting"
    assert "only 55.0 % are right (validation 54.0 %), and the last 3 epochs" in str(finding.evidence)
    assert [layer.get("out_features") for layer in finding.change["model.layers"]] == [None, 512, None, 256, None, 10]


def test_a_network_without_hidden_layer_is_given_one() -> None:
    flat = [(1.6, 0.4, 1.6, 0.4), *((1.2, 0.55, 1.2, 0.54) for epoch in range(8))]
    finding = only(made_up(flat, changes={"model.layers": perceptron()}))
    assert finding.change["model.layers"] == perceptron(128)


def test_a_real_run_that_underfits() -> None:
    assert only(real(epochs=90, model__layers=perceptron(2))).kind == "underfitting"


def test_a_plateau_is_flat_at_a_good_accuracy() -> None:
    flat = [(0.5, 0.85, 0.5, 0.85), *((0.2, 0.95, 0.22, 0.94) for epoch in range(8))]
    finding = only(made_up(flat))
    assert finding.kind == "plateau"
    assert "5.0 % of the training images are still wrong" in str(finding.evidence)
    assert finding.change == {"scheduler.name": "plateau"}
    assert only(made_up(flat, changes={"scheduler.name": "step"})).change == {"optimizer.lr": 0.0001}


def test_a_real_run_that_is_stuck() -> None:
    facts = real(epochs=60, optimizer__weight_decay=0.05, model__layers=perceptron(16))
    assert only(facts).kind == "plateau"


def test_every_number_in_a_sentence_is_one() -> None:
    for facts in (made_up(HEALTHY), made_up([], losses=[2.3, math.inf], state=State.DIVERGED)):
        for finding in diagnose(facts):
            assert "nan" not in str(finding.evidence)
