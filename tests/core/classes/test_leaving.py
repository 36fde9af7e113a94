"""Delete what is mine: afterwards nothing of a visitor is in the database or on the disk, and all else is."""

from pathlib import Path

import pytest
from sqlalchemy import select

from core.classes import board, leaving, room, together
from core.classes.scoring import score
from core.data.own import gathering, stored
from core.data.own.gathering import New
from core.errors import ClassError
from core.runs import owner_actions
from core.runs.schema import classes, metadata
from core.runs.state import State
from core.runs.store import Store
from core.training import run_files
from tests.core.classes.conftest import ANNA, BEN, STRANGER, TEACHER, Lesson
from tests.core.data.own.pictures import jpeg
from tests.core.data.sets import imported, pets
from tests.runs import claimed, queue, trained


def in_database(store: Store, *traces: str) -> list[str]:
    """The tables in which one of these texts stands."""
    with store.database.connect() as connection:
        rows = {table.name: connection.execute(select(table)).all() for table in metadata.sorted_tables}
    return [name for name, found in rows.items() if any(trace in str(row) for row in found for trace in traces)]


def on_disk(folders: Path, *traces: str) -> list[Path]:
    """The files and folders whose name or content has one of these texts; the database isn't one of them."""
    files = [file for file in folders.rglob("*") if not file.name.startswith("runs.db")]
    return [
        file
        for file in files
        if any(trace in file.name or (file.is_file() and trace.encode() in file.read_bytes()) for trace in traces)
    ]


def test_nothing_of_a_visitor_is_left(store: Store, lesson: Lesson, folders: Path) -> None:
    nickname = room.room_of(store.database, ANNA)
    assert nickname
    board.open_board(store.database, lesson.id, "digits", teacher=TEACHER)
    mine, bens = trained(store, owner=ANNA, epochs=1), trained(store, owner=BEN, epochs=1)
    for run in (mine, bens):
        for _ in score(run.id, board.submit(store.database, lesson.id, run.id, owner=run.owner)):
            pass
    together.spotlight(store.database, lesson.id, mine.id, teacher=TEACHER)
    owner_actions.sign(store, owner=ANNA, nickname="Anna K.")
    shared, own = imported(pets(4, 4)).name, imported(pets(6, 4)).name
    for name, owner in ((shared, ANNA), (shared, BEN), (own, ANNA)):
        stored.claim(name, owner)
    for owner in (ANNA, BEN):
        gathering.add(owner, gathering.add_class(owner, "cat").id, [New(jpeg())])
    waits = queue(store, owner=ANNA)

    leaving.delete_mine(store.database, ANNA)

    traces = (ANNA, mine.id, waits, nickname.nickname, "Anna K.")
    assert in_database(store, *traces) == []
    assert on_disk(folders, *traces) == []
    assert not stored.exists(own)
    assert not gathering.folder(ANNA).exists()
    with store.database.connect() as connection:
        assert connection.scalar(select(classes.c.spotlight)) is None
    assert stored.exists(shared)
    assert gathering.of(BEN).classes
    assert run_files.best_weights(bens.id).exists()
    assert [one.owner for one in board.standings(store.database, lesson.id, viewer=BEN)] == [BEN]
    leaving.delete_mine(store.database, STRANGER)  # who has nothing


def test_who_leads_a_class_or_still_trains_loses_nothing(store: Store, lesson: Lesson) -> None:
    kept = queue(store, owner=TEACHER)
    with pytest.raises(ClassError, match="You lead the class 8b"):
        leaving.delete_mine(store.database, TEACHER)
    assert store.get(kept).state == State.QUEUED
    store.request_stop(kept, owner=TEACHER)
    trains = queue(store, owner=ANNA)
    claimed(store)
    with pytest.raises(ClassError, match="still trains"):
        leaving.delete_mine(store.database, ANNA, patience=0.0)
    assert store.get(trains)
    assert room.room_of(store.database, ANNA)
