"""Runs side by side: only what differs, and curves on one scale."""

from typing import Any

import pytest

from core.figures.runs import Overlaid, overlay, smooth
from core.recipes import configure, recipe, recipes
from core.runs.comparison import curve, different_settings
from core.runs.run import Run
from core.runs.store import Store
from core.training.records import EpochRecord, LossRecord
from tests.runs import begun, queue

STEPS = 10  # an epoch


def trained(store: Store, epochs: int, seconds: float = 2.0, best: int = 1, beyond: int = 0) -> Run:
    """A run whose loss is 1 ÷ (step + 1), and whose epochs take `seconds` each."""
    queue(store)
    journal = begun(store, total_steps=40 * STEPS)
    for epoch in range(1, epochs + 1):
        losses = [1 / (step + 1) for step in range((epoch - 1) * STEPS, epoch * STEPS)]
        journal.losses(LossRecord((epoch - 1) * STEPS, losses, epoch * seconds), images_per_second=1.0)
        record = EpochRecord(
            epoch, epoch * STEPS, 1 / epoch, 0.5, 2 / epoch, 0.1 * epoch, 0.1, epoch * seconds, epoch == best
        )
        journal.epoch(record)
    if beyond:
        more = [0.5] * beyond
        journal.losses(LossRecord(epochs * STEPS, more, epochs * seconds), images_per_second=1.0)
    return store.get(journal.run_id)


def test_only_settings_that_differ_are_reported() -> None:
    base = recipe("digits").config
    others = [configure("digits", {"optimizer.lr": 0.1}), configure("digits", {"optimizer.lr": 0.1, "epochs": 3})]
    assert different_settings([base, *others]) == {"optimizer.lr": [0.001, 0.1, 0.1], "epochs": [40, 40, 3]}
    assert different_settings([base]) == different_settings([base, base]) == {}


def test_another_optimizer_is_reported_with_what_only_one_of_them_has() -> None:
    found = different_settings([recipe("digits").config, configure("digits", {"optimizer.name": "sgd"})])
    assert found["optimizer.name"] == ["adam", "sgd"]
    assert found["optimizer.momentum"] == [None, 0.0]


def test_any_two_recipes_compare() -> None:
    for one in recipes().values():
        for other in recipes().values():
            assert bool(different_settings([one.config, other.config])) == (one.config != other.config)


@pytest.mark.parametrize(("over", "last"), [("step", 30.0), ("epoch", 3.0), ("time", 6.0)])
def test_every_scale_ends_where_the_run_does(store: Store, over: Any, last: float) -> None:
    run = trained(store, 3, best=2)
    losses = curve(store, run, "loss", over)
    assert len(losses.xs) == len(losses.ys) == 3 * STEPS
    assert losses.xs == sorted(losses.xs)
    assert losses.xs[-1] == pytest.approx(last)
    assert losses.best
    assert losses.best[0] == pytest.approx(last * 2 / 3)
    assert losses.best[1] == pytest.approx(1 / 20)
    accuracy = curve(store, run, "val_accuracy", over)
    assert accuracy.xs == pytest.approx([last / 3, last * 2 / 3, last])
    assert accuracy.best
    assert list(accuracy.best) == pytest.approx([last * 2 / 3, 0.2])


@pytest.mark.parametrize("over", ["step", "epoch", "time"])
def test_an_unfinished_epoch_goes_on_at_the_same_pace(store: Store, over: Any) -> None:
    whole, part = trained(store, 3), trained(store, 2, beyond=STEPS)
    assert curve(store, part, "loss", over).xs == pytest.approx(curve(store, whole, "loss", over).xs)


@pytest.mark.parametrize("over", ["step", "epoch", "time"])
@pytest.mark.parametrize("beyond", [0, 3])
def test_a_run_in_its_first_epoch_has_a_curve_already(store: Store, over: Any, beyond: int) -> None:
    run = trained(store, 0, beyond=beyond)
    assert len(curve(store, run, "loss", over).xs) == beyond
    assert curve(store, run, "val_loss", over).xs == []


def test_smoothing_keeps_a_level_and_its_first_value() -> None:
    assert smooth([2.0] * 5, 0.9) == pytest.approx([2.0] * 5)
    assert smooth([1.0, 3.0, 2.0], 0.0) == [1.0, 3.0, 2.0]
    assert smooth([4.0, 0.0, 0.0], 0.5)[0] == 4.0


def test_lines_are_distinguished_without_colour_and_names_are_no_markup() -> None:
    runs = [Overlaid(f"<b>{number}</b>", [1.0], [1.0], (1.0, 1.0)) for number in range(8)]
    figure = overlay(runs, "x", "y", "best", log=True, percent=False)
    looks = {
        (trace.line.dash, figure.data[2 * place + 1].marker.symbol) for place, trace in enumerate(figure.data[::2])
    }
    assert len(looks) == 8
    assert all("<" not in trace.name for trace in figure.data)
    assert figure.layout.yaxis.type == "log"


def test_a_band_reaches_from_the_lowest_to_the_highest_curve() -> None:
    curves = [Overlaid(str(number), [1, 2, 3], [number, 2 * number, 0]) for number in (1, 3, 2)]
    figure = overlay(curves, "x", "y", "best", log=False, percent=False, band="range")
    low, high = figure.data[:2]
    assert (list(low.y), list(high.y), high.fill) == ([1, 2, 0], [3, 6, 0], "tonexty")
    assert len(figure.data) == 2 + len(curves)
