"""The board of a class: runs are scored on images that the board keeps back (`core.data.held_back`).

Pupils submit runs, and see their score on the public half. By the Ladder rule (Blum and Hardt, 2015) a new score takes
the place of the old one only where it is better by more than chance; otherwise not even its owner learns it. So nobody
climbs by trying again and again what happens to fit these images. At the reveal, the private half decides.
"""

import csv
import io
import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, func, select, update
from sqlalchemy.exc import IntegrityError

from core.classes.room import check_teacher
from core.config import RunConfig, from_json
from core.data import held_back
from core.data.builtin import photo_sets
from core.data.catalog import DATASETS, POINTS
from core.errors import ClassError
from core.messages import say
from core.runs.membership import is_open
from core.runs.schema import classes, members, now, runs, submissions
from core.runs.state import ENDED

# A task for `core.runs.tasks`. Its argument is the submission's id.
SCORE = "core.classes.scoring:score"
TRIES, MOST_TRIES = 5, 50
SHARE, SMALLEST_SHARE, LARGEST_SHARE = 0.2, 0.1, 0.5  # of the images
_ANCESTORS = 20  # runs that start with each other's weights, one after another

Right = NDArray[np.bool_]


@dataclass(frozen=True)
class Standing:
    """A pupil on the board. Scores are accuracies, 0..1; equal scores share a place."""

    owner: str
    nickname: str
    run_id: str
    public: float
    public_place: int
    tries: int  # submissions so far
    private: float | None = None  # None before the reveal
    private_place: int | None = None


@dataclass(frozen=True)
class Submission:
    """One of a pupil's own submissions. `stands` tells whether it took the place of those before; None: not scored."""

    id: int
    run_id: str
    run: str | None  # the run's name; None where it was deleted
    stands: bool | None


def datasets() -> list[str]:
    """The data sets that a board can keep images of."""
    return [name for name in DATASETS if name != POINTS and name not in photo_sets.TITLES]


def open_board(
    database: Engine, class_id: str, dataset: str, *, teacher: str, share: float = SHARE, tries: int = TRIES
) -> None:
    """Keep a share of a data set's images back from now on, and let each pupil submit so many runs.

    Raises:
        ClassError: this browser doesn't lead the class, it has a board, or the values don't fit.
    """
    if dataset not in datasets():
        raise ClassError(say("A board needs one of the data sets that come with the app. Choose another one."))
    if not SMALLEST_SHARE <= share <= LARGEST_SHARE or not 1 <= tries <= MOST_TRIES:
        raise ClassError(
            say(
                "A board keeps {least} to {most} % of the images back and takes 1 to {tries} runs of each pupil.",
                least=round(100 * SMALLEST_SHARE),
                most=round(100 * LARGEST_SHARE),
                tries=MOST_TRIES,
            )
        )
    board = secrets.token_hex(6)
    values = {"board": board, "board_dataset": dataset, "board_tries": tries}
    free = update(classes).where(classes.c.id == class_id, classes.c.board.is_(None))
    held_back.make(board, share)
    try:
        with database.begin() as connection:
            check_teacher(connection, class_id, teacher)
            if connection.execute(free.values(**values)).rowcount == 0:
                raise ClassError(say("This class has a board already. It stays until the class is deleted."))
    except BaseException:
        held_back.forget(board)
        raise


# --- submitting ---------------------------------------------------------------------------------------------------


def submit(database: Engine, class_id: str, run_id: str, *, owner: str) -> int:
    """Submit an ended run. It takes one of the pupil's tries, whatever its score. Returns the submission's id.

    Raises:
        ClassError: the run isn't the pupil's or may not be submitted, or no try is left.
    """
    try:
        with database.begin() as connection:
            _lock(connection, class_id)
            board, tries = _open_board(connection, class_id, owner)
            _check_run(connection, class_id, run_id, owner, board)
            mine = select(func.count()).where(submissions.c.class_id == class_id, submissions.c.owner == owner)
            if (connection.scalar(mine) or 0) >= tries:
                raise ClassError(say("You have used all your tries: {number}.", number=tries))
            row = {"class_id": class_id, "owner": owner, "run_id": run_id, "submitted_at": now()}
            new = submissions.insert().values(**row).returning(submissions.c.id)
            return int(connection.execute(new).scalar_one())
    except IntegrityError:
        raise ClassError(say("You submitted this run already. Choose another one.")) from None


def _lock(connection: Connection, class_id: str) -> None:
    """Let one submission of the class after another be counted and compared."""
    connection.execute(update(classes).where(classes.c.id == class_id).values(board=classes.c.board))


def _open_board(connection: Connection, class_id: str, owner: str) -> tuple[str, int]:
    """The board's id and the tries. Raises ClassError where this member can submit nothing."""
    query = (
        select(classes.c.board, classes.c.board_tries, classes.c.revealed_at)
        .join(members, members.c.class_id == classes.c.id)
        .where(classes.c.id == class_id, members.c.owner == owner, members.c.removed_at.is_(None), is_open())
    )
    row = connection.execute(query).first()
    if row is None or row.board is None:
        raise ClassError(say("This class has no board. Ask your teacher."))
    if row.revealed_at is not None:
        raise ClassError(say("The result is revealed, so the board takes no more runs."))
    return str(row.board), int(row.board_tries)


def _check_run(connection: Connection, class_id: str, run_id: str, owner: str, board: str) -> None:
    mine = (runs.c.id == run_id, runs.c.class_id == class_id, runs.c.owner == owner)
    row = connection.execute(select(runs.c.config, runs.c.state, runs.c.best_epoch).where(*mine)).first()
    if row is None:
        raise ClassError(say("This isn't one of your runs in this class. Choose another one."))
    if row.state not in ENDED or row.best_epoch is None:
        raise ClassError(say("This run has no result yet. Wait until it has finished."))
    _check_origin(connection, from_json(row.config), board)


def _check_origin(connection: Connection, config: RunConfig, board: str) -> None:
    """Raises ClassError where the network, or one whose weights it started with, may know the images kept back."""
    dataset = config.data.dataset
    if config.data.board != board:
        raise ClassError(
            say("This run was started before the board, or on other images, so it can't be compared. Train a new one.")
        )
    for _generation in range(_ANCESTORS):
        if not config.transfer.of_run:
            return
        before = connection.scalar(select(runs.c.config).where(runs.c.id == config.transfer.weights))
        config = from_json(before) if before else config
        related = before is None or held_back.same_images(config.data.dataset, dataset)
        if related and (before is None or config.data.board != board):
            break
    raise ClassError(
        say("This run began with the weights of one that may know the hidden images. Train one with other weights.")
    )


def submittable(database: Engine, class_id: str, board: str, *, owner: str) -> list[tuple[str, str, float]]:
    """Id, name and validation accuracy (0..1) of the pupil's runs that may be submitted, the newest first."""
    sent = select(submissions.c.run_id).where(submissions.c.class_id == class_id)
    query = (
        select(runs.c.id, runs.c.name, runs.c.best_val_accuracy)
        .where(runs.c.class_id == class_id, runs.c.owner == owner, runs.c.state.in_(ENDED), runs.c.id.not_in(sent))
        .where(runs.c.best_epoch.is_not(None), runs.c.config.contains(f'"board":"{board}"'))
        .order_by(runs.c.queued_at.desc())
    )
    with database.connect() as connection:
        return [(row.id, row.name, row.best_val_accuracy or 0.0) for row in connection.execute(query)]


def submitted(database: Engine, class_id: str, *, owner: str) -> list[Submission]:
    """The pupil's own submissions, the first one first. Without scores: nobody learns those that don't stand."""
    query = (
        select(submissions.c.id, submissions.c.run_id, runs.c.name, submissions.c.stands)
        .outerjoin(runs, runs.c.id == submissions.c.run_id)
        .where(submissions.c.class_id == class_id, submissions.c.owner == owner)
        .order_by(submissions.c.id)
    )
    with database.connect() as connection:
        return [Submission(*row) for row in connection.execute(query)]


# --- scoring, in a worker -----------------------------------------------------------------------------------------


def record(database: Engine, submission: int, public: Right, private: Right) -> None:
    """Store which images of each half the network got right, and whether the score takes the place of the old one."""
    with database.begin() as connection:
        row = connection.execute(select(submissions).where(submissions.c.id == submission)).first()
        if row is None or row.stands is not None:  # the class is gone, or another server was quicker
            return
        _lock(connection, row.class_id)
        before = (
            select(submissions.c.right)
            .where(submissions.c.class_id == row.class_id, submissions.c.owner == row.owner, submissions.c.stands)
            .order_by(submissions.c.id.desc())
            .limit(1)
        )
        packed = connection.scalar(before)
        values = {
            "public": float(public.mean()),
            "private": float(private.mean()),
            "right": np.packbits(public).tobytes(),
            "stands": packed is None or is_better(public, _unpacked(packed, len(public))),
        }
        connection.execute(update(submissions).where(submissions.c.id == submission).values(**values))


def _unpacked(packed: bytes, number: int) -> Right:
    return np.unpackbits(np.frombuffer(packed, np.uint8), count=number).astype(bool)


def is_better(new: Right, old: Right) -> bool:
    """Whether a network is better than another on the same N images by more than chance.

    The gain must exceed its standard error, that of the differences image by image (Blum and Hardt, 2015, "The Ladder:
    A Reliable Leaderboard for Machine Learning Competitions", algorithm 2).
    """
    gains = new.astype(float) - old.astype(float)
    return bool(gains.mean() > gains.std(ddof=1) / math.sqrt(len(gains)))


# --- the board ----------------------------------------------------------------------------------------------------


def standings(database: Engine, class_id: str, *, viewer: str) -> list[Standing]:
    """The pupils whose runs were scored: by the public half, and by the private one once it is revealed.

    Raises:
        ClassError: the viewer isn't in this class.
    """
    with database.connect() as connection:
        inside = (members.c.class_id == class_id, members.c.owner == viewer, members.c.removed_at.is_(None))
        if connection.scalar(select(members.c.owner).where(*inside)) is None:
            raise ClassError(say("Only members of this class see its board."))
        revealed = connection.scalar(select(classes.c.revealed_at).where(classes.c.id == class_id)) is not None
        found = [_standing(row, revealed) for row in connection.execute(_scored(class_id))]
    found = [replace(one, public_place=_place(one.public, [other.public for other in found])) for one in found]
    if revealed:
        privates = [one.private or 0.0 for one in found]
        found = [replace(one, private_place=_place(one.private or 0.0, privates)) for one in found]
    return sorted(found, key=lambda one: (one.private_place or one.public_place, one.public_place, one.nickname))


def standings_csv(found: Sequence[Standing]) -> str:
    """A row for each pupil on the board. Before the reveal the private columns are empty."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    table.writerow(["nickname", "run_id", "submissions", "public", "public_place", "private", "private_place"])
    for one in found:
        private = "" if one.private is None else f"{one.private:.4f}"
        row = [one.nickname, one.run_id, one.tries, f"{one.public:.4f}", one.public_place, private]
        table.writerow([*row, one.private_place or ""])
    return written.getvalue()


def _scored(class_id: str) -> Any:
    """The submission of each pupil that stands: one query. The private score is read, but told only at the reveal."""
    of_class = submissions.c.class_id == class_id
    last = func.max(submissions.c.id).label("last")
    standing = select(submissions.c.owner, last).where(of_class, submissions.c.stands)
    best = standing.group_by(submissions.c.owner).subquery()
    tried = select(submissions.c.owner, func.count().label("tries")).where(of_class)
    tries = tried.group_by(submissions.c.owner).subquery()
    return (
        select(submissions, members.c.nickname, tries.c.tries)
        .join(best, best.c.last == submissions.c.id)
        .join(tries, tries.c.owner == submissions.c.owner)
        .join(members, (members.c.class_id == class_id) & (members.c.owner == submissions.c.owner))
        .where(members.c.removed_at.is_(None), members.c.teacher.is_(False))
    )


def _standing(row: Any, revealed: bool) -> Standing:
    private = row.private if revealed else None
    return Standing(row.owner, row.nickname, row.run_id, row.public, 0, row.tries, private)


def _place(score: float, scores: Sequence[float]) -> int:
    return 1 + sum(other > score for other in scores)


def waiting(database: Engine, class_id: str) -> list[tuple[int, str]]:
    """Id and run of the submissions that aren't scored yet."""
    query = select(submissions.c.id, submissions.c.run_id).where(
        submissions.c.class_id == class_id, submissions.c.stands.is_(None)
    )
    with database.connect() as connection:
        return [(row.id, row.run_id) for row in connection.execute(query)]


def reveal(database: Engine, class_id: str, *, teacher: str) -> None:
    """Show everybody the private half, which decides. The board takes no more runs then.

    Raises:
        ClassError: this browser doesn't lead the class, or nothing has been scored.
    """
    with database.begin() as connection:
        check_teacher(connection, class_id, teacher)
        if connection.execute(_scored(class_id)).first() is None:
            raise ClassError(say("No run has a score yet. Let your pupils submit one first."))
        hidden = update(classes).where(classes.c.id == class_id, classes.c.revealed_at.is_(None))
        connection.execute(hidden.values(revealed_at=now()))
