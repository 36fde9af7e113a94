"""Classes don't see each other, and what a class leaves is deleted from database and disk."""

import csv
import io
import os
import time
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from core.classes import ending, overlay, room
from core.classes.wall import arranged, wall
from core.data.own import stored
from core.errors import ClassError, RunError
from core.handin.class_bundle import class_bundle
from core.runs import access, owner_actions
from core.runs.schema import classes, members, metadata, runs
from core.runs.search import Wanted, datasets, listing
from core.runs.state import State
from core.runs.store import Store
from core.training import run_files
from tests.core.classes.conftest import ANNA, BEN, HERE, STRANGER, TEACHER, Lesson, opened
from tests.core.data.sets import imported, pets
from tests.runs import begun, queue, trained

OTHER_TEACHER, CARA = "f" * 64, "c" * 64


@pytest.fixture
def other(store: Store) -> Lesson:
    """Another class on the same server, with Cara in it."""
    found = opened(store, "9a", OTHER_TEACHER)
    room.join(store.database, found.code, owner=CARA, address=HERE)
    return found


def test_a_class_s_runs_are_in_its_members_lists_only(store: Store, lesson: Lesson, other: Lesson) -> None:
    run = trained(store, owner=ANNA, epochs=1)
    for member in (ANNA, BEN, TEACHER):
        assert [row.id for row in listing(store, Wanted(viewer=member))[0]] == [run.id]
        assert [one.id for one in store.recent(viewer=member)] == [run.id]
        assert [one.id for one in store.with_weights(member)] == [run.id]
    for foreigner in (CARA, OTHER_TEACHER, STRANGER, ""):
        assert listing(store, Wanted(viewer=foreigner)) == ([], 0)
        assert datasets(store, foreigner) == []
        assert store.recent(viewer=foreigner) == []
        assert store.with_weights(foreigner) == []


def test_members_open_it_without_a_key_and_others_do_not(store: Store, lesson: Lesson, other: Lesson) -> None:
    run = store.get(queue(store, owner=ANNA))
    assert not run.listed
    for member in (BEN, TEACHER):
        assert access.class_keys(store.database, run, member) == {run.link_key}
    for foreigner in (CARA, OTHER_TEACHER, STRANGER, ""):
        assert access.class_keys(store.database, run, foreigner) == set()
        assert not access.may_open(run, foreigner, set())


def test_a_removed_pupil_sees_the_others_no_more(store: Store, lesson: Lesson) -> None:
    run = store.get(queue(store, owner=ANNA))
    room.remove(store.database, lesson.id, BEN, teacher=TEACHER)
    assert access.class_keys(store.database, run, BEN) == set()
    assert store.recent(viewer=BEN) == []


def test_a_run_on_own_images_is_seen_by_its_owner_and_the_teacher_only(store: Store, lesson: Lesson) -> None:
    name = imported(pets(4, 4)).name
    stored.claim(name, ANNA)
    run = store.get(queue(store, owner=ANNA, data__dataset=name, data__validation_fraction=0.5, data__image_size=8))
    assert [one.id for one in store.recent(viewer=TEACHER)] == [run.id]
    assert store.recent(viewer=BEN) == []
    assert access.class_keys(store.database, run, BEN) == set()
    assert access.may_see_images(name, TEACHER, access.class_keys(store.database, run, TEACHER))


def test_a_pupil_cannot_list_a_run_of_the_class_for_everybody(store: Store, lesson: Lesson) -> None:
    run_id = queue(store, owner=ANNA)
    with pytest.raises(RunError, match="belongs to a class"):
        owner_actions.set_listed(store, run_id, owner=ANNA, listed=True)


def test_pupils_take_turns(store: Store, lesson: Lesson) -> None:
    mine = [queue(store, owner=ANNA) for _ in range(3)]
    yours = [queue(store, owner=BEN) for _ in range(2)]
    assert store.line() == [mine[0], yours[0], mine[1], yours[1], mine[2]]


# --- the wall -----------------------------------------------------------------------------------------------------


def test_a_tile_tells_what_a_pupil_does(store: Store, lesson: Lesson) -> None:
    def doing(owner: str) -> str:
        found = wall(store.database, lesson.id, store.line(), 1, teacher=TEACHER)
        return next(tile.doing for tile in found.tiles if tile.owner == owner)

    def idle(owner: str, seconds: float, page: str | None = None) -> None:
        mine = update(members).where(members.c.owner == owner)
        with store.database.begin() as connection:
            connection.execute(mine.values(acted_at=members.c.acted_at - seconds, page=page))

    assert doing(ANNA) == "joined"
    idle(ANNA, 5, "settings")
    assert doing(ANNA) == "settings"
    idle(ANNA, 200)
    assert doing(ANNA) == "idle"
    run_id = queue(store, owner=ANNA)
    assert doing(ANNA) == "waiting"
    journal = begun(store)
    assert doing(ANNA) == "training"
    journal.end(State.DIVERGED)
    assert doing(ANNA) == "diverged"
    assert store.get(run_id).state == State.DIVERGED


def test_the_wall_counts_and_sorts(store: Store, lesson: Lesson) -> None:
    trained(store, owner=ANNA, epochs=2)
    queue(store, owner=ANNA)
    queue(store, owner=BEN)
    room.raise_hand(store.database, lesson.id, owner=BEN, up=True)
    found = wall(store.database, lesson.id, store.line(), 1, teacher=TEACHER)
    tiles = {tile.owner: tile for tile in found.tiles}
    assert (tiles[ANNA].runs, tiles[BEN].runs, found.waiting) == (2, 1, 2)
    assert (tiles[ANNA].best or 0) > 0
    assert tiles[BEN].best is None
    assert sorted(tile.place or 0 for tile in found.tiles) == [1, 2]
    assert found.last_seconds is not None
    assert [tile.owner for tile in arranged(found, "accuracy", only_help=False).tiles] == [ANNA, BEN]
    assert [tile.owner for tile in arranged(found, "hand", only_help=False).tiles] == [BEN, ANNA]
    assert [tile.owner for tile in arranged(found, "name", only_help=True).tiles] == [BEN]
    room.lower_hand(store.database, lesson.id, BEN, teacher=TEACHER)
    found = wall(store.database, lesson.id, store.line(), 1, teacher=TEACHER)
    assert arranged(found, "name", only_help=True).tiles == ()


def test_the_wall_costs_the_same_number_of_queries_for_any_class(store: Store, lesson: Lesson) -> None:
    from sqlalchemy import event

    counted: list[str] = []
    event.listen(store.database, "before_cursor_execute", lambda _c, _u, statement, *_rest: counted.append(statement))

    def queries() -> int:
        counted.clear()
        wall(store.database, lesson.id, [], 1, teacher=TEACHER)
        return len(counted)

    few = queries()
    for number in range(20):
        owner = f"{number:064x}"
        room.join(store.database, lesson.code, owner=owner, address=HERE)
        for _ in range(3):
            queue(store, owner=owner)
    many = wall(store.database, lesson.id, [], 1, teacher=TEACHER)
    assert len(many.tiles) == 22
    assert queries() <= few + 1  # the curves


# --- the end ------------------------------------------------------------------------------------------------------


def test_everything_of_the_class_is_deleted_from_database_and_disk(
    store: Store, lesson: Lesson, other: Lesson, folders: Path
) -> None:
    images = imported(pets(4, 4)).name
    stored.claim(images, ANNA)
    gone = trained(store, owner=ANNA, epochs=1)
    waits = queue(store, owner=BEN, data__dataset=images, data__validation_fraction=0.5, data__image_size=8)
    kept = queue(store, owner=CARA)
    nickname = next(iter(wall(store.database, lesson.id, [], 1, teacher=TEACHER).tiles)).nickname
    ending.delete_all(store.database, lesson.id, teacher=TEACHER)
    assert not run_files.folder(gone.id).exists()
    assert not stored.exists(images)
    with store.database.connect() as connection:
        assert set(connection.scalars(select(runs.c.id))) == {kept}
        assert set(connection.scalars(select(classes.c.id))) == {other.id}
        for table in metadata.sorted_tables:
            rows = str(connection.execute(select(table)).all())
            for trace in (lesson.id, ANNA, BEN, gone.id, waits, nickname):
                assert trace not in rows, f"{trace} is left in {table.name}"
    left = [path for path in folders.rglob("*") if gone.id in str(path) or ANNA in str(path)]
    assert left == []


def test_images_from_before_the_class_stay(store: Store, lesson: Lesson) -> None:
    images = imported(pets(4, 4)).name
    stored.claim(images, ANNA)
    yesterday = time.time() - 86_400
    os.utime(stored.folder(images) / f"owner-{ANNA}", (yesterday, yesterday))
    ending.delete_all(store.database, lesson.id, teacher=TEACHER)
    assert stored.exists(images)


def test_a_run_that_does_not_stop_is_told_and_nothing_is_deleted(store: Store, lesson: Lesson) -> None:
    run_id = queue(store, owner=ANNA)
    begun(store)
    with pytest.raises(ClassError, match="still trains"):
        ending.delete_all(store.database, lesson.id, teacher=TEACHER, patience=0.0)
    assert store.get(run_id).stop_requested_at is not None


def test_the_clock_ends_and_deletes(store: Store, lesson: Lesson) -> None:
    images = imported(pets(4, 4)).name
    stored.claim(images, ANNA)
    run = trained(store, owner=ANNA, epochs=1)

    def later(hours: float, column: str) -> None:
        with store.database.begin() as connection:
            connection.execute(update(classes).values({column: classes.c[column] - hours * 3600}))
        ending.expire(store.database)

    def number() -> int:
        with store.database.connect() as connection:
            return connection.scalar(select(func.count()).select_from(members)) or 0

    later(4, "active_at")
    assert stored.exists(images)
    later(25, "ended_at")
    assert not stored.exists(images)
    assert store.get(run.id).best_epoch
    assert number() == 3
    later(30 * 24, "ended_at")
    assert store.find(run.id) is None
    assert not run_files.folder(run.id).exists()
    assert number() == 0


def test_the_zip_has_a_folder_for_each_pupil_a_table_and_all_charts(store: Store, lesson: Lesson) -> None:
    trained(store, "=1+1", owner=ANNA, epochs=2)
    queue(store, owner=BEN)
    store.create(store.recent(1)[0].config, owner=STRANGER, name="not of the class")
    found = ending.results(store.database, lesson.id, teacher=TEACHER)
    archive = zipfile.ZipFile(io.BytesIO(class_bundle(store, "8b", found)))
    assert archive.testzip() is None
    table = list(csv.DictReader(io.StringIO(archive.read("results.csv").decode())))
    assert len(table) == 2
    assert {row["state"] for row in table} == {"finished", "queued"}
    assert "'=1+1" in {row["run"] for row in table}
    anna = next(one.nickname for one in found if one.best_accuracy is not None)
    folder = anna.replace(" ", "-")
    assert f"{folder}/report.html" in archive.namelist()
    assert f"{folder}/weights.safetensors" in archive.namelist()
    assert anna in archive.read("charts.html").decode()


def test_the_setting_that_explains_the_results_comes_first(store: Store, lesson: Lesson) -> None:
    for owner, lr, seed in [(ANNA, 0.001, 0), (ANNA, 1e-5, 0), (BEN, 0.001, 1), (BEN, 1e-5, 1)]:
        trained(store, owner=owner, epochs=2, optimizer__lr=lr, seed=seed)
    told = overlay.influences(ending.results(store.database, lesson.id, teacher=TEACHER))
    assert [one.path for one in told] == ["optimizer.lr", "seed"]
    assert told[0].share > 0.9
    assert [(group.value, group.number) for group in told[0].groups] == [(0.001, 2), (1e-5, 2)]
    assert told[0].groups[0].mean > told[0].groups[1].mean


def test_one_run_explains_nothing(store: Store, lesson: Lesson) -> None:
    trained(store, owner=ANNA, epochs=1)
    assert overlay.influences(ending.results(store.database, lesson.id, teacher=TEACHER)) == []
