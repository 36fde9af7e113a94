"""What a teacher does with the whole class: send everyone to one place, lock settings, pause, go on, show one run."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, select, update

from core.classes.room import check_teacher
from core.config import RunConfig
from core.errors import ClassError
from core.messages import say
from core.runs import store
from core.runs.membership import LOCKABLE
from core.runs.schema import classes, members, now, runs
from core.runs.state import ACTIVE, State
from core.runs.store import FRESH


def start_here(
    database: Engine, class_id: str, *, teacher: str, page: str, query: Mapping[str, str], config: RunConfig | None
) -> None:
    """Show everybody a link to this page with this query. `config` is what the link's settings amount to.

    Without settings in the link, those of the class's last start stay what locks compare with.
    """
    with database.begin() as connection:
        check_teacher(connection, class_id, teacher)
        before = connection.scalar(select(classes.c.start).where(classes.c.id == class_id)) or {}
        settings = config.to_json() if config else before.get("config")
        start = {"page": page, "query": dict(query), "config": settings}
        connection.execute(update(classes).where(classes.c.id == class_id).values(start=start))


def lock(database: Engine, class_id: str, unlocked: Collection[str] | None, *, teacher: str) -> None:
    """Let pupils change only these settings, names of `LOCKABLE`; None lets them change all.

    Raises:
        ClassError: there is no such setting, or the class has no start to compare with.
    """
    wanted = None if unlocked is None else [name for name in LOCKABLE if name in unlocked]
    if wanted is not None and len(wanted) != len(set(unlocked or ())):
        raise ClassError(say("There is no such setting to unlock. Reload the page."))
    with database.begin() as connection:
        check_teacher(connection, class_id, teacher)
        start = connection.scalar(select(classes.c.start).where(classes.c.id == class_id)) or {}
        if wanted is not None and not start.get("config"):
            raise ClassError(say("Choose first where everyone starts: the lock keeps its settings."))
        connection.execute(update(classes).where(classes.c.id == class_id).values(unlocked=wanted))


def pause(database: Engine, class_id: str, *, teacher: str) -> None:
    """Pause every run of the pupils: each saves a checkpoint after its current batch. New runs wait, too."""
    with database.begin() as connection:
        check_teacher(connection, class_id, teacher)
        connection.execute(update(classes).where(classes.c.id == class_id).values(paused=True))
        waiting = update(runs).where(_of_pupils(class_id), runs.c.state == State.QUEUED)
        connection.execute(waiting.values(state=State.PAUSED))
        # A run that its owner is stopping already stays stopped.
        running = update(runs).where(_of_pupils(class_id), runs.c.state.in_(ACTIVE), runs.c.stop_requested_at.is_(None))
        connection.execute(running.values(stop_requested_at=now(), stop_as=State.PAUSED))
        again = update(runs).where(_of_pupils(class_id), runs.c.state.in_(ACTIVE), runs.c.stop_as == State.QUEUED)
        connection.execute(again.values(stop_as=State.PAUSED))


def go_on(database: Engine, class_id: str, *, teacher: str) -> None:
    """Let every paused run go on from its checkpoint, with the same numbers as without the pause."""
    with database.begin() as connection:
        check_teacher(connection, class_id, teacher)
        connection.execute(update(classes).where(classes.c.id == class_id).values(paused=False))
        # First those that haven't stopped yet: they queue again by themselves.
        stopping = update(runs).where(_of_pupils(class_id), runs.c.state.in_(ACTIVE), runs.c.stop_as == State.PAUSED)
        connection.execute(stopping.values(stop_as=State.QUEUED))
        paused = update(runs).where(_of_pupils(class_id), runs.c.state == State.PAUSED)
        connection.execute(paused.values(state=State.QUEUED, **FRESH))


def stop_run(database: Engine, class_id: str, run_id: str, *, teacher: str) -> None:
    """Stop one run of the class, as its owner would."""
    with database.begin() as connection:
        check_teacher(connection, class_id, teacher)
        store.stop(connection, runs.c.id == run_id, runs.c.class_id == class_id)


def spotlight(database: Engine, class_id: str, run_id: str | None, *, teacher: str) -> None:
    """Show one run of the class on everybody's page; None ends it.

    Raises:
        ClassError: the run isn't one of the class, or on images that only the teacher and their owner see.
    """
    with database.begin() as connection:
        check_teacher(connection, class_id, teacher)
        if run_id is not None:
            mine = select(runs.c.dataset).where(runs.c.id == run_id, runs.c.class_id == class_id)
            dataset = connection.scalar(mine)
            if dataset is None:
                raise ClassError(say("This run isn't one of the class."))
            if dataset.startswith("images-"):
                raise ClassError(say("This run learns from a pupil's own images, which the others may not see."))
        connection.execute(update(classes).where(classes.c.id == class_id).values(spotlight=run_id))


def _of_pupils(class_id: str) -> ColumnElement[bool]:
    """The runs of the class, but for the teacher's own, which show something while the others wait."""
    teachers = select(members.c.owner).where(members.c.class_id == class_id, members.c.teacher)
    return and_(runs.c.class_id == class_id, runs.c.owner.not_in(teachers))


def start_of(room_start: Mapping[str, Any] | None) -> tuple[str, dict[str, str]] | None:
    """The page and the query where everyone starts, if the teacher chose any."""
    if not room_start or not room_start.get("page"):
        return None
    return str(room_start["page"]), dict(room_start["query"])
