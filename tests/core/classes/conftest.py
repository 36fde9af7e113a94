"""A class with a teacher and two pupils."""

from dataclasses import dataclass

import pytest

from core.classes.room import join, open_class, room_of
from core.runs.run import owner_of
from core.runs.store import Store

TEACHER, ANNA, BEN, STRANGER = (owner_of(name) for name in ("teacher", "anna", "ben", "stranger"))
HERE = "192.0.2.7"


@dataclass(frozen=True)
class Lesson:
    """An open class."""

    id: str
    code: str
    secret: str  # of the teacher's link


def opened(store: Store, name: str = "8b", teacher: str = TEACHER) -> Lesson:
    """A class without pupils."""
    class_id, secret = open_class(store.database, name, teacher=teacher)
    room = room_of(store.database, teacher)
    assert room
    return Lesson(class_id, room.code, secret)


@pytest.fixture
def lesson(store: Store) -> Lesson:
    """A class that Anna and Ben joined."""
    found = opened(store)
    for pupil in (ANNA, BEN):
        join(store.database, found.code, owner=pupil, address=HERE)
    return found
