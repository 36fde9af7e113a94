"""What owners do with their runs (rename, train longer, delete), and removing old files to make room.

Each statement that changes a run also checks the owner and the state.
"""

import shutil

from sqlalchemy import delete as delete_from
from sqlalchemy import select, update

from core import environment
from core.data.own import stored
from core.errors import RunError
from core.messages import say, visible
from core.runs import access, membership
from core.runs.first_run import OWNER
from core.runs.line import check_waiting, origin_of
from core.runs.schema import now, owners, runs
from core.runs.state import ACTIVE, ENDED, State
from core.runs.store import FRESH, UNLOST, Store
from core.storage import size_of
from core.training import run_files

NAME_LENGTH, REMARK_LENGTH, NICKNAME_LENGTH = 80, 2_000, 40  # characters
MOST_EPOCHS = 10_000
# Schedules that depend on the number of epochs. A longer run would have had other learning rates from the start.
PLANNED_SCHEDULES = ("cosine", "one_cycle")


def describe(store: Store, run_id: str, *, owner: str, name: str, remark: str) -> None:
    """Rename a run and change its note, which may be empty.

    Raises:
        RunError: the run belongs to another browser, or the texts are empty or too long.
    """
    store.owned(run_id, owner)
    name, remark = _one_line(name), visible(remark).strip()
    if not name:
        raise RunError(say("The name is empty. Give the run a name."))
    if len(name) > NAME_LENGTH or len(remark) > REMARK_LENGTH:
        raise RunError(
            say(
                "The name or the note is too long. A name can have {name} characters, a note {note}.",
                name=NAME_LENGTH,
                note=REMARK_LENGTH,
            )
        )
    mine = update(runs).where(runs.c.id == run_id, runs.c.owner == owner)
    with store.database.begin() as connection:
        connection.execute(mine.values(name=name, remark=remark or None))


def _one_line(name: str) -> str:
    return " ".join(visible(name).split())


def set_listed(store: Store, run_id: str, *, owner: str, listed: bool) -> None:
    """Show a run in everybody's lists, or only to those who get its link. Its images stay closed to others.

    Raises:
        RunError: the run belongs to another browser.
    """
    run = store.owned(run_id, owner)
    if run.class_id and listed:
        raise RunError(say("This run belongs to a class, whose members see it. It can't be listed for everybody."))
    if listed != run.listed:
        key = None if listed else access.secret_key(run.config, owner)
        mine = update(runs).where(runs.c.id == run_id, runs.c.owner == owner)
        with store.database.begin() as connection:
            connection.execute(mine.values(link_key=key))


def delete_images(store: Store, dataset: str, *, owner: str) -> None:
    """Delete an owner's imported images and every run of theirs on them, with all files that hold pictures.

    Raises:
        RunError: one of the runs still trains; then nothing is deleted.
        DataError: this isn't the name of imported images.
    """
    base = stored.base_name(dataset)
    theirs = (runs.c.owner == owner, runs.c.dataset.startswith(base))
    with store.database.connect() as connection:
        found = list(connection.execute(select(runs.c.id, runs.c.state).where(*theirs)))
    if any(row.state in ACTIVE for row in found):
        raise RunError(say("A run still trains on these images. Stop it first."))
    for row in found:
        delete(store, row.id, owner=owner)
    stored.forget(base, owner)


def delete(store: Store, run_id: str, *, owner: str) -> None:
    """Delete a run that isn't training, with its curves, weights and other files.

    Raises:
        RunError: the run belongs to another browser, or is still training.
    """
    store.owned(run_id, owner)
    idle = delete_from(runs).where(runs.c.id == run_id, runs.c.owner == owner, runs.c.state.not_in(ACTIVE))
    with store.database.begin() as connection:
        if connection.execute(idle).rowcount == 0:
            raise RunError(say("This run still trains. Stop it first, then delete it."))
    shutil.rmtree(run_files.folder(run_id), ignore_errors=True)


def has_weights(run_id: str) -> bool:
    """Whether the weights of the best epoch are on the disk."""
    return run_files.best_weights(run_id).exists()


def make_room(store: Store) -> None:
    """Delete the files of the oldest ended runs until all files together fit into `environment.runs_bytes()`.

    Settings, curves and results stay in the database. Some runs keep their files: the app's own, the last one that
    ended, and those whose weights a waiting or active run starts with.
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
    """Queue a finished run for `more` epochs. The result is the same as if it had been that long from the start.

    Raises:
        RunError: the run belongs to another browser, or it can't continue.
    """
    run = store.owned(run_id, owner)
    config = run.config
    epochs = config.epochs + more
    if more < 1 or epochs > MOST_EPOCHS:
        raise RunError(say("Choose at least one more epoch. A run can have {most} epochs in total.", most=MOST_EPOCHS))
    if config.scheduler.name in PLANNED_SCHEDULES:
        raise RunError(
            say(
                "This run can't be trained longer, because its learning rate was planned for {epochs} epochs. Start a "
                "new run with its settings and more epochs.",
                epochs=config.epochs,
            )
        )
    if run.state == State.FINISHED and run.epoch < config.epochs:
        raise RunError(
            say(
                "This run ended early because its accuracy stopped improving, so it would end again at once. Start a "
                "new run with its settings and without “Stop early after”."
            )
        )
    longer = config.model_copy(update={"epochs": epochs})
    finished = update(runs).where(runs.c.id == run_id, runs.c.owner == owner, runs.c.state == State.FINISHED)
    values = {
        "queued_at": now(),
        "epochs": epochs,
        "config": longer.to_json(),
    }
    with store.database.begin() as connection:
        check_waiting(connection, owner, origin=origin_of(connection, run_id))
        rules = membership.rules_of(connection, owner)
        membership.check(rules, longer)
        values["state"] = membership.waits_as(rules)
        if connection.execute(finished.values(**values, **FRESH, **UNLOST)).rowcount == 0:
            raise RunError(say("Only a finished run can be trained longer. This one is {state}.", state=run.state))


def nickname(store: Store, owner: str) -> str:
    """The nickname of this owner. Empty if there is none."""
    with store.database.connect() as connection:
        return connection.scalar(select(owners.c.nickname).where(owners.c.owner == owner)) or ""


def sign(store: Store, *, owner: str, nickname: str) -> None:
    """Set the nickname that is shown beside the owner's runs. An empty one removes it.

    Raises:
        RunError: the nickname is too long.
    """
    name = _one_line(nickname)
    if len(name) > NICKNAME_LENGTH:
        raise RunError(say("The nickname is too long. It can have {number} characters.", number=NICKNAME_LENGTH))
    with store.database.begin() as connection:
        connection.execute(delete_from(owners).where(owners.c.owner == owner))
        if name:
            connection.execute(owners.insert().values(owner=owner, nickname=name))
