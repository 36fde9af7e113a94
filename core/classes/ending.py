"""The end of a class: its results, and the deletion of everything that it left on this server."""

import logging
import math
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Engine, delete, select, update

from core import environment
from core.classes.room import check_teacher
from core.data import held_back
from core.data.own import gathered, stored
from core.errors import ClassError, DataError
from core.messages import say
from core.runs import store
from core.runs.schema import classes, members, now, runs, submissions
from core.runs.state import ACTIVE, State
from core.spreadsheet import SHEETS, Sheet, as_csv
from core.training import run_files

_log = logging.getLogger(__package__)
STOP_SECONDS = 20.0  # what runs get to save and stop before they are deleted
_DAY, _HOUR = 86_400.0, 3_600.0


@dataclass(frozen=True)
class Result:
    """One run of a class, for its table."""

    nickname: str
    run_id: str
    run: str
    recipe: str | None
    state: State
    epochs: int
    best_accuracy: float | None  # 0..1
    seconds: float
    config: str  # RunConfig as JSON


def results(database: Engine, class_id: str, *, teacher: str) -> list[Result]:
    """All runs of the pupils, by nickname and time. Raises ClassError unless this browser leads the class."""
    query = (
        select(
            members.c.nickname, runs.c.id, runs.c.name, runs.c.recipe, runs.c.state, runs.c.epoch,
            runs.c.best_val_accuracy, runs.c.seconds, runs.c.config,
        )
        .join(members, (members.c.class_id == runs.c.class_id) & (members.c.owner == runs.c.owner))
        .where(runs.c.class_id == class_id, members.c.teacher.is_(False))
        .order_by(members.c.nickname, runs.c.queued_at)
    )  # fmt: skip
    with database.connect() as connection:
        check_teacher(connection, class_id, teacher)
        return [Result(*row[:4], State(row.state), *row[5:]) for row in connection.execute(query)]


def results_csv(found: list[Result], sheet: Sheet = SHEETS["point"]) -> str:
    """A row for each run: nickname, run, recipe, state, epochs, best accuracy (0..1), seconds."""
    columns = ["nickname", "run", "recipe", "state", "epochs", "best_validation_accuracy", "seconds", "run_id"]
    rows = [
        (
            one.nickname,
            one.run,
            one.recipe or "",
            str(one.state),
            one.epochs,
            "" if one.best_accuracy is None else one.best_accuracy,
            one.seconds,
            one.run_id,
        )
        for one in found
    ]
    return as_csv(columns, rows, sheet)


def best_runs(found: list[Result]) -> dict[str, Result]:
    """The best run of each pupil that has one, by nickname."""
    best: dict[str, Result] = {}
    for one in found:
        known = best.get(one.nickname)
        if one.best_accuracy is not None and (known is None or one.best_accuracy > (known.best_accuracy or 0.0)):
            best[one.nickname] = one
    return best


def end(database: Engine, class_id: str, *, teacher: str) -> None:
    """End the class now: nobody joins any more, what runs stops, and pupils are visitors like others."""
    with database.begin() as connection:
        check_teacher(connection, class_id, teacher)
        _end(connection, class_id)


def _end(connection: Connection, class_id: str) -> None:
    open_still = update(classes).where(classes.c.id == class_id, classes.c.ended_at.is_(None))
    connection.execute(open_still.values(ended_at=now(), spotlight=None))
    store.stop(connection, runs.c.class_id == class_id)


def delete_all(database: Engine, class_id: str, *, teacher: str, patience: float = STOP_SECONDS) -> None:
    """Delete everything of the class: runs with their files, images that its pupils brought, nicknames, the class.

    Runs that train are stopped first, for at most `patience` seconds.

    Raises:
        ClassError: this browser doesn't lead the class, or a run didn't stop; then nothing is deleted.
    """
    end(database, class_id, teacher=teacher)
    wait_for_end(database, runs.c.class_id == class_id, patience=patience)
    _delete_images(database, class_id)
    _delete_rest(database, class_id)


def wait_for_end(database: Engine, *which: ColumnElement[bool], patience: float = STOP_SECONDS) -> None:
    """Wait until none of these runs trains. Raises ClassError where one still does after `patience` seconds."""
    until = time.monotonic() + patience
    while _trains(database, *which):
        if time.monotonic() > until:
            raise ClassError(say("A run still trains. Wait a moment, then delete again."))
        time.sleep(0.1)


def _trains(database: Engine, *which: ColumnElement[bool]) -> bool:
    with database.connect() as connection:
        active = select(runs.c.id).where(*which, runs.c.state.in_(ACTIVE)).limit(1)
        return connection.scalar(active) is not None


def _delete_rest(database: Engine, class_id: str) -> None:
    """Delete all runs, the nicknames, the board and the class."""
    delete_runs(database, runs.c.class_id == class_id)
    with database.begin() as connection:
        board = connection.scalar(select(classes.c.board).where(classes.c.id == class_id))
        for table in (submissions, members):
            connection.execute(delete(table).where(table.c.class_id == class_id))
        connection.execute(delete(classes).where(classes.c.id == class_id))
    if board:
        held_back.forget(board)
    _log.info("class %s deleted", class_id)


def delete_runs(database: Engine, *which: ColumnElement[bool]) -> None:
    """Delete runs with their files. They must have ended."""
    with database.connect() as connection:
        found = list(connection.scalars(select(runs.c.id).where(*which)))
    for run_id in found:
        with database.begin() as connection:
            connection.execute(delete(runs).where(runs.c.id == run_id))
        shutil.rmtree(run_files.folder(run_id), ignore_errors=True)


def _delete_images(database: Engine, class_id: str) -> None:
    """Delete the images that pupils imported since the class began, and all runs on images, which hold pictures too."""
    query = select(members.c.owner, classes.c.opened_at).join(classes, classes.c.id == members.c.class_id)
    query = query.where(members.c.class_id == class_id, members.c.teacher.is_(False))
    with database.connect() as connection:
        opened = {row.owner: row.opened_at for row in connection.execute(query)}
    if opened:
        earlier = set(stored.imported_before(min(opened.values())))
        brought = [one for one in stored.imported_before(math.inf) if one not in earlier and one[1] in opened]
        for name, owner in brought:
            with suppress(DataError):  # gone already
                stored.forget(name, owner)
        for owner in opened.keys() - set(gathered.gathered_before(min(opened.values()))):
            gathered.forget(owner)
    delete_runs(database, runs.c.class_id == class_id, runs.c.dataset.startswith("images-"))


def expire(database: Engine) -> None:
    """End classes that nobody used for long; delete their images after some hours and all else after some days."""
    with database.begin() as connection:
        silent = select(classes.c.id).where(
            classes.c.ended_at.is_(None), classes.c.active_at + classes.c.idle_seconds <= now()
        )
        for class_id in connection.scalars(silent).all():
            _end(connection, class_id)
    with database.connect() as connection:
        over = connection.execute(
            select(classes.c.id, (now() - classes.c.ended_at).label("since")).where(classes.c.ended_at.is_not(None))
        ).all()
    for class_id, since in over:
        if _trains(database, runs.c.class_id == class_id):
            continue  # next time
        if since > environment.class_images_hours() * _HOUR:
            _delete_images(database, class_id)
        if since > environment.class_days() * _DAY:
            _delete_rest(database, class_id)
