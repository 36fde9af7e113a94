"""Summary, diagnosis and report of a run are one judgement: none contradicts another, on healthy and on failed runs."""

import html
import re
from typing import Any

import numpy as np
import pytest

from core.advice import advise
from core.advice.facts import Facts
from core.advice.thresholds import JUMP
from core.evaluation.results import Evaluation
from core.handin.report import report
from core.handin.snapshot import Snapshot
from core.runs.run import Run
from core.runs.state import State
from tests.core.advice.histories import HEALTHY, made_up, perceptron, real

FLAT = [(1.6, 0.4, 1.6, 0.4), *((1.2 - 0.001 * epoch, 0.55, 1.2, 0.54) for epoch in range(8))]
STUCK = [(0.5, 0.85, 0.5, 0.85), *((0.2, 0.95, 0.22, 0.94) for epoch in range(8))]
TURNING = [(1.0, 0.8, 0.9, 0.8), (0.5, 0.9, 0.6, 0.85), (0.1, 0.98, 0.7, 0.86), (0.01, 1.0, 0.9, 0.86)]
SLOW = [(2.3 - 0.05 * epoch, 0.2, 2.3 - 0.05 * epoch, 0.2) for epoch in range(1, 6)]

# What was trained or made up, and the kinds that the diagnosis must find.
REAL: dict[str, tuple[dict[str, Any], list[str]]] = {
    "one epoch": ({"epochs": 1}, []),
    "three epochs": ({"epochs": 3}, []),
    "the first recipe": ({"epochs": 40}, []),
    "97 % after the first epoch": ({"epochs": 1, "batch_size": 8}, []),
    "three good epochs": ({"epochs": 3, "batch_size": 8}, []),
    "learning rate 0.1": ({"optimizer__lr": 0.1, "epochs": 6}, ["lr_high"]),
    "learning rate 1": ({"optimizer__lr": 1.0, "epochs": 6}, ["lr_high"]),
    "learning rate a millionth": ({"optimizer__lr": 1e-6, "epochs": 5}, ["lr_low"]),
    "slow SGD": ({"optimizer__name": "sgd", "optimizer__lr": 1e-4, "epochs": 5}, ["lr_low"]),
    "divergence": ({"optimizer__name": "sgd", "optimizer__lr": 100.0, "epochs": 4}, ["divergence"]),
    "no shuffling": ({"shuffle": False, "epochs": 5}, ["no_shuffling"]),
    "two units": ({"epochs": 90, "model__layers": perceptron(2)}, ["underfitting"]),
    "much weight decay": (
        {"epochs": 60, "optimizer__weight_decay": 0.05, "model__layers": perceptron(16)},
        ["plateau"],
    ),
    "few small images": (
        {
            "epochs": 60,
            "model__layers": perceptron(256, 256),
            "data__image_size": 4,
            "data__validation_fraction": 0.5,
        },
        ["overfitting"],
    ),
}
MADE_UP: dict[str, tuple[Facts, list[str]]] = {
    "healthy": (made_up(HEALTHY), []),
    "99 % after the first epoch, and on": (made_up([(0.10, 0.99, 0.05, 0.99), (0.098, 0.99, 0.05, 0.99)]), []),
    "a loss from .060 to .064 at 98 %": (made_up([(0.060, 0.98, 0.07, 0.98), (0.064, 0.98, 0.07, 0.98)]), []),
    "97 and 93 %, validation loss falling": (
        made_up([(0.5, 0.85, 0.5, 0.84), (0.3, 0.91, 0.35, 0.9), (0.1, 0.97, 0.25, 0.93)]),
        [],
    ),
    "accuracy falls from 76 to 45 %": (
        made_up([(1.8, 0.70, 0.9, 0.76), (1.7, 0.50, 1.9, 0.45), (0.88, 0.62, 1.1, 0.63)]),
        ["lr_high"],
    ),
    "flat and low": (made_up(FLAT), ["underfitting"]),
    "flat and good": (made_up(STUCK), ["plateau"]),
    "by heart": (made_up(TURNING), ["overfitting"]),
    "slow and steady": (made_up(SLOW), ["lr_low"]),
    "unequal classes": (made_up(HEALTHY, counts={"cat": 900, "dog": 100}), ["imbalance"]),
    "diverged before its first epoch": (made_up([], losses=[2.3, 9.0, 1e9], state=State.DIVERGED), ["divergence"]),
    "nothing yet": (made_up([], losses=[], state=State.QUEUED), []),
}


def facts_of(name: str) -> tuple[Facts, list[str]]:
    if name in MADE_UP:
        return MADE_UP[name]
    settings, kinds = REAL[name]
    return real(**settings), kinds


@pytest.mark.parametrize("name", [*REAL, *MADE_UP])
def test_summary_diagnosis_and_report_say_the_same(name: str) -> None:
    facts, kinds = facts_of(name)
    advice = advise(facts)
    assert [finding.kind for finding in advice.findings] == kinds
    summary = " ".join(map(str, advice.summary))

    praise = [word for word in ("smaller and smaller errors", "about as well on new images") if word in summary]
    assert not (praise and kinds), "what a finding speaks against is praised"
    titles = [finding.title for finding in advice.findings]
    assert all(title in summary for title in titles[:1])
    problems = ("learning rate is too", "Overfitting", "Underfitting", "Plateau", "Divergence", "Imbalance", "larger")
    assert [word for word in problems if word in summary] == [] or kinds, "a problem that nobody found"

    printed = html.unescape(re.sub(r"<[^>]+>", " ", report(snapshot(facts), "environment")))
    for sentence in advice.summary:
        assert str(sentence) in printed
    for finding in advice.findings:
        assert str(finding.evidence) in printed
        assert str(finding.advice) in printed
    assert ("No problems found." in printed) == (not kinds)


@pytest.mark.parametrize("name", [*REAL, *MADE_UP])
def test_the_numbers_in_the_summary_are_those_of_the_charts(name: str) -> None:
    facts, _kinds = facts_of(name)
    if not facts.epochs:
        return
    loss, accuracy, *_rest = map(str, advise(facts).summary)
    last, best = facts.epochs[-1], max(facts.epochs, key=lambda record: (record.val_accuracy, -record.epoch))
    numbers = re.findall(r"\d+\.\d{3}", loss)
    assert sorted(numbers) == sorted([f"{facts.losses[0]:.3f}", f"{last.train_loss:.3f}"])
    assert f"is {100 * best.val_accuracy:.1f} %" in accuracy


def snapshot(facts: Facts) -> Snapshot:
    """The history as a hand-in has it."""
    run = Run(
        "a run", "a run", None, facts.config.to_json(), "me", facts.state, 1, 0.0, 0.0, None, None, None, None,
        len(facts.losses), len(facts.losses), len(facts.epochs), 1.0, None, None, None, "cpu",
    )  # fmt: skip
    labels = np.repeat(np.arange(len(facts.class_counts)), list(facts.class_counts.values()))
    ones = np.ones(len(labels), dtype=np.float32)
    evaluation = Evaluation(1, tuple(facts.class_counts), labels, labels, ones, ones) if len(labels) else None
    return Snapshot(run, tuple(facts.epochs), facts.losses, evaluation, None)


def test_a_jump_is_what_the_table_calls_one() -> None:
    losses = [2.3, 2.3 * JUMP * 1.01, *([1.0] * 78)]
    assert [finding.kind for finding in advise(made_up(HEALTHY, losses=losses)).findings] == ["lr_high"]
