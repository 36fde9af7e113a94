"""Many runs at once, on a real database."""

import pytest
from sqlalchemy import event, insert, update

from core.recipes import configure
from core.runs import owner_actions
from core.runs.run import owner_of
from core.runs.schema import epochs, runs
from core.runs.search import PAGE, SPARK_POINTS, Order, Wanted, datasets, listing
from core.runs.state import State
from core.runs.store import Store
from tests.runs import ME, YOU


def queue(store: Store, name: str = "a run", *, owner: str = ME, recipe: str = "digits") -> str:
    # Together, as no owner may have more than ten waiting.
    store.create_comparison({name: configure(recipe, {})}, owner=owner, recipe=recipe)
    return store.recent(1)[0].id


def names(store: Store, wanted: Wanted, order: Order = "newest") -> list[str]:
    return [row.name for row in listing(store, wanted, order=order)[0]]


def change(store: Store, run_id: str, **values: object) -> None:
    with store.database.begin() as connection:
        connection.execute(update(runs).where(runs.c.id == run_id).values(**values))


def test_a_row_has_what_a_list_shows(store: Store) -> None:
    run_id = queue(store, "mine")
    change(store, run_id, state=State.FINISHED, best_val_accuracy=0.97, epoch=2, seconds=3.5)
    with store.database.begin() as connection:
        for number, loss in ((1, 2.0), (2, 1.0)):
            connection.execute(insert(epochs).values(run_id=run_id, epoch=number, attempt=1, step=1, train_loss=loss))
    (row,), total = listing(store, Wanted())
    assert total == 1
    assert (row.name, row.dataset, row.recipe, row.epochs, row.state) == (
        "mine",
        "digits",
        "digits",
        40,
        State.FINISHED,
    )
    assert (row.best_val_accuracy, row.epoch, row.seconds, row.losses) == (0.97, 2, 3.5, (2.0, 1.0))


def test_filters_combine(store: Store) -> None:
    queue(store, "first try")
    stopped = queue(store, "second try")
    change(store, stopped, state=State.STOPPED, remark="100% too slow")
    queue(store, "yours", owner=YOU, recipe="mnist-mlp")
    owner_actions.sign(store, owner=YOU, nickname="Grace")
    assert names(store, Wanted()) == ["yours", "second try", "first try"]
    assert names(store, Wanted(text="TRY second")) == ["second try"]
    assert names(store, Wanted(text="100%")) == ["second try"]
    assert names(store, Wanted(text="_")) == []
    assert names(store, Wanted(text="grace")) == ["yours"]
    assert names(store, Wanted(states=(State.STOPPED,))) == ["second try"]
    assert names(store, Wanted(owner=ME, text="try", states=(State.QUEUED,))) == ["first try"]
    assert names(store, Wanted(dataset="mnist")) == ["yours"]
    assert datasets(store) == ["digits", "mnist"]


def test_orders(store: Store) -> None:
    ids = {name: queue(store, name) for name in ("b", "C", "a")}
    change(store, ids["b"], best_val_accuracy=0.5, seconds=3.0)
    change(store, ids["C"], best_val_accuracy=0.9, seconds=1.0)
    change(store, ids["a"], seconds=2.0)
    assert names(store, Wanted(), "newest") == ["a", "C", "b"]
    assert names(store, Wanted(), "accuracy") == ["C", "b", "a"]
    assert names(store, Wanted(), "seconds") == ["C", "a", "b"]
    assert names(store, Wanted(), "name") == ["a", "b", "C"]


def test_pages_hold_every_run_once(store: Store) -> None:
    ids = [queue(store, owner=owner_of(str(number))) for number in range(PAGE + 3)]
    pages = [listing(store, Wanted(), page=page) for page in range(3)]
    assert [len(rows) for rows, _total in pages] == [PAGE, 3, 0]
    assert {total for _rows, total in pages} == {PAGE + 3}
    assert [row.id for rows, _total in pages for row in rows] == ids[::-1]


def test_a_long_run_has_a_short_curve_with_both_its_ends(store: Store) -> None:
    run_id = queue(store)
    change(store, run_id, epoch=1_000)
    with store.database.begin() as connection:
        connection.execute(
            insert(epochs),
            [
                {"run_id": run_id, "epoch": number, "attempt": 1, "step": 1, "train_loss": float(number)}
                for number in range(1, 1_001)
            ],
        )
    (row,), _total = listing(store, Wanted())
    assert len(row.losses) == SPARK_POINTS
    assert (row.losses[0], row.losses[-1]) == (1.0, 1_000.0)


def test_a_list_reads_no_configuration_and_asks_three_times(store: Store) -> None:
    for number in range(5):
        change(store, queue(store), epoch=number)
    asked: list[str] = []
    event.listen(store.database, "before_cursor_execute", lambda *args: asked.append(args[2]))
    listing(store, Wanted())
    assert len(asked) == 3
    assert not [statement for statement in asked if "runs.config" in statement]


@pytest.mark.parametrize("order", ["newest", "accuracy", "seconds", "name"])
def test_every_order_answers_an_empty_database(store: Store, order: Order) -> None:
    assert listing(store, Wanted(text="nothing"), order=order) == ([], 0)
