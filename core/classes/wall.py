"""The wall: one tile for each pupil, read with five queries however many pupils and runs there are."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Connection, Engine, func, select

from core.classes.room import check_teacher
from core.messages import Message, as_message
from core.runs.schema import epochs, members, now, runs
from core.runs.state import ACTIVE, WAITING, State

IDLE_SECONDS = 180.0  # without a click and without a run: the pupil may be lost
SETTINGS_SECONDS = 60.0  # since somebody changed something on the page Train
SETTINGS = "settings"  # the page of somebody who prepares a run
SPARK_POINTS = 30
LONG_LINE_SECONDS = 120.0  # a wait that a teacher should know of

Doing = Literal[
    "joined",
    "settings",
    "waiting",
    "paused",
    "preparing",
    "training",
    "finished",
    "stopped",
    "diverged",
    "failed",
    "idle",
]
Order = Literal["name", "doing", "accuracy", "runs", "hand"]
# What needs help comes first, then what moves.
_URGENCY: tuple[Doing, ...] = (
    "failed", "diverged", "idle", "training", "preparing", "waiting", "paused", "settings", "joined", "stopped",
    "finished",
)  # fmt: skip
_OF_STATE: dict[State, Doing] = {
    State.QUEUED: "waiting",
    State.PAUSED: "paused",
    State.PREPARING: "preparing",
    State.RUNNING: "training",
    State.FINISHED: "finished",
    State.STOPPED: "stopped",
    State.DIVERGED: "diverged",
    State.FAILED: "failed",
}


@dataclass(frozen=True)
class Tile:
    """A pupil on the wall. `best` is the best validation accuracy (0..1) of all runs; the rest tells of the last."""

    owner: str
    nickname: str
    doing: Doing
    run_id: str | None
    best: float | None
    runs: int
    hand_seconds: float | None  # since the hand is up; None: it is down
    idle_seconds: float
    place: int | None = None  # in the line, from 1
    fraction: float | None = None  # of the training, 0..1
    curve: tuple[float, ...] = ()  # validation accuracies (0..1) by epoch
    note: Message | None = None  # why it ended

    @property
    def needs_help(self) -> bool:
        """Whether the teacher should look."""
        return self.hand_seconds is not None or self.doing in ("failed", "diverged", "idle")


@dataclass(frozen=True)
class Wall:
    """All tiles of a class, and the line of the server as it is for this class."""

    tiles: tuple[Tile, ...]
    waiting: int  # runs of the class that wait
    last_seconds: float | None  # until the last of them begins, roughly; None while unknown


def wall(database: Engine, class_id: str, line: list[str], slots: int, *, teacher: str) -> Wall:
    """The wall of a class as it is now.

    Args:
        line: The ids of all waiting runs of this server in their order (`Store.line`).
        slots: How many runs train at once.

    Raises:
        ClassError: this browser doesn't lead the class.
    """
    with database.connect() as connection:
        check_teacher(connection, class_id, teacher)
        rows = _rows(connection, class_id)
        curves = _curves(connection, [row["id"] for row in rows if row["id"] and row["epoch"]])
        usual = _usual_seconds(connection, class_id)
    places = {run_id: place for place, run_id in enumerate(line, 1)}
    tiles = tuple(_tile(row, places, curves.get(row["id"], ())) for row in rows)
    waiting = [places[tile.run_id] for tile in tiles if tile.run_id in places]
    last = max(waiting) / slots * usual if waiting and usual is not None else None
    return Wall(tiles, len(waiting), last)


def _rows(connection: Connection, class_id: str) -> list[dict[str, Any]]:
    """A row for each pupil with the last run: one query."""
    mine = select(
        runs,
        func.row_number().over(partition_by=runs.c.owner, order_by=runs.c.queued_at.desc()).label("newest"),
        func.count().over(partition_by=runs.c.owner).label("number"),
        func.max(runs.c.best_val_accuracy).over(partition_by=runs.c.owner).label("best"),
    ).where(runs.c.class_id == class_id)
    last = mine.subquery()
    columns = [last.c[name] for name in ("id", "state", "step", "total_steps", "epoch", "note", "number", "best")]
    query = (
        select(
            members.c.owner,
            members.c.nickname,
            members.c.page,
            (now() - members.c.acted_at).label("idle"),
            (now() - members.c.hand_at).label("hand"),
            *columns,
        )
        .outerjoin(last, (last.c.owner == members.c.owner) & (last.c.newest == 1))
        .where(members.c.class_id == class_id, members.c.teacher.is_(False), members.c.removed_at.is_(None))
        .order_by(members.c.nickname)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _curves(connection: Connection, run_ids: list[str]) -> dict[str, tuple[float, ...]]:
    """The accuracies of these runs by epoch, thinned to what a tile can show: one query."""
    if not run_ids:
        return {}
    longest = select(func.max(epochs.c.epoch)).where(epochs.c.run_id.in_(run_ids)).scalar_subquery()
    every = 1 + longest / SPARK_POINTS
    query = (
        select(epochs.c.run_id, epochs.c.val_accuracy)
        .where(epochs.c.run_id.in_(run_ids), epochs.c.val_accuracy.is_not(None), epochs.c.epoch % every == 0)
        .order_by(epochs.c.run_id, epochs.c.epoch)
    )
    found: dict[str, list[float]] = {}
    for run_id, accuracy in connection.execute(query):
        found.setdefault(run_id, []).append(accuracy)
    return {run_id: tuple(values) for run_id, values in found.items()}


def _usual_seconds(connection: Connection, class_id: str) -> float | None:
    """How long a run of this class takes on average. None while none has ended."""
    ended = (runs.c.class_id == class_id, runs.c.state == State.FINISHED)
    mean: float | None = connection.scalar(select(func.avg(runs.c.seconds)).where(*ended))
    return mean


def _tile(row: dict[str, Any], places: dict[str, int], curve: tuple[float, ...]) -> Tile:
    state = State(row["state"]) if row["state"] else None
    fraction = row["step"] / row["total_steps"] if row["step"] and row["total_steps"] else None
    return Tile(
        owner=row["owner"],
        nickname=row["nickname"],
        doing=_doing(state, row["page"], row["idle"]),
        run_id=row["id"],
        best=row["best"],
        runs=row["number"] or 0,
        hand_seconds=row["hand"],
        idle_seconds=max(0.0, row["idle"]),
        place=places.get(row["id"] or ""),
        fraction=fraction,
        curve=curve,
        note=as_message(row["note"]) if row["note"] and state in (State.FAILED, State.DIVERGED) else None,
    )


def _doing(state: State | None, page: str | None, idle: float) -> Doing:
    """One word for what a pupil does: a run that moves comes first, then what the pupil does now."""
    if state in (*WAITING, *ACTIVE):
        return _OF_STATE[state]
    if page == SETTINGS and idle < SETTINGS_SECONDS:
        return "settings"
    if idle > IDLE_SECONDS and state not in (State.FAILED, State.DIVERGED):
        return "idle"
    return _OF_STATE[state] if state else "joined"


def arranged(wall: Wall, order: Order, *, only_help: bool) -> Wall:
    """The wall with its tiles in another order, and all or only those that need help."""
    keys: dict[Order, Any] = {
        "name": lambda tile: tile.nickname,
        "doing": lambda tile: _URGENCY.index(tile.doing),
        "accuracy": lambda tile: -(tile.best if tile.best is not None else -1.0),
        "runs": lambda tile: -tile.runs,
        "hand": lambda tile: -(tile.hand_seconds if tile.hand_seconds is not None else -1.0),
    }
    kept = [tile for tile in wall.tiles if tile.needs_help or not only_help]
    return replace(wall, tiles=tuple(sorted(kept, key=keys[order])))
