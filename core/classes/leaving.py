"""One visitor leaves for good: everything of theirs is deleted from the database and the disk."""

from contextlib import suppress

from sqlalchemy import Engine, delete, select, update

from core.classes import ending
from core.data.own import gathered, stored
from core.errors import ClassError, DataError
from core.messages import say
from core.runs import store
from core.runs.schema import classes, members, owners, runs, submissions


def delete_mine(database: Engine, owner: str, *, patience: float = ending.STOP_SECONDS) -> None:
    """Delete the visitor's runs with their files, brought and gathered images, nicknames, and places on boards.

    Runs that train are stopped first, for at most `patience` seconds.

    Raises:
        ClassError: the visitor leads a class, or a run didn't stop; then nothing is deleted.
    """
    mine = runs.c.owner == owner
    with database.begin() as connection:
        leads = select(classes.c.name).join(members, members.c.class_id == classes.c.id)
        name = connection.scalar(leads.where(members.c.owner == owner, members.c.teacher).limit(1))
        if name is not None:
            raise ClassError(
                say("You lead the class {name}. Delete everything of this class first, on the page Class.", name=name)
            )
        store.stop(connection, mine)
    ending.wait_for_end(database, mine, patience=patience)
    for brought in stored.listed(owner):
        with suppress(DataError):  # gone already
            stored.forget(brought.name, owner)
    gathered.forget(owner)
    with database.begin() as connection:
        shown = select(runs.c.id).where(mine)
        connection.execute(update(classes).where(classes.c.spotlight.in_(shown)).values(spotlight=None))
        for table in (submissions, members, owners):
            connection.execute(delete(table).where(table.c.owner == owner))
    ending.delete_runs(database, mine)
