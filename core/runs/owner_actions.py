"""What becomes of a run's record and files: its owner names it, trains it longer or deletes it, old files make room.

The database decides each time whose run it is and whether the run's state allows it, in the statement that changes it.
"""

import shutil
import time

from sqlalchemy import delete as delete_from
from sqlalchemy import select, update

from core import environment
from core.errors import RunError
from core.messages import say
from core.runs.first_run import OWNER
from core.runs.schema import owners, runs
from core.runs.state import ACTIVE, ENDED, State
from core.runs.store import FRESH, UNLOST, Store, check_waiting
from core.storage import size_of
from core.training import run_files

NAME_LENGTH, REMARK_LENGTH, NICKNAME_LENGTH = 80, 2_000, 40  # characters
MOST_EPOCHS = 10_000
# Their learning rate depends on how many epochs there are: a longer run would have had other rates from the start.
PLANNED_SCHEDULES = ("cosine", "one_cycle")


def describe(store: Store, run_id: str, *, owner: str, name: str, remark: str) -> None:
    """Give a run another name, and a remark or an empty one.

    Raises:
        RunError: the run belongs to another browser, or the texts are empty or too long.
    """
    store.owned(run_id, owner)
    name, remark = " ".join(name.split()), remark.strip()
    if not name:
        raise RunError(say("A run needs a name. Write one or two words."))
    if len(name) > NAME_LENGTH or len(remark) > REMARK_LENGTH:
        raise RunError(
            say(
                "That is too long. A name has at most {name} letters, a note {note}.",
                name=NAME_LENGTH,
                note=REMARK_LENGTH,
            )
        )
    mine = update(runs).where(runs.c.id == run_id, runs.c.owner == owner)
    with store.database.begin() as connection:
        connection.execute(mine.values(name=name, remark=remark or None))


def delete(store: Store, run_id: str, *, owner: str) -> None:
    """Remove a run that no process works on, with its curves, weights and all other files.

    Raises:
        RunError: the run belongs to another browser, or it still trains.
    """
    store.owned(run_id, owner)
    idle = delete_from(runs).where(runs.c.id == run_id, runs.c.owner == owner, runs.c.state.not_in(ACTIVE))
    with store.database.begin() as connection:
        if connection.execute(idle).rowcount == 0:
            raise RunError(say("This run still trains. Stop it first, then delete it."))
    shutil.rmtree(run_files.folder(run_id), ignore_errors=True)


def has_weights(run_id: str) -> bool:
    """Whether the weights of a best epoch are on the disk."""
    return run_files.best_weights(run_id).exists()


def make_room(store: Store) -> None:
    """Remove the files of the runs that ended longest ago, until those of all take no more than they may.

    What is in the database stays: settings, curves, results. The app's own network stays whole, and so do the last run
    that ended, whatever its size, and those that others in line begin with.
    """
    space = size_of(run_files.folder("")) - environment.runs_bytes()
    if space <= 0:
        return
    needed = {run.config.transfer.weights for run in store.recent(1_000, states=(State.QUEUED, *ACTIVE))}
    ended = select(runs.c.id).where(runs.c.state.in_(ENDED), runs.c.owner != OWNER).order_by(runs.c.finished_at)
    with store.database.connect() as connection:
        oldest = [run_id for run_id in connection.scalars(ended) if run_id not in needed]
    for run_id in oldest[:-1]:
        if space <= 0:
            return
        folder = run_files.folder(run_id)
        space -= size_of(folder)
        shutil.rmtree(folder, ignore_errors=True)


def train_longer(store: Store, run_id: str, *, owner: str, more: int) -> None:
    """Queue a finished run for `more` epochs. It goes on with the numbers that a longer run would have had.

    Raises:
        RunError: the run belongs to another browser, or it can't go on.
    """
    run = store.owned(run_id, owner)
    config = run.config
    epochs = config.epochs + more
    if more < 1 or epochs > MOST_EPOCHS:
        raise RunError(say("Choose at least one epoch more, and {most} in all at most.", most=MOST_EPOCHS))
    if config.scheduler.name in PLANNED_SCHEDULES:
        raise RunError(
            say(
                "Its learning rate was planned for {epochs} epochs: a longer run would have been another one from its "
                "first step. Train again from its settings with more epochs.",
                epochs=config.epochs,
            )
        )
    if run.state == State.FINISHED and run.epoch < config.epochs:
        raise RunError(
            say(
                "It ended early, because its accuracy no longer improved, and would end at once again. "
                "Train again from its settings without stopping early."
            )
        )
    longer = config.model_copy(update={"epochs": epochs})
    finished = update(runs).where(runs.c.id == run_id, runs.c.owner == owner, runs.c.state == State.FINISHED)
    values = {
        "state": State.QUEUED,
        "queued_at": time.time(),
        "epochs": epochs,
        "config": longer.to_json(),
    }
    with store.database.begin() as connection:
        check_waiting(connection, owner)
        if connection.execute(finished.values(**values, **FRESH, **UNLOST)).rowcount == 0:
            raise RunError(say("Only a finished run can be trained longer. This one is {state}.", state=run.state))


def nickname(store: Store, owner: str) -> str:
    """What this owner wants to be called, empty where nothing was said."""
    with store.database.connect() as connection:
        return connection.scalar(select(owners.c.nickname).where(owners.c.owner == owner)) or ""


def sign(store: Store, *, owner: str, nickname: str) -> None:
    """Show this name beside all runs of the owner; an empty one takes it away.

    Raises:
        RunError: it is too long.
    """
    name = " ".join(nickname.split())
    if len(name) > NICKNAME_LENGTH:
        raise RunError(say("A nickname has at most {number} letters.", number=NICKNAME_LENGTH))
    with store.database.begin() as connection:
        connection.execute(delete_from(owners).where(owners.c.owner == owner))
        if name:
            connection.execute(owners.insert().values(owner=owner, nickname=name))
