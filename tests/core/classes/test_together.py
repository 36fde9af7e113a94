"""Start here, lock, pause and go on, stop, spotlight; and that only the teacher does any of it."""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine

from core.classes import ending, room, together
from core.classes.wall import wall
from core.errors import ClassError, RunError
from core.recipes import configure
from core.runs import history, membership, owner_actions
from core.runs.state import State
from core.runs.store import Store
from core.runs.worker import Attempt
from tests.core.classes.conftest import ANNA, BEN, HERE, STRANGER, TEACHER, Lesson, opened
from tests.runs import begun, claimed, queue, train_next

START = configure("digits", {"epochs": 2})


def start(store: Store, lesson: Lesson) -> None:
    together.start_here(
        store.database, lesson.id, teacher=TEACHER, page="pages/2_Train.py", query={"epochs": "2"}, config=START
    )


ACTIONS: dict[str, Callable[[Engine, str, str], Any]] = {
    "start": lambda db, c, who: together.start_here(db, c, teacher=who, page="p", query={}, config=None),
    "lock": lambda db, c, who: together.lock(db, c, None, teacher=who),
    "pause": lambda db, c, who: together.pause(db, c, teacher=who),
    "go on": lambda db, c, who: together.go_on(db, c, teacher=who),
    "stop": lambda db, c, who: together.stop_run(db, c, "run", teacher=who),
    "spotlight": lambda db, c, who: together.spotlight(db, c, None, teacher=who),
    "remove": lambda db, c, who: room.remove(db, c, BEN, teacher=who),
    "respin": lambda db, c, who: room.respin(db, c, BEN, teacher=who),
    "lower hand": lambda db, c, who: room.lower_hand(db, c, BEN, teacher=who),
    "link": lambda db, c, who: room.new_teacher_link(db, c, teacher=who),
    "wall": lambda db, c, who: wall(db, c, [], 1, teacher=who),
    "results": lambda db, c, who: ending.results(db, c, teacher=who),
    "end": lambda db, c, who: ending.end(db, c, teacher=who),
    "delete": lambda db, c, who: ending.delete_all(db, c, teacher=who),
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("who", [ANNA, STRANGER, "", "other teacher"])
def test_only_the_teacher_of_this_class_does_it(store: Store, lesson: Lesson, action: str, who: str) -> None:
    if who == "other teacher":
        opened(store, "9a", who)
    with pytest.raises(ClassError, match="Only the teacher"):
        ACTIONS[action](store.database, lesson.id, who)
    found = room.room_of(store.database, BEN)
    assert found
    assert found.open
    ACTIONS[action](store.database, lesson.id, TEACHER)  # which is no error for the teacher


def test_a_locked_setting_is_refused_when_the_run_starts(store: Store, lesson: Lesson) -> None:
    start(store, lesson)
    together.lock(store.database, lesson.id, ["optimizer.lr"], teacher=TEACHER)
    queue(store, owner=ANNA, epochs=2, optimizer__lr=0.5)
    with pytest.raises(RunError, match="locked this setting: Epochs"):
        queue(store, owner=ANNA, epochs=3)
    with pytest.raises(RunError, match="locked"):
        store.create_comparison({"a": START, "b": configure("digits", {"epochs": 9})}, owner=ANNA)
    queue(store, owner=TEACHER, epochs=3)
    queue(store, owner=STRANGER, epochs=3)
    together.lock(store.database, lesson.id, None, teacher=TEACHER)
    queue(store, owner=ANNA, epochs=3)


def test_training_longer_is_locked_with_the_epochs(store: Store, lesson: Lesson) -> None:
    start(store, lesson)
    run_id = queue(store, owner=ANNA, epochs=2)
    train_next(store)
    together.lock(store.database, lesson.id, [], teacher=TEACHER)
    with pytest.raises(RunError, match="locked"):
        owner_actions.train_longer(store, run_id, owner=ANNA, more=1)


def test_every_setting_belongs_to_something_that_can_be_unlocked() -> None:
    assert [path for path in START.model_dump() if membership.is_locked(path, membership.LOCKABLE)] == []
    assert membership.is_locked("optimizer.lr", ["epochs"])
    assert not membership.is_locked("device", [])


def test_a_lock_needs_a_start_and_known_settings(store: Store, lesson: Lesson) -> None:
    with pytest.raises(ClassError, match="where everyone starts"):
        together.lock(store.database, lesson.id, [], teacher=TEACHER)
    start(store, lesson)
    with pytest.raises(ClassError, match="no such setting"):
        together.lock(store.database, lesson.id, ["rm -rf"], teacher=TEACHER)


def test_a_start_without_settings_keeps_those_that_are_locked(store: Store, lesson: Lesson) -> None:
    start(store, lesson)
    together.start_here(store.database, lesson.id, teacher=TEACHER, page="pages/1_Data.py", query={}, config=None)
    found = room.room_of(store.database, ANNA)
    assert found
    assert together.start_of(found.start) == ("pages/1_Data.py", {})
    together.lock(store.database, lesson.id, [], teacher=TEACHER)
    with pytest.raises(RunError, match="locked"):
        queue(store, owner=ANNA, epochs=3)


def test_what_waits_is_paused_and_goes_on_in_its_place(store: Store, lesson: Lesson) -> None:
    first, second = queue(store, owner=ANNA), queue(store, owner=BEN)
    outside, mine = queue(store, owner=STRANGER), queue(store, owner=TEACHER)
    together.pause(store.database, lesson.id, teacher=TEACHER)
    new = queue(store, owner=ANNA)
    assert [store.get(run).state for run in (first, second, new)] == [State.PAUSED] * 3
    assert store.line() == [outside, mine]
    together.go_on(store.database, lesson.id, teacher=TEACHER)
    assert store.line() == [first, second, outside, mine, new]


def test_a_paused_run_goes_on_with_the_same_numbers(store: Store, lesson: Lesson) -> None:
    config = configure("digits", {"epochs": 3})
    alone = store.create(config, owner=STRANGER, name="alone")
    train_next(store)
    run_id = store.create(config, owner=ANNA, name="paused")
    journal = claimed(store)
    attempt = Attempt(store.get(run_id), journal, threading.Event())
    together.pause(store.database, lesson.id, teacher=TEACHER)  # noticed after the first batch
    attempt.execute()
    stopped = store.get(run_id)
    assert stopped.state == State.PAUSED
    assert 0 < stopped.step < (stopped.total_steps or 0)
    together.go_on(store.database, lesson.id, teacher=TEACHER)
    done = train_next(store)
    assert (done.id, done.state) == (run_id, State.FINISHED)
    one, other = history.whole(store.database, alone), history.whole(store.database, run_id)
    np.testing.assert_array_equal(one.losses, other.losses)
    assert [epoch.val_accuracy for epoch in one.epochs] == [epoch.val_accuracy for epoch in other.epochs]


def test_a_run_that_goes_on_before_it_stopped_waits_again(store: Store, lesson: Lesson) -> None:
    run_id = queue(store, owner=ANNA)
    journal = begun(store)
    together.pause(store.database, lesson.id, teacher=TEACHER)
    together.go_on(store.database, lesson.id, teacher=TEACHER)
    journal.end(State.STOPPED)
    assert store.line() == [run_id]
    again = claimed(store)
    assert not again.heartbeat(), "the old request must be forgotten"


def test_a_paused_process_that_dies_leaves_its_run_paused(store: Store, lesson: Lesson) -> None:
    run_id = queue(store, owner=ANNA)
    journal = begun(store)
    together.pause(store.database, lesson.id, teacher=TEACHER)
    store.give_back(run_id, journal.attempt)
    assert store.get(run_id).state == State.PAUSED


def test_a_pupil_s_own_stop_outlives_a_pause(store: Store, lesson: Lesson) -> None:
    run_id = queue(store, owner=ANNA)
    journal = begun(store)
    store.request_stop(run_id, owner=ANNA)
    together.pause(store.database, lesson.id, teacher=TEACHER)
    journal.end(State.STOPPED)
    assert store.get(run_id).state == State.STOPPED
    paused = queue(store, owner=BEN)
    store.request_stop(paused, owner=BEN)
    assert store.get(paused).state == State.STOPPED


def test_the_teacher_stops_one_run_of_the_class_only(store: Store, lesson: Lesson) -> None:
    mine, foreign = queue(store, owner=ANNA), queue(store, owner=STRANGER)
    for run_id in (mine, foreign):
        together.stop_run(store.database, lesson.id, run_id, teacher=TEACHER)
    assert (store.get(mine).state, store.get(foreign).state) == (State.STOPPED, State.QUEUED)


def test_the_spotlight_shows_runs_of_the_class_only(store: Store, lesson: Lesson) -> None:
    mine, foreign = queue(store, owner=ANNA), queue(store, owner=STRANGER)
    together.spotlight(store.database, lesson.id, mine, teacher=TEACHER)
    found = room.room_of(store.database, BEN)
    assert found
    assert found.spotlight == mine
    with pytest.raises(ClassError, match="isn't one of the class"):
        together.spotlight(store.database, lesson.id, foreign, teacher=TEACHER)


def test_after_the_end_pupils_are_visitors_like_others(store: Store, lesson: Lesson) -> None:
    start(store, lesson)
    together.lock(store.database, lesson.id, [], teacher=TEACHER)
    together.pause(store.database, lesson.id, teacher=TEACHER)
    ending.end(store.database, lesson.id, teacher=TEACHER)
    run = store.get(queue(store, owner=ANNA, epochs=7))
    assert (run.state, run.class_id, run.listed) == (State.QUEUED, None, True)
    with pytest.raises(ClassError, match="has ended"):
        room.join(store.database, lesson.code, owner=STRANGER, address=HERE)
