"""What only the owner of a run may do, on a real database and with a real training process's code."""

from typing import Any

import pytest
import torch
from sqlalchemy import select

from core.errors import RunError
from core.runs import history, owner_actions
from core.runs.first_run import first_run
from core.runs.journal import Journal
from core.runs.schema import epochs, losses
from core.runs.search import Wanted, listing, shared_nicknames
from core.runs.state import State
from core.runs.store import Store
from core.storage import size_of
from core.training import checkpoint, run_files, state_file, weights
from core.training.records import EpochRecord, LossRecord
from core.training.weights import read
from tests.runs import ME, YOU, begun, claimed, queue, train_next, trained

STRANGER = "Only the browser that started this run"


def last_state(run_id: str) -> dict[str, Any]:
    return state_file.read(run_files.last_checkpoint(run_id), owner=run_id)


def same(first: Any, second: Any) -> bool:
    """Whether two nested states are equal, bit for bit, but for how long they took."""
    if isinstance(first, dict):
        keys = first.keys() - {"seconds"}
        return keys == second.keys() - {"seconds"} and all(same(first[key], second[key]) for key in keys)
    if isinstance(first, torch.Tensor):
        return torch.equal(first, second)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"scheduler.name": "step", "scheduler.step_size": 2},
        {"scheduler.name": "plateau", "scheduler.patience": 0, "optimizer.name": "adadelta"},
        {"early_stopping": 5, "optimizer.name": "sgd", "optimizer.momentum": 0.9},
    ],
    ids=["as the recipe", "steps", "plateau", "early stopping"],
)
def test_three_more_epochs_give_what_a_run_of_all_epochs_gives_bit_for_bit(
    store: Store, changes: dict[str, Any]
) -> None:
    whole = trained(store, epochs=5, **changes)
    first = trained(store, epochs=2, **changes)
    run_id = first.id
    assert (first.state, first.epoch) == (State.FINISHED, 2)
    owner_actions.train_longer(store, run_id, owner=ME, more=3)
    assert store.get(run_id).state == State.QUEUED
    longer = train_next(store)
    assert (longer.id, longer.state, longer.epoch, longer.config.epochs) == (run_id, State.FINISHED, 5, 5)
    assert longer.best_epoch == whole.best_epoch
    told_losses = [history.step_losses(store.database, name)[1] for name in (run_id, whole.id)]
    assert told_losses[0].tobytes() == told_losses[1].tobytes()
    told = [
        [(one.train_loss, one.train_accuracy, one.val_loss, one.val_accuracy, one.lr, one.best) for one in records]
        for records in (history.epoch_records(store.database, name) for name in (run_id, whole.id))
    ]
    assert told[0] == told[1]
    assert len(told[0]) == 5
    assert same(last_state(run_id), last_state(whole.id))
    best = [read(weights.best_path(name)) for name in (run_id, whole.id)]
    assert best[0][0] == best[1][0]
    assert same(best[0][2], best[1][2])


def test_going_on_from_the_best_weights_would_be_noticed(store: Store) -> None:
    """The check above can fail: the last weights are others than the best."""
    run = trained(store, epochs=12)
    assert run.best_epoch != 12
    state = last_state(run.id)
    assert not same(state["model"], state["best"])


@pytest.mark.parametrize("name", ["cosine", "one_cycle"])
def test_a_planned_learning_rate_is_no_longer_run(store: Store, name: str) -> None:
    run_id = queue(store, **{"scheduler.name": name})
    claimed(store).end(State.FINISHED)
    with pytest.raises(RunError, match="planned for 40 epochs"):
        owner_actions.train_longer(store, run_id, owner=ME, more=3)


def test_a_run_that_ended_early_says_so(store: Store) -> None:
    run_id = queue(store, early_stopping=1)
    claimed(store).end(State.FINISHED)
    with pytest.raises(RunError, match="ended early"):
        owner_actions.train_longer(store, run_id, owner=ME, more=3)


@pytest.mark.parametrize("more", [0, -1, 10_000])
def test_more_epochs_are_a_sensible_number(store: Store, more: int) -> None:
    run_id = queue(store)
    with pytest.raises(RunError, match="at least one more epoch"):
        owner_actions.train_longer(store, run_id, owner=ME, more=more)


def test_only_a_finished_run_is_trained_longer(store: Store) -> None:
    run_id = queue(store)
    with pytest.raises(RunError, match=r"This one is queued"):
        owner_actions.train_longer(store, run_id, owner=ME, more=1)
    assert store.get(run_id).config.epochs == 40


def test_a_stranger_is_refused_everything(store: Store) -> None:
    run_id = queue(store)
    before = store.get(run_id)
    refused = (
        lambda: store.request_stop(run_id, owner=YOU),
        lambda: store.resume(run_id, owner=YOU),
        lambda: owner_actions.describe(store, run_id, owner=YOU, name="mine now", remark=""),
        lambda: owner_actions.delete(store, run_id, owner=YOU),
        lambda: owner_actions.train_longer(store, run_id, owner=YOU, more=1),
    )
    for attempt in refused:
        with pytest.raises(RunError, match=STRANGER):
            attempt()
    assert store.get(run_id) == before


def test_a_name_and_a_remark_are_kept_as_they_are(store: Store) -> None:
    run_id = queue(store)
    owner_actions.describe(store, run_id, owner=ME, name="  lower \n rate ", remark="half the *step* <b>size</b>\n")
    run = store.get(run_id)
    assert (run.name, run.remark) == ("lower rate", "half the *step* <b>size</b>")
    owner_actions.describe(store, run_id, owner=ME, name="lower rate", remark="")
    assert store.get(run_id).remark is None


@pytest.mark.parametrize(("name", "remark"), [(" ", ""), ("n" * 81, ""), ("fine", "r" * 2_001)])
def test_a_name_is_neither_empty_nor_a_novel(store: Store, name: str, remark: str) -> None:
    run_id = queue(store)
    with pytest.raises(RunError):
        owner_actions.describe(store, run_id, owner=ME, name=name, remark=remark)
    assert store.get(run_id).name == "a run"


def test_deleting_leaves_nothing_behind_and_the_others_alone(store: Store) -> None:
    other = queue(store)
    assert train_next(store).state == State.FINISHED
    run_id = trained(store, epochs=1).id
    assert list(run_files.folder(run_id).iterdir())
    owner_actions.delete(store, run_id, owner=ME)
    assert not run_files.folder(run_id).exists()
    with pytest.raises(RunError, match="There is no run"):
        store.get(run_id)
    with store.database.connect() as connection:
        for table in (losses, epochs):
            assert set(connection.scalars(select(table.c.run_id))) == {other}
    assert weights.best_path(other).exists()


def test_a_run_that_trains_is_not_deleted_under_its_process(store: Store) -> None:
    run_id = queue(store)
    journal = begun(store)
    with pytest.raises(RunError, match=r"Stop it first, then delete it\."):
        owner_actions.delete(store, run_id, owner=ME)
    journal.losses(LossRecord(0, [1.0], 1.0), images_per_second=1.0)
    journal.end(State.STOPPED)
    owner_actions.delete(store, run_id, owner=ME)
    assert store.recent() == []


def test_a_nickname_stands_beside_all_runs_of_its_owner(store: Store) -> None:
    mine = [queue(store), queue(store)]
    yours = queue(store, owner=YOU)
    owner_actions.sign(store, owner=ME, nickname="  Ada   L. ")
    rows, _total = listing(store, Wanted())
    assert {row.id: row.nickname for row in rows} == {**dict.fromkeys(mine, "Ada L."), yours: None}
    assert owner_actions.nickname(store, ME) == "Ada L."
    owner_actions.sign(store, owner=ME, nickname="")
    assert owner_actions.nickname(store, ME) == ""
    with pytest.raises(RunError, match="can have 40"):
        owner_actions.sign(store, owner=ME, nickname="a" * 41)


def test_the_weights_of_a_short_run_are_kept_for_every_epoch(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = trained(store, epochs=4)
    assert [run_files.epoch_weights(run.id, epoch).exists() for epoch in range(6)] == [False] + 4 * [True] + [False]
    size = run_files.epoch_weights(run.id, 1).stat().st_size
    monkeypatch.setattr(checkpoint, "EPOCHS_BYTES", 3 * size)
    longer = trained(store, epochs=9)
    kept = [epoch for epoch in range(1, 10) if run_files.epoch_weights(longer.id, epoch).exists()]
    assert kept == [1, 3, 6, 9]


def test_the_weights_are_there_as_soon_as_the_first_epoch_ends(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    there: dict[int, bool] = {}
    write = Journal.losses

    def spy(journal: Journal, record: LossRecord, **values: Any) -> bool:
        there[store.get(journal.run_id).epoch] = owner_actions.has_weights(journal.run_id)
        stop: bool = write(journal, record, **values)
        return stop

    monkeypatch.setattr(Journal, "losses", spy)
    trained(store)
    assert there == {0: False, 1: True, 2: True}


def test_epochs_and_losses_of_the_database_are_untouched_by_a_remark(store: Store) -> None:
    run_id = queue(store)
    journal = begun(store)
    journal.epoch(EpochRecord(1, 45, 1.0, 0.5, 1.0, 0.5, 0.1, 1.0, True))
    owner_actions.describe(store, run_id, owner=ME, name="while it runs", remark="")
    assert journal.heartbeat() is False
    assert store.get(run_id).epoch == 1


def test_the_files_that_are_oldest_make_room_and_what_is_known_of_their_runs_stays(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    app_own = first_run(store).id
    train_next(store)
    old, middle, new = (trained(store, epochs=1, seed=seed).id for seed in (1, 2, 3))
    queue(store, transfer__weights=old)  # this one will begin with the oldest
    owner_actions.make_room(store)
    assert all(map(owner_actions.has_weights, (app_own, old, middle, new))), "a disk with room"
    kept = sum(size_of(run_files.folder(run)) for run in (app_own, old, new))
    monkeypatch.setenv("RUNS_GB", str((kept + 1) / 1e9))
    owner_actions.make_room(store)
    assert [owner_actions.has_weights(run) for run in (app_own, old, middle, new)] == [True, True, False, True]
    assert not run_files.folder(middle).exists()
    assert store.get(middle).best_val_accuracy
    assert len(history.epoch_records(store.database, middle)) == 1
    monkeypatch.setenv("RUNS_GB", "0")
    owner_actions.make_room(store)
    assert [owner_actions.has_weights(run) for run in (app_own, old, new)] == [True, True, True], "needed, or the last"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("A\u202eb\u200bc", "A b c"),
        ("two\nlines\x00", "two lines"),
        ("\ud800 lone", "\ufffd lone"),
        ("\u2067right\u2069", "right"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # a joiner that belongs to the word
        ("日本 é 👩\u200d🎓", "日本 é 👩\u200d🎓"),
    ],
)
def test_what_cannot_be_seen_is_taken_out_of_names(store: Store, given: str, kept: str) -> None:
    run_id = queue(store)
    owner_actions.describe(store, run_id, owner=ME, name=given, remark=given)
    owner_actions.sign(store, owner=ME, nickname=given)
    assert store.get(run_id).name == kept
    assert owner_actions.nickname(store, ME) == kept
    assert "\x00" not in (store.get(run_id).remark or "")


def test_a_name_that_only_seems_to_be_one_is_empty(store: Store) -> None:
    with pytest.raises(RunError, match="name is empty"):
        owner_actions.describe(store, queue(store), owner=ME, name="\u200b\u202e", remark="")


def test_people_of_one_nickname_are_known(store: Store) -> None:
    owner_actions.sign(store, owner=ME, nickname="Ana")
    assert shared_nicknames(store) == set()
    owner_actions.sign(store, owner=YOU, nickname="A\u200bna")
    owner_actions.sign(store, owner=YOU, nickname="Ana")
    assert shared_nicknames(store) == {"Ana"}
