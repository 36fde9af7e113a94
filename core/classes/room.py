"""A class: opened by a teacher, joined by pupils, and read by everybody in it."""

import hmac
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, func, select, update
from sqlalchemy.exc import IntegrityError

from core import environment
from core.classes import codes, names
from core.errors import ClassError
from core.messages import Message, say
from core.runs.membership import is_open
from core.runs.schema import classes, members, now

NAME_LENGTH = 80
PUPILS = 60  # in one class
SPINS = 3
TRIES = 5  # until a nickname is free at the moment it is stored
IDLE_HOURS = 3.0
LONGEST_HOURS = 24.0 * 7

Translate = Callable[[Message], str]


@dataclass(frozen=True)
class Room:
    """A class as a member sees it."""

    id: str
    name: str
    code: str
    open: bool
    paused: bool
    start: dict[str, Any] | None  # {"page", "query", "config"}, see `core.classes.together`
    unlocked: tuple[str, ...] | None  # settings that may be changed; None: all
    spotlight: str | None
    idle_seconds: float
    teacher: bool  # this member is the teacher
    nickname: str
    spins: int
    hand_up: bool
    board: str | None = None  # its id, see `core.classes.board`; None: the class has no board
    board_dataset: str | None = None
    board_tries: int | None = None  # submissions of each pupil
    revealed: bool = False


def open_class(
    database: Engine, name: str, *, teacher: str, hours: float = IDLE_HOURS, password: str = ""
) -> tuple[str, str]:
    """Open a class, led by this browser. Returns its id and the secret of the teacher's link.

    Args:
        hours: It ends so long after the last activity.
        password: Needed where the server wants one (`CLASSES=password`).

    Raises:
        ClassError: the server doesn't allow it, or the name or the hours don't fit.
    """
    _check_allowed(password)
    name = " ".join(name.split())
    if not 0 < len(name) <= NAME_LENGTH or not name.isprintable():
        raise ClassError(say("Give the class a name of at most {number} letters.", number=NAME_LENGTH))
    if not 0 < hours <= LONGEST_HOURS:
        raise ClassError(say("A class can wait for up to {number} hours.", number=LONGEST_HOURS))
    class_id, secret = secrets.token_hex(6), secrets.token_urlsafe(24)
    row = {"id": class_id, "name": name, "teacher_hash": _hash(secret), "idle_seconds": hours * 3600, "paused": False}
    with database.begin() as connection:
        connection.execute(
            classes.insert().values(**row, code=_free_code(connection), opened_at=now(), active_at=now())
        )
        connection.execute(members.insert().values(**_member(class_id, teacher, _teacher_name(teacher)), teacher=True))
    return class_id, secret


def _check_allowed(password: str) -> None:
    mode = environment.classes()
    if mode == "off":
        raise ClassError(say("Nobody can open a class on this server. Ask whoever runs it."))
    known = environment.teacher_password()
    if mode == "password" and not (known and hmac.compare_digest(known.encode(), password.encode())):
        raise ClassError(say("This isn't the teachers' password of this server. Ask whoever runs it."))


def _free_code(connection: Connection) -> str:
    """A code that no class has, so that a link of last week never leads into a class of today."""
    while True:
        code = codes.new_code()
        if connection.scalar(select(classes.c.id).where(classes.c.code == code)) is None:
            return code


def _member(class_id: str, owner: str, nickname: str) -> dict[str, Any]:
    return {"class_id": class_id, "owner": owner, "nickname": nickname, "joined_at": now(), "acted_at": now()}


def _teacher_name(owner: str) -> str:
    """Never shown; different from each nickname."""
    return f"teacher {owner[:16]}"


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


# --- reading ------------------------------------------------------------------------------------------------------


def room_of(database: Engine, owner: str) -> Room | None:
    """The class in which this browser is: the open one that it joined last, or one that ended within a day."""
    lately = (classes.c.ended_at.is_(None)) | (classes.c.ended_at > now() - 86_400.0)
    query = _rooms().where(members.c.owner == owner, members.c.removed_at.is_(None), lately)
    query = query.order_by(is_open().desc(), members.c.joined_at.desc()).limit(1)
    with database.connect() as connection:
        row = connection.execute(query).mappings().first()
    return _room(row) if row else None


def _rooms() -> Any:
    shown = ("id", "name", "code", "paused", "start", "unlocked", "spotlight", "board", "board_dataset", "board_tries")
    columns = [*(classes.c[name] for name in shown), classes.c.revealed_at.is_not(None).label("revealed")]
    mine = [members.c[name] for name in ("teacher", "nickname", "spins", "hand_at")]
    joined = classes.join(members, members.c.class_id == classes.c.id)
    return select(*columns, *mine, classes.c.idle_seconds, is_open().label("open")).select_from(joined)


def _room(row: RowMapping) -> Room:
    values = dict(row)
    hand_at, unlocked = values.pop("hand_at"), values.pop("unlocked")
    values["open"], values["revealed"] = bool(values["open"]), bool(values["revealed"])
    return Room(**values, hand_up=hand_at is not None, unlocked=None if unlocked is None else tuple(unlocked))


def check_teacher(connection: Connection, class_id: str, teacher: str) -> None:
    """Raises ClassError unless this browser leads the class: in the same words for a class that doesn't exist."""
    leads = select(members.c.owner).where(
        members.c.class_id == class_id, members.c.owner == teacher, members.c.teacher, members.c.removed_at.is_(None)
    )
    if connection.scalar(leads) is None:
        raise ClassError(say("Only the teacher of this class can do that."))


# --- joining ------------------------------------------------------------------------------------------------------


def join(database: Engine, code: str, *, owner: str, address: str, translate: Translate = str) -> Room:
    """Join with a code, under a new nickname; whoever is in the class already stays who they are.

    Args:
        address: Where the request came from, for the brake on guessing.

    Raises:
        ClassError: the code is wrong, too many were, the class has ended or is full, or this pupil was removed.
    """
    codes.check_tries(database, address)
    with database.connect() as connection:
        found = select(classes.c.id, is_open().label("open")).where(classes.c.code == codes.plain(code))
        row = connection.execute(found).first()
    if row is None:
        codes.count_wrong(database, address)
        raise ClassError(say("No class has this code. Look at the screen in front and type it again."))
    if not row.open:
        raise ClassError(say("This class has ended. Ask your teacher for a new code."))
    _enter(database, row.id, owner, translate)
    room = room_of(database, owner)
    assert room
    return room


def _enter(database: Engine, class_id: str, owner: str, translate: Translate) -> None:
    """Make the browser a member, unless it is one."""
    with database.begin() as connection:
        known = select(members.c.removed_at).where(members.c.class_id == class_id, members.c.owner == owner)
        member = connection.execute(known).first()
        if member and member.removed_at is not None:
            raise ClassError(say("Your teacher took you out of this class. Ask your teacher."))
        if member:
            again = update(members).where(members.c.class_id == class_id, members.c.owner == owner)
            connection.execute(again.values(joined_at=now(), acted_at=now()))
            return
        if len(_taken(connection, class_id)) >= PUPILS:
            raise ClassError(say("This class is full: it has {number} pupils.", number=PUPILS))

    def insert(connection: Connection, name: str) -> int:
        connection.execute(update(classes).where(classes.c.id == class_id).values(active_at=now()))
        return connection.execute(members.insert().values(**_member(class_id, owner, name), teacher=False)).rowcount

    _with_new_name(database, class_id, translate, insert)


def _with_new_name(
    database: Engine, class_id: str, translate: Translate, write: Callable[[Connection, str], int]
) -> str | None:
    """A new nickname once `write` has stored it; None where it changed no row. Two may draw one name: then again."""
    for _attempt in range(TRIES):
        with suppress(IntegrityError), database.begin() as connection:
            name = names.draw(_taken(connection, class_id), translate)
            return name if write(connection, name) else None
    raise ClassError(say("Many are joining right now. Try again."))


def _taken(connection: Connection, class_id: str) -> set[str]:
    """All nicknames of the class, also of those who were removed."""
    mine = select(members.c.nickname).where(members.c.class_id == class_id, members.c.teacher.is_(False))
    return set(connection.scalars(mine))


def spin(database: Engine, class_id: str, *, owner: str, translate: Translate = str) -> str:
    """Another nickname for oneself; three in all. Raises ClassError when they are used up."""
    mine = _pupil(class_id, owner).where(members.c.spins < SPINS, members.c.removed_at.is_(None))
    name = _with_new_name(
        database,
        class_id,
        translate,
        lambda connection, name: connection.execute(mine.values(nickname=name, spins=members.c.spins + 1)).rowcount,
    )
    if name is None:
        raise ClassError(say("You have used all your spins. Your teacher can give you another name."))
    return name


def raise_hand(database: Engine, class_id: str, *, owner: str, up: bool) -> None:
    """Put one's hand up or down."""
    mine = update(members).where(members.c.class_id == class_id, members.c.owner == owner)
    with database.begin() as connection:
        connection.execute(mine.values(hand_at=func.coalesce(members.c.hand_at, now()) if up else None, acted_at=now()))


TOUCH_SECONDS = 5.0  # a page that is drawn again sooner writes nothing


def touch(database: Engine, room: Room, *, owner: str, page: str) -> None:
    """Record that a member did something on a page. Writes at most every few seconds, unless the page changed."""
    stale = (members.c.acted_at < now() - TOUCH_SECONDS) | (func.coalesce(members.c.page, "") != page)
    mine = update(members).where(members.c.class_id == room.id, members.c.owner == owner, stale)
    with database.begin() as connection:
        if connection.execute(mine.values(acted_at=now(), page=page)).rowcount:
            going = update(classes).where(classes.c.id == room.id, is_open())
            connection.execute(going.values(active_at=now()))


# --- the teacher's links and pupils -------------------------------------------------------------------------------


def enter_as_teacher(database: Engine, secret: str, *, owner: str) -> str:
    """Lead a class from this browser, too, with the secret of the teacher's link. Returns the class's id.

    Raises:
        ClassError: it opens no class.
    """
    with database.begin() as connection:
        class_id = connection.scalar(select(classes.c.id).where(classes.c.teacher_hash == _hash(secret)))
        if class_id is None:
            raise ClassError(say("This teacher's link opens no class. It may have been replaced by a newer one."))
        mine = update(members).where(members.c.class_id == class_id, members.c.owner == owner)
        changed = connection.execute(mine.values(teacher=True, removed_at=None, joined_at=now()))
        if changed.rowcount == 0:
            connection.execute(members.insert().values(**_member(class_id, owner, _teacher_name(owner)), teacher=True))
    return str(class_id)


def new_teacher_link(database: Engine, class_id: str, *, teacher: str) -> str:
    """The secret of a new teacher's link. Only its hash is stored, so the one before can't be shown, and ends."""
    secret = secrets.token_urlsafe(24)
    with database.begin() as connection:
        check_teacher(connection, class_id, teacher)
        connection.execute(update(classes).where(classes.c.id == class_id).values(teacher_hash=_hash(secret)))
    return secret


def remove(database: Engine, class_id: str, pupil: str, *, teacher: str) -> None:
    """Take a pupil out of the class for good: the same browser can't join again."""
    with database.begin() as connection:
        check_teacher(connection, class_id, teacher)
        connection.execute(_pupil(class_id, pupil).values(removed_at=now()))


def respin(database: Engine, class_id: str, pupil: str, *, teacher: str, translate: Translate = str) -> None:
    """Give a pupil another nickname."""

    def write(connection: Connection, name: str) -> int:
        check_teacher(connection, class_id, teacher)
        return connection.execute(_pupil(class_id, pupil).values(nickname=name)).rowcount

    _with_new_name(database, class_id, translate, write)


def lower_hand(database: Engine, class_id: str, pupil: str, *, teacher: str) -> None:
    """Put a pupil's hand down, because the question is answered."""
    with database.begin() as connection:
        check_teacher(connection, class_id, teacher)
        connection.execute(_pupil(class_id, pupil).values(hand_at=None))


def _pupil(class_id: str, pupil: str) -> Any:
    return update(members).where(members.c.class_id == class_id, members.c.owner == pupil, members.c.teacher.is_(False))
