"""A damaged database file is set aside, whole, so that the app starts with a new one and nothing is overwritten."""

import logging
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

_log = logging.getLogger(__package__)
_MARK = "damaged"
_BESIDE = ("", "-wal", "-shm")  # a SQLite database is up to three files


def set_damaged_aside(url: str) -> Path | None:
    """Rename a damaged SQLite file, with its date in the name; returns the new path, None where nothing was damaged.

    To be called before the database is opened for the first time. A database that is only busy isn't damaged.
    """
    file = _file(url)
    if file is None or not file.exists() or _whole(file):
        return None
    aside = file.with_name(f"{file.stem}-{_MARK}-{time.strftime('%Y-%m-%d-%H%M%S')}{file.suffix}")
    for ending in _BESIDE:
        part = file.with_name(file.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    _log.error("the database %s is damaged: it is kept as %s, and a new one begins", file.name, aside.name)
    return aside


def set_aside(url: str) -> list[Path]:
    """The damaged databases that were set aside and that nobody has moved or deleted since, the oldest first."""
    file = _file(url)
    return sorted(file.parent.glob(f"{file.stem}-{_MARK}-*{file.suffix}")) if file else []


def _whole(file: Path) -> bool:
    try:
        with closing(sqlite3.connect(file, timeout=5)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.OperationalError as error:
        # Locked, or no room for its log: both pass. What can't be opened at all doesn't.
        return "malformed" not in str(error)
    except sqlite3.DatabaseError:
        return False


def _file(url: str) -> Path | None:
    """The file of a SQLite database; None for any other, and for one in memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return None
    return Path(parsed.database)
