"""What a class means for its members' runs: to which class a run belongs, and which settings it may have.

`core.classes` has all else about classes. This much stands here, because every way to start a run leads through the
store, and the store refuses what the teacher locked.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, select

from core.config import RunConfig, differences, from_json, title_of
from core.data.held_back import same_images
from core.errors import RunError
from core.messages import Message, say
from core.runs.schema import classes, members, now
from core.runs.state import State

# Settings as a teacher unlocks them: groups of paths. What follows from another choice is unlocked with it.
LOCKABLE: dict[str, tuple[str, ...]] = {
    "epochs": ("epochs", "early_stopping"),
    "batch_size": ("batch_size",),
    "optimizer.lr": ("optimizer.lr",),
    "optimizer": ("optimizer", "scheduler"),
    "model": ("model", "transfer", "loss"),
    "data": ("data",),
    "seed": ("seed", "shuffle"),
}
# What the machine and the records need isn't the lesson's: never locked.
_FREE = ("precision", "device", "threads", "probe")


@dataclass(frozen=True)
class Rules:
    """The class that an owner is in now, and what its teacher allows."""

    class_id: str
    teacher: bool
    paused: bool
    start: RunConfig | None  # where everyone starts
    unlocked: tuple[str, ...] | None  # of LOCKABLE; None: all settings may be changed
    board: str = ""  # of the class, see `core.data.held_back`; "" for none
    board_dataset: str = ""

    @property
    def locked(self) -> bool:
        """Whether the owner may change some settings only."""
        return self.unlocked is not None and self.start is not None and not self.teacher


def is_open() -> ColumnElement[bool]:
    """Whether a class is still going on, as SQL."""
    return classes.c.ended_at.is_(None) & (classes.c.active_at + classes.c.idle_seconds > now())


def rules_of(connection: Connection, owner: str) -> Rules | None:
    """The rules of the open class that the owner joined last. None outside of classes."""
    query = (
        select(
            members.c.class_id, members.c.teacher, classes.c.paused, classes.c.start, classes.c.unlocked,
            classes.c.board, classes.c.board_dataset,
        )
        .join(classes, classes.c.id == members.c.class_id)
        .where(members.c.owner == owner, members.c.removed_at.is_(None), is_open())
        .order_by(members.c.joined_at.desc())
        .limit(1)
    )  # fmt: skip
    row = connection.execute(query).first()
    if row is None:
        return None
    start = from_json(row.start["config"]) if row.start and row.start.get("config") else None
    unlocked = None if row.unlocked is None else tuple(row.unlocked)
    return Rules(row.class_id, row.teacher, row.paused, start, unlocked, row.board or "", row.board_dataset or "")


def with_board(rules: Rules | None, config: RunConfig) -> RunConfig:
    """The configuration without the images that the class's board keeps back; outside of a class with all of them."""
    board = rules.board if rules and rules.board and same_images(config.data.dataset, rules.board_dataset) else ""
    if config.data.board == board:
        return config
    return config.model_copy(update={"data": config.data.model_copy(update={"board": board})})


def waits_as(rules: Rules | None) -> State:
    """The state of a run that is queued now: a paused class waits as a whole."""
    return State.PAUSED if rules and rules.paused and not rules.teacher else State.QUEUED


def locked_changes(rules: Rules | None, config: RunConfig) -> list[str]:
    """The paths of locked settings in which the configuration differs from the class's start."""
    if rules is None or not rules.locked or rules.start is None:
        return []
    return [path for path in differences(config, rules.start) if is_locked(path, rules.unlocked or ())]


def is_locked(path: str, unlocked: Iterable[str]) -> bool:
    """Whether the setting at this dotted path may not be changed."""
    allowed = {*_FREE} | {prefix for name in unlocked for prefix in LOCKABLE.get(name, ())}
    return not any(path == prefix or path.startswith(f"{prefix}.") for prefix in allowed)


def check(rules: Rules | None, config: RunConfig) -> None:
    """Raises RunError where the teacher locked a setting that the configuration changes."""
    if changed := locked_changes(rules, config):
        raise RunError(
            say(
                "Your teacher locked this setting: {name}. Take the value of the class, then train.",
                name=_title(changed[0]),
            )
        )


def _title(path: str) -> Message | str:
    title = title_of(path)
    return Message(title) if title else path
