"""Runs that are queued together, and what their insides leave in the database."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from core import environment
from core.errors import FencedError, RunError
from core.recipes import configure
from core.runs import history
from core.runs.causes import KILLED
from core.runs.journal import Journal
from core.runs.state import State
from core.runs.store import Store
from core.runs.worker import Attempt
from core.training.records import (
    ActivationProbe,
    Distribution,
    EpochRecord,
    Histogram,
    ProbeRecord,
    WeightsProbe,
)
from tests.runs import ME, YOU, begun, claimed

CONFIG = configure("digits", {})
VARIANTS = {f"variant {number}": configure("digits", {"epochs": number}) for number in (1, 2, 3)}


def probe(epoch: int, gradient: float | None = 0.5) -> ProbeRecord:
    histogram = Histogram(-1.0, 2.0, [epoch, 7])
    return ProbeRecord(
        epoch,
        images=10,
        weights=[WeightsProbe(2, gradient), WeightsProbe(4, 0.25)],
        activations=[ActivationProbe(3, "relu", dead=0.1, flat=0.6)],
        distributions=[Distribution(3, histogram, Histogram(0.0, 2.0, [5, 2]))],
    )


def epoch(number: int, accuracy: float) -> EpochRecord:
    return EpochRecord(number, number * 45, 1.0, 0.5, 1.0, accuracy, 0.1, 1.0, best=False)


def seen(store: Store, run: str) -> list[int]:
    return [record.epoch for record in history.probe_records(store.database, run)]


def test_a_comparison_is_queued_as_a_whole_in_its_order(store: Store) -> None:
    name = store.create_comparison(VARIANTS, owner=ME, recipe="digits")
    found = store.comparison(name)
    assert {run.name: run.config for run in found} == VARIANTS
    assert {(run.owner, run.recipe, run.state, run.comparison) for run in found} == {(ME, "digits", State.QUEUED, name)}
    waiting = [store.get(run).name for run in store.line()]
    assert waiting == list(VARIANTS)


def test_a_run_of_its_own_belongs_to_no_comparison(store: Store) -> None:
    assert store.get(store.create(CONFIG, owner=ME, name="alone")).comparison is None


def test_an_unknown_comparison_is_reported(store: Store) -> None:
    with pytest.raises(RunError, match=r"There is no comparison nowhere\. Check the link"):
        store.comparison("nowhere")


def test_a_comparison_waits_as_one_and_beyond_the_limit_none_of_it_is_queued(store: Store) -> None:
    for _ in range(environment.waiting_per_visitor()):
        store.create_comparison(VARIANTS, owner=ME)
    for create in (
        lambda: store.create_comparison(VARIANTS, owner=ME),
        lambda: store.create(CONFIG, owner=ME, name="a run"),
    ):
        with pytest.raises(RunError, match="10 runs waiting"):
            create()
    assert len(store.line()) == environment.waiting_per_visitor() * len(VARIANTS)
    store.create_comparison(VARIANTS, owner=YOU)


def test_another_owners_run_does_not_wait_for_the_whole_comparison(store: Store) -> None:
    store.create_comparison(VARIANTS, owner=ME)
    yours = store.create(CONFIG, owner=YOU, name="yours")
    assert store.line().index(yours) == 1


def test_the_inside_comes_back_as_it_was_written(store: Store) -> None:
    run = store.create(CONFIG, owner=ME, name="a run")
    journal = begun(store)
    journal.probe(probe(0))
    journal.probe(probe(1, gradient=None))
    first, second = history.probe_records(store.database, run)
    assert (first.weights, first.activations, first.images) == (probe(0).weights, probe(0).activations, 10)
    assert second.weights[0].gradient is None
    assert history.distributions(store.database, run, 1) == probe(1).distributions
    assert history.distributions(store.database, run, 7) == []


@pytest.mark.parametrize(("step", "epochs", "left"), [(0, 0, []), (20, 0, [0]), (45, 1, [0, 1])])
def test_a_new_attempt_drops_the_insides_beyond_its_checkpoint(
    store: Store, step: int, epochs: int, left: list[int]
) -> None:
    run = store.create(CONFIG, owner=ME, name="a run")
    old = begun(store)
    for number in range(3):
        old.probe(probe(number))
    store.give_back(run, old.attempt, cause=KILLED)
    new = begun(store, step=step, epoch=epochs)
    assert seen(store, run) == left
    new.probe(probe(len(left)))  # which is where it goes on
    assert seen(store, run) == [*left, len(left)]


def test_an_older_attempt_writes_no_insides_any_more(store: Store) -> None:
    run = store.create(CONFIG, owner=ME, name="a run")
    old = begun(store)
    store.give_back(run, old.attempt, cause=KILLED)
    begun(store)
    with pytest.raises(FencedError):
        old.probe(probe(0))
    assert seen(store, run) == []


def test_a_run_with_insides_reports_whether_to_stop(store: Store) -> None:
    run = store.create(CONFIG, owner=ME, name="a run")
    journal = begun(store)
    assert journal.probe(probe(0)) is False
    store.request_stop(run, owner=ME)
    assert journal.probe(probe(1)) is True


def test_epochs_to_an_accuracy_is_the_first_that_reaches_it(store: Store) -> None:
    values: dict[str, Any] = {"quick": (0.5, 0.9, 0.8, 0.95), "slow": (0.1, 0.2, 0.3, 0.89)}
    ids = {name: store.create(CONFIG, owner=ME, name=name) for name in values}
    for accuracies in values.values():
        journal = begun(store)
        for number, accuracy in enumerate(accuracies, 1):
            journal.epoch(epoch(number, accuracy))
    assert history.epochs_to(store.database, list(ids.values()), 0.9) == {ids["quick"]: 2}


class Stopping(Journal):
    """Has somebody ask for a stop as soon as the inside of one epoch is written, before the epoch itself is."""

    def __init__(self, journal: Journal, at: int) -> None:
        super().__init__(journal.database, journal.run_id, journal.attempt)
        self.at = at

    def probe(self, record: ProbeRecord) -> bool:
        return super().probe(record) or record.epoch == self.at


def attempt(store: Store, at: int = -1) -> None:
    """Train the first run in line, to its end or to a stop in epoch `at`."""
    journal = Stopping(claimed(store), at)
    Attempt(store.get(journal.run_id), journal, threading.Event()).execute()


def told(store: Store, run: str) -> tuple[list[object], list[object]]:
    """What is stored of a run, without how long it took."""
    inside = history.probe_records(store.database, run)
    spread = [history.distributions(store.database, run, record.epoch) for record in inside]
    epochs = [replace(record, seconds=0.0) for record in history.epoch_records(store.database, run)]
    return [*inside, *spread], [*epochs]


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_a_run_stopped_while_it_was_looked_into_goes_on_with_the_same_numbers(store: Store, at: int) -> None:
    config = configure("digits", {"epochs": 3, "probe": True})
    whole = store.create(config, owner=ME, name="whole")
    attempt(store)
    run = store.create(config, owner=ME, name="stopped")
    attempt(store, at)
    assert (store.get(run).state, len(history.epoch_records(store.database, run))) == (State.STOPPED, max(0, at - 1))
    store.resume(run, owner=ME)
    attempt(store)
    assert store.get(run).state == State.FINISHED
    assert told(store, run) == told(store, whole)
    assert [record.epoch for record in history.probe_records(store.database, run)] == [0, 1, 2, 3]
