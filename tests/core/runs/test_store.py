"""The queue and its rules, on a real database."""

import threading
import time
from contextlib import suppress
from itertools import islice
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from core import environment
from core.errors import FencedError, RunError
from core.messages import Message, say
from core.recipes import configure
from core.runs import causes, history
from core.runs import queue as queue_module
from core.runs.causes import KILLED
from core.runs.run import owner_of
from core.runs.schema import now, runs
from core.runs.state import State
from core.runs.store import ATTEMPTS, FINAL, Store
from core.training.records import EpochRecord, LossRecord
from tests.runs import ME, YOU, begun, claimed, queue

CONFIG = configure("digits", {})


def epoch(number: int, **values: Any) -> EpochRecord:
    return EpochRecord(
        **{
            "epoch": number, "step": number * 45, "train_loss": 1.0, "train_accuracy": 0.5, "val_loss": 1.0,
            "val_accuracy": 0.5, "lr": 0.1, "seconds": 1.0, "best": False, **values,
        }
    )  # fmt: skip


def test_a_run_comes_back_as_it_was_stored(store: Store) -> None:
    run = store.get(store.create(CONFIG, owner=ME, name="mine", recipe="digits"))
    assert (run.config, run.owner, run.name, run.recipe, run.state) == (CONFIG, ME, "mine", "digits", State.QUEUED)


def test_an_unknown_run_is_reported(store: Store) -> None:
    with pytest.raises(RunError, match=r"There is no run nowhere\. Check the link"):
        store.get("nowhere")


def test_owners_take_turns(store: Store) -> None:
    mine = [queue(store) for _ in range(3)]
    yours = [queue(store, owner=YOU) for _ in range(2)]
    assert store.line() == [mine[0], yours[0], mine[1], yours[1], mine[2]]


def test_what_already_runs_counts_for_its_owner(store: Store) -> None:
    first = queue(store)
    begun(store)
    mine, yours = queue(store), queue(store, owner=YOU)
    assert store.get(first).active
    assert store.line() == [yours, mine]


def test_a_run_is_claimed_once(store: Store) -> None:
    run = queue(store)
    assert store.claim() == (run, 1)
    assert store.claim() is None
    assert store.get(run).state == State.PREPARING


def test_one_visitor_cannot_fill_the_queue(store: Store) -> None:
    for _ in range(environment.waiting_per_visitor()):
        queue(store)
    with pytest.raises(RunError, match=r"10 runs waiting\. Stop one of them"):
        queue(store)
    queue(store, owner=YOU)


def test_made_up_visitors_cannot_fill_the_queue_either(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAITING", "25")
    accepted = 0
    for number in range(1_000):
        with suppress(RunError):
            queue(store, owner=owner_of(str(number)))
            accepted += 1
    assert accepted == len(store.line()) == 25
    with pytest.raises(RunError, match="25 runs are waiting on this server, and it takes no more"):
        queue(store)


def test_stopping_and_resuming_is_no_way_around(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAITING_PER_VISITOR", "2")
    stopped = queue(store)
    store.request_stop(stopped, owner=ME)
    queue(store)
    queue(store)
    with pytest.raises(RunError, match="You already have 2 runs waiting"):
        store.resume(stopped, owner=ME)
    assert store.get(stopped).state == State.STOPPED


def test_only_its_owner_stops_or_resumes_a_run(store: Store) -> None:
    run = queue(store)
    with pytest.raises(RunError, match="Only the browser that started this run"):
        store.request_stop(run, owner=YOU)
    store.request_stop(run, owner=ME)
    assert store.get(run).state == State.STOPPED
    with pytest.raises(RunError, match="Only the browser that started this run"):
        store.resume(run, owner=YOU)
    store.resume(run, owner=ME)
    assert store.get(run).state == State.QUEUED


def test_a_running_run_is_asked_to_stop_and_its_process_knows(store: Store) -> None:
    run = queue(store)
    journal = begun(store)
    assert journal.heartbeat() is False
    store.request_stop(run, owner=ME)
    assert journal.heartbeat() is True
    journal.end(State.STOPPED)
    assert store.get(run).ended


def test_a_finished_run_cannot_be_resumed(store: Store) -> None:
    run = queue(store)
    begun(store).end(State.FINISHED)
    with pytest.raises(RunError, match="This run is finished and can't continue"):
        store.resume(run, owner=ME)


def test_an_older_attempt_can_write_nothing_any_more(store: Store) -> None:
    run = queue(store)
    old = begun(store)
    store.give_back(run, old.attempt, cause=KILLED)
    new = begun(store)
    writes = (
        old.heartbeat,
        lambda: old.losses(LossRecord(0, [1.0], 1.0), images_per_second=1.0),
        lambda: old.epoch(epoch(1)),
        lambda: old.end(State.FINISHED),
        lambda: old.begin(step=0, epoch=0, total_steps=1, device="cpu"),
        lambda: old.preparing(say("late"), None),
    )
    for write in writes:
        with pytest.raises(FencedError):
            write()
    assert new.heartbeat() is False
    assert len(history.step_losses(store.database, run)[1]) == 0


def test_a_run_whose_process_dies_waits_again_three_times_at_most(store: Store) -> None:
    run = queue(store)
    for number in range(1, ATTEMPTS + 1):
        assert store.get(run).state == State.QUEUED
        store.give_back(run, begun(store).attempt, cause=KILLED)
        assert store.get(run).attempt == number
    assert store.get(run).state == State.FAILED
    assert store.get(run).note == KILLED


def test_a_checkpoint_in_between_counts_as_a_new_beginning(store: Store) -> None:
    run = queue(store)
    for _ in range(2 * ATTEMPTS):
        journal = begun(store)
        journal.saved()
        store.give_back(run, journal.attempt, cause=KILLED)
    assert store.get(run).state == State.QUEUED


def test_what_fails_the_same_way_twice_is_not_tried_again(store: Store) -> None:
    run = queue(store)
    crash = causes.of_exit(-11)
    store.give_back(run, begun(store).attempt, cause=crash)
    assert (store.get(run).state, store.get(run).note) == (State.QUEUED, crash)
    store.give_back(run, begun(store).attempt, cause=crash)
    assert (store.get(run).state, store.get(run).note) == (State.FAILED, crash)
    assert "crashed (signal 11)" in str(crash)


@pytest.mark.parametrize("cause", FINAL, ids=["disk", "memory"])
def test_a_full_disk_or_too_little_memory_is_told_at_once(store: Store, cause: Message) -> None:
    run = queue(store)
    store.give_back(run, begun(store).attempt, cause=cause)
    assert (store.get(run).state, store.get(run).note) == (State.FAILED, cause)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-9, "perhaps for lack of memory"),
        (-7, "crashed (signal 7)"),
        (causes.EXIT_DISK_FULL, "disk is full"),
        (causes.EXIT_NO_MEMORY, "enough memory"),
        (causes.EXIT_DATABASE, "database"),
        (1, "exit code 1"),
    ],
)
def test_the_cause_is_told_by_how_the_process_ended(code: int, words: str) -> None:
    told = str(causes.of_exit(code))
    assert words in told
    assert ("memory" in told) == (code in (-9, causes.EXIT_NO_MEMORY)), "memory only where there is a sign of it"


def test_what_is_noted_while_it_trains_stays_and_what_was_prepared_does_not(store: Store) -> None:
    run = queue(store)
    journal = claimed(store)
    journal.preparing(say("Downloading"), 0.5)
    journal.end(State.STOPPED)
    assert store.get(run).note is None
    run = queue(store)
    journal = claimed(store)
    journal.begin(step=0, epoch=0, total_steps=9, device="cpu", note=say("A file was damaged."))
    journal.end(State.FINISHED)
    assert str(store.get(run).note) == "A file was damaged."


def test_the_database_s_clock_is_the_clock(store: Store) -> None:
    with store.database.connect() as connection:
        assert connection.scalar(select(now())) == pytest.approx(time.time(), abs=1.0)


def test_an_app_that_ends_in_good_order_costs_a_run_nothing(store: Store) -> None:
    run = queue(store)
    for _ in range(ATTEMPTS + 2):
        store.give_back(run, begun(store).attempt)
    assert store.get(run).state == State.QUEUED


def test_a_run_that_makes_way_goes_behind_those_who_wait(store: Store) -> None:
    long = queue(store)
    attempt = begun(store).attempt
    assert not store.others_wait(ME)
    queue(store)
    assert not store.others_wait(ME), "one's own"
    theirs = queue(store, owner=YOU)
    assert store.others_wait(ME)
    store.give_back(long, attempt, behind=True)
    assert store.line()[-1] == long
    assert theirs in store.line()[:2]


def test_a_run_to_be_stopped_ends_even_if_its_process_died(store: Store) -> None:
    run = queue(store)
    journal = begun(store)
    store.request_stop(run, owner=ME)
    store.give_back(run, journal.attempt, cause=KILLED)
    assert store.get(run).state == State.STOPPED


def test_a_silent_process_is_noticed(store: Store) -> None:
    run = queue(store)
    begun(store)
    assert store.stale(5.0) == []
    with store.database.begin() as connection:
        connection.execute(update(runs).values(heartbeat_at=time.time() - 6))
    assert store.stale(5.0) == [(run, 1)]


def test_a_new_attempt_drops_what_lies_beyond_its_checkpoint(store: Store) -> None:
    run = queue(store)
    old = begun(store)
    for first in (0, 20, 45, 60):
        old.losses(LossRecord(first, [float(step) for step in range(first, first + 15)], 1.0), images_per_second=1.0)
    old.epoch(epoch(1))
    old.epoch(epoch(2))
    store.give_back(run, old.attempt, cause=KILLED)
    begun(store, step=45, epoch=1)
    first, values = history.step_losses(store.database, run)
    assert (first, len(values), values.max()) == (0, 30, 34.0)
    assert [record.epoch for record in history.epoch_records(store.database, run)] == [1]


def test_progress_and_best_epoch_are_in_the_runs_row(store: Store) -> None:
    run_id = queue(store)
    journal = begun(store)
    journal.losses(LossRecord(0, [0.5] * 45, 2.0), images_per_second=1_000.0)
    journal.epoch(epoch(1, val_accuracy=0.7, best=True, seconds=2.5))
    journal.epoch(epoch(2, val_accuracy=0.6))
    run = store.get(run_id)
    assert (run.step, run.epoch, run.best_epoch, run.best_val_accuracy) == (45, 2, 1, 0.7)
    assert run.seconds_left == pytest.approx(run.seconds)  # half of the 90 steps are done


def test_a_loss_that_is_no_number_is_none(store: Store) -> None:
    run_id = queue(store)
    begun(store).epoch(epoch(1, val_loss=float("nan"), train_loss=float("inf")))
    (record,) = history.epoch_records(store.database, run_id)
    stored: list[float | None] = [record.val_loss, record.train_loss]
    assert stored == [None, float("inf")]


def test_a_message_survives_the_database_with_its_values(store: Store) -> None:
    run = queue(store)
    claimed(store).end(State.FAILED, say("No {what}: {reason}", what=say("luck of {n}", n=3), reason="rain"))
    note = store.get(run).note
    assert note is not None
    assert str(note) == "No luck of 3: rain"
    assert note.template == "No {what}: {reason}"


def test_the_newest_runs_come_first(store: Store) -> None:
    ids = [queue(store), queue(store, owner=YOU), queue(store)]
    assert [run.id for run in store.recent()] == ids[::-1]
    assert [run.id for run in store.recent(owner=ME)] == [ids[2], ids[0]]
    assert [run.id for run in store.recent(limit=1)] == [ids[2]]
    assert store.recent(states=(State.RUNNING,)) == []


def test_no_other_server_takes_a_run_whose_process_still_starts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing PyTorch can take longer than a silent process gets."""
    monkeypatch.setattr(queue_module, "BEAT_SECONDS", 0.05)
    run_id, attempt = queue(store), 1
    assert store.claim() == (run_id, attempt)
    closing, imports = threading.Event(), SimpleNamespace(alive=True, age=0.0)
    watching = threading.Thread(target=queue_module._watch, args=[store, imports, run_id, attempt, closing])
    watching.start()
    taken = []
    for _ in range(20):
        time.sleep(0.05)
        taken += store.stale(0.5)
    closing.set()
    watching.join()
    assert taken == []
    time.sleep(0.6)
    assert store.stale(0.5) == [(run_id, attempt)], "nobody beats for it any more"


# --- curves -------------------------------------------------------------------------------------------------------


def write_losses(store: Store, steps: int, record: int = 100) -> tuple[str, Engine]:
    run = queue(store)
    journal = begun(store)
    values = iter(range(steps))
    first = 0
    while chunk := [float(value % 977) for value in islice(values, record)]:
        journal.losses(LossRecord(first, chunk, 1.0), images_per_second=1.0)
        first += len(chunk)
    return run, store.database


def test_a_short_run_is_shown_step_by_step(store: Store) -> None:
    run, database = write_losses(store, 250)
    curve = history.loss_curve(database, run, since=0, total_steps=500, ended=False)
    assert curve.steps.tolist() == list(range(250))
    assert curve.losses.tolist() == [float(step) for step in range(250)]


def test_a_long_run_is_shown_by_the_extremes_of_its_buckets(store: Store) -> None:
    run, database = write_losses(store, 10_000)
    curve = history.loss_curve(database, run, since=0, total_steps=10_000, ended=True)
    assert len(curve.steps) <= history.POINTS
    assert curve.losses.max() == 976.0
    assert curve.losses.min() == 0.0
    assert (curve.steps[1:] > curve.steps[:-1]).all()


@pytest.mark.parametrize("total", [900, 10_000])
def test_asking_bit_by_bit_gives_the_same_points_as_asking_once(store: Store, total: int) -> None:
    run = queue(store)
    journal = begun(store)
    steps: list[int] = []
    since, written = 0, 0
    for size in (7, 300, 1, 55, 400, 137):
        chunk = [float((written + index) % 13) for index in range(size)]
        journal.losses(LossRecord(written, chunk, 1.0), images_per_second=1.0)
        written += size
        curve = history.loss_curve(store.database, run, since=since, total_steps=total, ended=written == 900)
        steps += curve.steps.tolist()
        since = curve.next_step
    whole = history.loss_curve(store.database, run, since=0, total_steps=total, ended=True)
    assert steps == whole.steps.tolist()


def test_landmarks_are_the_first_best_and_last_epoch(store: Store) -> None:
    run = queue(store)
    journal = begun(store)
    journal.losses(LossRecord(0, [2.25, 1.0], 1.0), images_per_second=1.0)
    assert history.landmarks(store.database, run) is None
    for number, accuracy in enumerate((0.3, 0.9, 0.5), 1):
        journal.epoch(epoch(number, val_accuracy=accuracy, best=number < 3))
    found = history.landmarks(store.database, run)
    assert found is not None
    assert (found.loss_at_start, found.first.epoch, found.best.epoch, found.last.epoch) == (2.25, 1, 2, 3)
