"""How many runs may wait in line: of one visitor, from one address, and of all."""

from sqlalchemy import Connection, func, select

from core import environment
from core.errors import RunError
from core.messages import say
from core.runs.schema import runs
from core.runs.state import WAITING


def origin_of(connection: Connection, run_id: str) -> str | None:
    """What stands for the address that a run was queued from."""
    return connection.scalar(select(runs.c.origin).where(runs.c.id == run_id))


def check_waiting(connection: Connection, owner: str, more: int = 1, *, origin: str | None = None) -> None:
    """Raises RunError where so many more runs of this owner may not wait. A comparison counts as one of theirs.

    A visitor makes up any number of owners; `origin`, which stands for an address, bounds them together.
    """
    queued = runs.c.state.in_(WAITING)
    together = func.count(func.distinct(func.coalesce(runs.c.comparison, runs.c.id)))
    limit = environment.waiting_per_visitor()
    if (connection.scalar(select(together).where(runs.c.owner == owner, queued)) or 0) >= limit:
        raise RunError(say("You already have {number} runs waiting. Stop one of them first.", number=limit))
    from_here = environment.waiting_per_address()
    alike = select(func.count()).where(queued, runs.c.origin == origin)
    if origin and (connection.scalar(alike) or 0) + more > from_here:
        raise RunError(
            say(
                "{number} runs from your network are waiting. Try again when some of them have begun.", number=from_here
            )
        )
    if (connection.scalar(select(func.count()).where(queued)) or 0) + more > environment.waiting():
        raise RunError(
            say(
                "{number} runs are waiting on this server, and it takes no more. Try again in a few minutes.",
                number=environment.waiting(),
            )
        )
