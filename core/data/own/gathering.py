"""Pictures that somebody is still gathering, class by class, before they become a set.

Each owner gathers one set at a time. Every picture is a file, so that nothing is lost with a page, a connection or the
server, and none of it lies in memory.

    <state folder>/gathering/<set>/
        set.json                        owner, classes, digest of the key that lets others add, the last training
        <class>/<moment> <id> <name>    a picture; the moment of its arrival sorts them
"""

import hashlib
import hmac
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from core import environment
from core.data.own.names import display
from core.errors import DataError
from core.messages import say
from core.storage import path_aside, sweep, write_text

CLASSES = 50
PICTURES = 200  # of one class, taken with a camera
FILES = 5_000  # of one class, uploaded
ID = re.compile(r"[0-9a-f]{24}")
_NAME_LENGTH = 40  # letters of an upload's name: in any script, less than the 255 bytes that file systems allow
_LOCK_POLL = 0.005  # seconds


@dataclass(frozen=True)
class Picture:
    """One picture of the set, by its id and its file."""

    id: str
    name: str  # of the file that was uploaded; "" for one that a camera took
    path: Path


@dataclass(frozen=True)
class Category:
    """A class and its pictures, in the order of their arrival."""

    id: str
    name: str
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Gathering:
    """What an owner has gathered so far."""

    owner: str
    classes: tuple[Category, ...] = ()
    key_digest: str = ""  # "" while nobody else may add
    run: str = ""  # the last run that was trained on these pictures
    trained: str = ""  # the version that it was trained on
    prepared: str = ""  # the set that was imported of these pictures in advance
    prepared_version: str = ""

    @property
    def version(self) -> str:
        """The same for the same pictures in the same classes."""
        content = [(one.name, [picture.id for picture in one.pictures]) for one in self.classes]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]

    @property
    def pictures(self) -> int:
        """How many there are in all classes."""
        return sum(len(one.pictures) for one in self.classes)


def root() -> Path:
    """The folder of everything that is being gathered."""
    return environment.state_dir() / "gathering"


def folder(owner: str) -> Path:
    """The folder of an owner's pictures."""
    return root() / _set_id(owner)


def _set_id(owner: str) -> str:
    """A name for links, from which nobody learns the owner."""
    return hashlib.sha256(f"gathering {owner}".encode()).hexdigest()[:16]


def of(owner: str) -> Gathering:
    """What `owner` has gathered; nothing where there is nothing."""
    place = folder(owner)
    about = read(place)
    if about is None:
        return Gathering(owner)
    classes = tuple(Category(one["id"], one["name"], _pictures(place / one["id"])) for one in about["classes"])
    return Gathering(**{**about, "classes": classes})


def read(place: Path) -> dict[str, Any] | None:
    """What `set.json` says; None where there is nothing."""
    try:
        return json.loads((place / "set.json").read_text("utf-8"))  # type: ignore[no-any-return]
    except FileNotFoundError:
        return None


def _pictures(place: Path) -> tuple[Picture, ...]:
    try:
        names = sorted(os.listdir(place))
    except FileNotFoundError:  # no picture yet
        return ()
    parts = [(name, *name.split(" ", 2)) for name in names if not name.startswith(".")]
    return tuple(Picture(id_, name, place / file) for file, _moment, id_, name in parts)


@dataclass
class Change:
    """What was gathered; the next state takes its place."""

    state: Gathering


@contextmanager
def changing(owner: str) -> Iterator[Change]:
    """What was gathered, for one writer at a time; what the block puts in its place is saved. Raises DataError."""
    place = folder(owner)
    try:
        place.mkdir(parents=True, exist_ok=True)
        with FileLock(root() / f"{place.name}.lock", poll_interval=_LOCK_POLL):
            before = of(owner)
            change = Change(before)
            yield change
            if change.state is not before:
                _save(place, change.state)
    except OSError as error:
        message = say("The pictures can't be saved ({reason}). Free some disk space.", reason=error.strerror or "")
        raise DataError(message) from error


def _save(place: Path, state: Gathering) -> None:
    about = {name: value for name, value in vars(state).items() if name != "classes"}
    about["classes"] = [{"id": one.id, "name": one.name} for one in state.classes]
    place.mkdir(parents=True, exist_ok=True)
    write_text(place / "set.json", json.dumps(about))


# --- classes ------------------------------------------------------------------------------------------------------


def add_class(owner: str, name: str) -> Category:
    """A new class, or the one that has this name already. Raises DataError."""
    with changing(owner) as change:
        state = change.state
        shown = _class_name(name)
        for one in state.classes:
            if one.name == shown:
                return one
        if len(state.classes) >= CLASSES:
            raise DataError(say("A set can have {most} classes. Remove one first.", most=CLASSES))
        added = Category(secrets.token_hex(6), shown)
        change.state = replace(state, classes=(*state.classes, added))
        return added


def rename_class(owner: str, category: str, name: str) -> None:
    """Give a class another name. Raises DataError where it has none, another class has it, or the class is gone."""
    with changing(owner) as change:
        state, shown = change.state, _class_name(name)
        _class_of(state, category)
        if any(one.name == shown and one.id != category for one in state.classes):
            raise DataError(say("There is a class {name} already. Choose another name.", name=shown))
        classes = [replace(one, name=shown) if one.id == category else one for one in state.classes]
        change.state = replace(state, classes=tuple(classes))


def remove_class(owner: str, category: str) -> None:
    """Delete a class with its pictures. Raises DataError where it is gone."""
    with changing(owner) as change:
        state = change.state
        _class_of(state, category)
        change.state = replace(state, classes=tuple(one for one in state.classes if one.id != category))
        shutil.rmtree(folder(owner) / category, ignore_errors=True)


def _class_name(name: str) -> str:
    if shown := display(name, 60):
        return shown
    raise DataError(say("A class has no name. Name each class before you add images to it."))


def _class_of(state: Gathering, category: str) -> Category:
    for one in state.classes:
        if one.id == category:
            return one
    raise DataError(say("This class doesn't exist any more. Choose another."))


# --- pictures -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class New:
    """A picture to add."""

    data: bytes
    id: str = field(default_factory=lambda: secrets.token_hex(12))
    name: str = ""


def add(owner: str, category: str, pictures: list[New], most: int = PICTURES) -> None:
    """Add pictures to a class, each once: an id that is there already came twice over a bad connection.

    Checks neither content nor room on the disk (see `decoders` and `quota`).

    Raises:
        DataError: the class is gone or has `most` pictures; then none of them is kept.
    """
    place = folder(owner) / category
    with changing(owner) as change:
        known = _class_of(change.state, category).pictures
        fresh = [one for one in pictures if one.id not in {picture.id for picture in known}]
        if len(known) + len(fresh) > most:
            raise DataError(say("A class can have {most} pictures. Delete some first.", most=most))
        place.mkdir(exist_ok=True)
        for one in fresh:
            _write(place, one)
        os.utime(place.parent / "set.json")  # its age is the time since the last picture
        sweep(place)


def _write(place: Path, picture: New) -> None:
    if not ID.fullmatch(picture.id):
        raise ValueError("a picture's id has 24 hexadecimal digits")
    name = display(picture.name, _NAME_LENGTH).replace("/", "_")
    aside = path_aside(place)
    try:
        aside.write_bytes(picture.data)
        os.replace(aside, place / f"{time.time_ns():020d} {picture.id} {name}")
    finally:
        aside.unlink(missing_ok=True)


def find(owner: str, picture: str) -> Picture:
    """A picture by its id. Raises DataError."""
    for one in of(owner).classes:
        for found in one.pictures:
            if found.id == picture:
                return found
    raise DataError(say("This picture doesn't exist any more."))


def remove_picture(owner: str, picture: str) -> None:
    """Delete a picture. Raises DataError where it is gone."""
    find(owner, picture).path.unlink(missing_ok=True)


# --- others who add -----------------------------------------------------------------------------------------------


def let_others_add(owner: str) -> str:
    """A new key for the link "add photos to this set"; an older one ends. Only its digest is kept. Raises DataError."""
    secret = secrets.token_urlsafe(18)
    with changing(owner) as change:
        change.state = replace(change.state, key_digest=_digest(secret))
    return f"{_set_id(owner)}.{secret}"


def let_nobody_add(owner: str) -> None:
    """End the link. Raises DataError where this can't be written."""
    with changing(owner) as change:
        change.state = replace(change.state, key_digest="")


def owner_by(key: str) -> str:
    """Whose set this key adds to. Raises DataError, in the same words for a wrong key and a closed set."""
    set_id, _dot, secret = key.partition(".")
    about = read(root() / set_id) if re.fullmatch("[0-9a-f]{16}", set_id) else None
    digest = str(about["key_digest"]) if about else ""
    if not hmac.compare_digest(_digest(secret), digest) or about is None:
        raise DataError(
            say("This link doesn't add pictures any more. Ask the person who gave it to you for a new one.")
        )
    return str(about["owner"])


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
