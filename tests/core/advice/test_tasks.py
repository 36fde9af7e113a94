"""The tasks of the lessons: real runs show them, and the lesson's own run shows none that it isn't meant to."""

from dataclasses import replace
from typing import Any

import pytest

from core.advice.facts import Facts
from core.advice.tasks import TASKS, done
from core.config import RunConfig
from core.recipes import configure, recipes
from core.runs.state import State
from tests.core.advice.histories import HEALTHY, made_up, real


def healthy(config: RunConfig, state: State = State.FINISHED) -> Facts:
    """Curves of a run that learns, under any settings."""
    return replace(made_up(HEALTHY, state=state), config=config)


def test_every_lesson_has_three() -> None:
    assert list(TASKS) == list(recipes())
    assert all(len(tasks) == 3 for tasks in TASKS.values())


IDENTITY: list[dict[str, Any]] = [
    {"kind": "flatten"},
    {"kind": "linear", "out_features": 32},
    {"kind": "identity"},
    {"kind": "linear", "out_features": 10},
]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (False, False, False)),
        ({"optimizer__lr": 0.0005}, (True, False, False)),
        ({"optimizer__lr": 0.0006}, (False, False, False)),
        ({"optimizer__name": "sgd", "optimizer__lr": 0.0001}, (False, False, False)),
        ({"optimizer__lr": 10.0}, (False, True, False)),
        ({"model__layers": IDENTITY}, (False, False, True)),
    ],
)
def test_real_runs_of_the_first_lesson_show_what_was_tried(changes: dict[str, Any], expected: tuple[bool, ...]) -> None:
    assert done("digits", real(epochs=6, **changes), configure("digits", {})) == expected


SETTINGS: dict[str, list[dict[str, Any]]] = {
    "fashion-mlp": [
        {},
        {
            "model.layers": [
                {"kind": "flatten"},
                {"kind": "dropout"},
                {"kind": "linear", "out_features": 10},
                {"kind": "log_softmax"},
            ]
        },
        {},
    ],
    "mnist-mlp": [{"batch_size": 32}, {"optimizer.name": "sgd"}, {}],
    "mnist-mixed-activations": [
        {"model.layers": [*IDENTITY[:3], {"kind": "linear", "out_features": 9}, *IDENTITY[2:]]},
        {"optimizer.momentum": 0.9},
        {"model.layers": [{"kind": "sigmoid"} if layer["kind"] == "identity" else layer for layer in IDENTITY]},
    ],
    "mnist-cnn-8x8": [{"optimizer.name": "adam"}, {"model.layers": IDENTITY}, {}],
    "cats-dogs-transfer": [
        {"transfer.weights": "random"},
        {"transfer.trains": "all"},
        {"data.augmentation": {}},
    ],
}


@pytest.mark.parametrize("name", SETTINGS)
def test_each_setting_to_try_counts_once_it_was_trained_to_its_end(name: str) -> None:
    lesson = configure(name, {})
    for place, changes in enumerate(SETTINGS[name]):
        if not changes:  # it is shown by curves, not by a setting
            continue
        changed = healthy(configure(name, changes))
        assert done(name, changed, lesson)[place], TASKS[name][place].text
        assert not done(name, healthy(lesson), lesson)[place], "the lesson as it is"
        assert not done(name, healthy(changed.config, State.STOPPED), lesson)[place]


def test_curves_show_the_others() -> None:
    overfitting = [(1.2, 0.7, 1.0, 0.75), (0.6, 0.85, 0.5, 0.84), (0.1, 0.97, 0.7, 0.83), (0.01, 1.0, 1.0, 0.8)]
    stuck = [(2.3 - 0.01 * epoch, 0.1, 2.3 - 0.01 * epoch, 0.1) for epoch in range(1, 5)]
    for name, place, shown, not_shown in (
        ("fashion-mlp", 0, overfitting, HEALTHY),
        ("fashion-mlp", 2, HEALTHY, HEALTHY[:3]),
        ("mnist-mlp", 2, stuck, HEALTHY),
    ):
        lesson = configure(name, {})
        assert done(name, replace(made_up(shown), config=lesson), lesson)[place], TASKS[name][place].text
        worse = [(*values[:3], min(values[3], 0.88)) for values in not_shown]
        assert not done(name, replace(made_up(worse), config=lesson), lesson)[place]
