"""Opening, joining, nicknames and the brake on guessing."""

import math
from pathlib import Path

import pytest
from sqlalchemy import select, update

from core.classes import codes, handover, names, room
from core.classes.room import Room, join, open_class, room_of
from core.errors import ClassError
from core.runs.schema import classes, handovers, members, wrong_codes
from core.runs.store import Store
from tests.core.classes.conftest import ANNA, BEN, HERE, STRANGER, TEACHER, Lesson, opened


def here(store: Store, owner: str) -> Room:
    found = room_of(store.database, owner)
    assert found
    return found


def test_a_code_is_worth_thirty_bits_and_has_nothing_to_mistake() -> None:
    assert len(set(codes.ALPHABET)) == 32
    assert math.log2(len(codes.ALPHABET)) * codes.JOIN_LENGTH >= 30
    assert not set("01IO") & set(codes.ALPHABET)


def test_the_teacher_and_the_pupils_are_in_the_class(store: Store, lesson: Lesson) -> None:
    assert here(store, TEACHER).teacher
    assert not here(store, ANNA).teacher
    assert here(store, ANNA).nickname != here(store, BEN).nickname
    assert room_of(store.database, STRANGER) is None


@pytest.mark.parametrize("change", [str.lower, lambda code: f" {code[:3]}-{code[3:]} "])
def test_a_code_may_be_typed_as_people_type(store: Store, lesson: Lesson, change: object) -> None:
    assert callable(change)
    assert join(store.database, change(lesson.code), owner=STRANGER, address=HERE).id == lesson.id


def test_who_joins_again_is_the_same_pupil(store: Store, lesson: Lesson) -> None:
    before = here(store, ANNA).nickname
    assert join(store.database, lesson.code, owner=ANNA, address=HERE).nickname == before


def test_ten_wrong_codes_a_minute_and_no_more_even_with_the_right_one(store: Store, lesson: Lesson) -> None:
    for _ in range(codes.WRONG_PER_MINUTE):
        with pytest.raises(ClassError, match="No class has this code"):
            join(store.database, "AAAAAA", owner=STRANGER, address=HERE)
    with pytest.raises(ClassError, match="Wait a minute"):
        join(store.database, lesson.code, owner=STRANGER, address=HERE)
    join(store.database, lesson.code, owner=STRANGER, address="192.0.2.8")
    with store.database.begin() as connection:
        connection.execute(update(wrong_codes).values(at=wrong_codes.c.at - 61))
    join(store.database, lesson.code, owner=STRANGER, address=HERE)


def test_no_address_is_stored(store: Store, lesson: Lesson, folders: Path) -> None:
    with pytest.raises(ClassError):
        join(store.database, "AAAAAA", owner=STRANGER, address=HERE)
    with store.database.connect() as connection:
        stored = connection.scalars(select(wrong_codes.c.address)).all()
    assert len(stored) == 1
    assert HERE not in stored[0]
    assert (folders / "addresses.key").exists()


def test_three_spins_and_no_more(store: Store, lesson: Lesson) -> None:
    seen = {here(store, ANNA).nickname}
    for _ in range(room.SPINS):
        seen.add(room.spin(store.database, lesson.id, owner=ANNA))
    assert len(seen) == 4
    with pytest.raises(ClassError, match="all your spins"):
        room.spin(store.database, lesson.id, owner=ANNA)


def test_a_nickname_is_unique_even_when_all_are_taken() -> None:
    every = {f"{first} {second}" for first in names.FIRST for second in names.SECOND}
    assert len(every) == 1_024
    assert names.draw(every) not in every


def test_two_pupils_who_draw_one_name_at_once_get_two(
    store: Store, lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter([here(store, BEN).nickname, "Wise Wren"])
    monkeypatch.setattr(names, "draw", lambda _taken, _translate: next(drawn))
    assert room.spin(store.database, lesson.id, owner=ANNA) == "Wise Wren"


def test_a_removed_pupil_stays_out_under_every_name(store: Store, lesson: Lesson) -> None:
    room.remove(store.database, lesson.id, ANNA, teacher=TEACHER)
    assert room_of(store.database, ANNA) is None
    with pytest.raises(ClassError, match="took you out"):
        join(store.database, lesson.code, owner=ANNA, address=HERE)
    with pytest.raises(ClassError, match="spins"):
        room.spin(store.database, lesson.id, owner=ANNA)
    assert room_of(store.database, ANNA) is None


def test_the_teacher_gives_another_name(store: Store, lesson: Lesson) -> None:
    before = here(store, ANNA).nickname
    room.respin(store.database, lesson.id, ANNA, teacher=TEACHER)
    assert here(store, ANNA).nickname != before


def test_the_teacher_s_link_works_on_another_device_until_there_is_a_newer_one(store: Store, lesson: Lesson) -> None:
    assert room.enter_as_teacher(store.database, lesson.secret, owner=STRANGER) == lesson.id
    assert here(store, STRANGER).teacher
    newer = room.new_teacher_link(store.database, lesson.id, teacher=STRANGER)
    with pytest.raises(ClassError, match="opens no class"):
        room.enter_as_teacher(store.database, lesson.secret, owner=BEN)
    assert not here(store, BEN).teacher
    room.enter_as_teacher(store.database, newer, owner=TEACHER)


def test_secrets_are_stored_as_hashes_only(store: Store, lesson: Lesson) -> None:
    with store.database.connect() as connection:
        row = connection.execute(select(classes)).one()
    assert lesson.secret not in str(row)


def test_a_class_ends_by_itself_after_the_last_activity(store: Store, lesson: Lesson) -> None:
    with store.database.begin() as connection:
        connection.execute(update(classes).values(active_at=classes.c.active_at - 3 * 3600 - 1))
    assert not here(store, ANNA).open
    with pytest.raises(ClassError, match="has ended"):
        join(store.database, lesson.code, owner=STRANGER, address=HERE)


def test_what_somebody_does_keeps_it_open(store: Store, lesson: Lesson) -> None:
    with store.database.begin() as connection:
        connection.execute(update(classes).values(active_at=classes.c.active_at - 3 * 3600 + 60))
        connection.execute(update(members).values(acted_at=members.c.acted_at - 100))
    room.touch(store.database, here(store, ANNA), owner=ANNA, page="settings")
    with store.database.connect() as connection:
        page, acted = connection.execute(
            select(members.c.page, members.c.acted_at).where(members.c.owner == ANNA)
        ).one()
        assert page == "settings"
        active = connection.scalar(select(classes.c.active_at))
        assert active is not None
        assert active >= acted - 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\u202eb"])
def test_a_class_needs_a_name_that_can_be_read(store: Store, name: str) -> None:
    with pytest.raises(ClassError, match="at most 80 letters"):
        open_class(store.database, name, teacher=TEACHER)


@pytest.mark.parametrize("hours", [0, -1, math.nan, 200])
def test_a_class_waits_for_some_hours(store: Store, hours: float) -> None:
    with pytest.raises(ClassError, match="hours"):
        open_class(store.database, "8b", teacher=TEACHER, hours=hours)


def test_who_may_open_a_class(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLASSES", "off")
    with pytest.raises(ClassError, match="Nobody can open"):
        open_class(store.database, "8b", teacher=TEACHER)
    monkeypatch.setenv("CLASSES", "password")
    with pytest.raises(ClassError, match="password"):  # none is set, so the empty one isn't it
        open_class(store.database, "8b", teacher=TEACHER, password="")
    monkeypatch.setenv("TEACHER_PASSWORD", "käse")
    with pytest.raises(ClassError, match="password"):
        open_class(store.database, "8b", teacher=TEACHER, password="kase")
    open_class(store.database, "8b", teacher=TEACHER, password="käse")


def test_a_full_class_takes_nobody_more(store: Store, lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PUPILS", 2)
    with pytest.raises(ClassError, match="full"):
        join(store.database, lesson.code, owner=STRANGER, address=HERE)


def test_a_code_for_another_device_works_once_and_for_ten_minutes(store: Store) -> None:
    secret = "s" * 32
    code = handover.offer(store.database, secret)
    with store.database.connect() as connection:
        assert secret.encode() not in connection.execute(select(handovers.c.sealed)).scalar_one()
    assert handover.accept(store.database, code.lower(), address=HERE) == secret
    with pytest.raises(ClassError, match="doesn't work any more"):
        handover.accept(store.database, code, address=HERE)
    late = handover.offer(store.database, secret)
    with store.database.begin() as connection:
        connection.execute(update(handovers).values(expires_at=handovers.c.expires_at - 601))
    with pytest.raises(ClassError, match="doesn't work any more"):
        handover.accept(store.database, late, address=HERE)


def test_a_new_class_does_not_take_the_code_of_another(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first = opened(store)
    drawn = iter([first.code, "ZZZZZZ"])
    monkeypatch.setattr(codes, "new_code", lambda: next(drawn))
    assert opened(store, "8c", STRANGER).code == "ZZZZZZ"
