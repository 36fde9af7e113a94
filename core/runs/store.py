"""Runs as everyone sees them: create, look, stop, resume, and what the queue does with them.

The worker's side, with its fenced writes, is `core.runs.journal`; reading curves is `core.runs.history`, many runs at
once `core.runs.search`. What only an owner may do besides, such as to delete, is `core.runs.owner_actions`.
"""

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, Select, func, select, update

from core.config import RunConfig
from core.errors import RunError
from core.messages import say
from core.runs.run import Run, as_json, from_row
from core.runs.schema import runs
from core.runs.state import ACTIVE, State

# More than anyone watches, few enough that one visitor can't fill the queue. Runs to be compared count as one.
WAITING_PER_OWNER = 10
# A run whose process died this often doesn't get another.
ATTEMPTS = 3


class Store:
    """All runs. Safe to use from several threads and processes."""

    def __init__(self, database: Engine) -> None:
        self.database = database

    # --- for pages ------------------------------------------------------------------------------------------------

    def create(
        self,
        config: RunConfig,
        *,
        owner: str,
        name: str,
        recipe: str | None = None,
        follows: str | None = None,
        expected: str | None = None,
    ) -> str:
        """Queue a checked configuration and return the run's id.

        `follows` is the run whose settings were changed for it, `expected` one of EXPECTATIONS, or None.

        Raises:
            RunError: this owner has too many runs waiting.
        """
        return self._queue({name: config}, owner, recipe, None, follows=follows, expected=expected)[0]

    def create_comparison(self, variants: Mapping[str, RunConfig], *, owner: str, recipe: str | None = None) -> str:
        """Queue checked configurations together, by the names of their runs, and return the comparison's id.

        Raises:
            RunError: this owner has too many runs waiting; then none of them is queued.
        """
        comparison = secrets.token_hex(6)
        self._queue(variants, owner, recipe, comparison)
        return comparison

    def _queue(
        self, variants: Mapping[str, RunConfig], owner: str, recipe: str | None, comparison: str | None, **shared: Any
    ) -> list[str]:
        # A comparison waits as one: otherwise nobody could start two of them.
        together = func.count(func.distinct(func.coalesce(runs.c.comparison, runs.c.id)))
        waiting = select(together).where(runs.c.owner == owner, runs.c.state == State.QUEUED)
        now = time.time()
        rows = [
            {
                "id": secrets.token_hex(6),
                "name": name,
                "config": config.to_json(),
                "queued_at": now + 1e-4 * place,  # in this order
                "dataset": config.data.dataset,
                "epochs": config.epochs,
            }
            for place, (name, config) in enumerate(variants.items())
        ]
        shared |= {"owner": owner, "recipe": recipe, "comparison": comparison, "state": State.QUEUED}
        with self.database.begin() as connection:
            if (connection.scalar(waiting) or 0) >= WAITING_PER_OWNER:
                raise RunError(say("You have {number} runs waiting. Stop one of them first.", number=WAITING_PER_OWNER))
            connection.execute(runs.insert(), [row | shared for row in rows])
        return [str(row["id"]) for row in rows]

    def comparison(self, comparison: str) -> list[Run]:
        """The runs that were started together, in no particular order. Raises RunError where there are none."""
        found = self._select(select(runs).where(runs.c.comparison == comparison))
        if not found:
            raise RunError(say("There is no comparison {name}. Check the link, or start a new one.", name=comparison))
        return found

    def get(self, run_id: str) -> Run:
        """The run as it is now. Raises RunError where there is none of this id."""
        run = self.find(run_id)
        if run is None:
            raise RunError(say("There is no run {run}. Check the link, or start a new run.", run=run_id))
        return run

    def find(self, run_id: str) -> Run | None:
        """The run as it is now, None where there is none of this id."""
        found = self._select(select(runs).where(runs.c.id == run_id))
        return found[0] if found else None

    def recent(self, limit: int = 20, *, owner: str | None = None, states: Sequence[State] = ()) -> list[Run]:
        """The newest runs first, of one owner or in some states only."""
        query = select(runs).order_by(runs.c.queued_at.desc()).limit(limit)
        if owner is not None:
            query = query.where(runs.c.owner == owner)
        if states:
            query = query.where(runs.c.state.in_(states))
        return self._select(query)

    def with_weights(self, limit: int = 50) -> list[Run]:
        """The newest runs that have learned something, also those that still train."""
        query = select(runs).where(runs.c.best_epoch.is_not(None)).order_by(runs.c.queued_at.desc()).limit(limit)
        return self._select(query)

    def request_stop(self, run_id: str, *, owner: str) -> None:
        """Ask for an end: at once for a waiting run, between two batches for a running one.

        Raises:
            RunError: the run belongs to another browser.
        """
        self.owned(run_id, owner)
        now = time.time()
        with self.database.begin() as connection:
            waiting = update(runs).where(runs.c.id == run_id, runs.c.state == State.QUEUED)
            connection.execute(waiting.values(state=State.STOPPED, finished_at=now))
            running = update(runs).where(runs.c.id == run_id, runs.c.state.in_(ACTIVE))
            connection.execute(running.values(stop_requested_at=func.coalesce(runs.c.stop_requested_at, now)))

    def resume(self, run_id: str, *, owner: str) -> None:
        """Queue a stopped or failed run again; it goes on from its last checkpoint.

        Raises:
            RunError: the run belongs to another browser, or it can't go on.
        """
        run = self.owned(run_id, owner)
        values = {"state": State.QUEUED, "queued_at": time.time(), "lost": 0, **FRESH}
        again = update(runs).where(runs.c.id == run_id, runs.c.state.in_((State.STOPPED, State.FAILED)))
        with self.database.begin() as connection:
            if connection.execute(again.values(**values)).rowcount == 0:
                raise RunError(say("This run is {state} and can't go on. Start a new one.", state=run.state))

    def owned(self, run_id: str, owner: str) -> Run:
        """A run that its owner wants to change. Raises RunError: it belongs to another browser."""
        run = self.get(run_id)
        if run.owner != owner:
            raise RunError(
                say("Only the browser that started this run can change it. Start your own from its settings.")
            )
        return run

    # --- for the scheduler ----------------------------------------------------------------------------------------

    def line(self) -> list[str]:
        """The ids of all waiting runs in the order they will start.

        Fair: a run counts behind everything its owner already has running or waiting, then by time of arrival.
        """
        active = (
            select(runs.c.owner, func.count().label("number"))
            .where(runs.c.state.in_(ACTIVE))
            .group_by(runs.c.owner)
            .subquery()
        )
        rank = func.row_number().over(partition_by=runs.c.owner, order_by=runs.c.queued_at)
        query = (
            select(runs.c.id)
            .outerjoin(active, active.c.owner == runs.c.owner)
            .where(runs.c.state == State.QUEUED)
            .order_by(rank + func.coalesce(active.c.number, 0), runs.c.queued_at)
        )
        with self.database.connect() as connection:
            return list(connection.scalars(query))

    def claim(self) -> tuple[str, int] | None:
        """Take the first run in line for a new attempt: its id and the attempt's number. None if the line is empty."""
        for run_id in self.line():
            take = update(runs).where(runs.c.id == run_id, runs.c.state == State.QUEUED).returning(runs.c.attempt)
            values: dict[str, Any] = {"state": State.PREPARING, "attempt": runs.c.attempt + 1}
            with self.database.begin() as connection:
                attempt = connection.scalar(take.values(**values, heartbeat_at=time.time(), **FRESH))
            if attempt is not None:  # else another server was quicker
                return run_id, attempt
        return None

    def give_back(self, run_id: str, attempt: int, *, lost: bool, behind: bool = False) -> None:
        """End an attempt that leaves its run unfinished: wait for the next one, or give up.

        `lost` counts towards `ATTEMPTS`; a process that ended in good order, because the app did, doesn't. The run
        keeps its place in line, unless it makes way for those who wait and goes `behind` them.
        """
        mine = (runs.c.id == run_id, runs.c.attempt == attempt, runs.c.state.in_(ACTIVE))
        stopped = runs.c.stop_requested_at.is_not(None)
        exhausted = runs.c.lost + 1 >= ATTEMPTS
        note = say("Its process ended {number} times without a reason, perhaps for lack of memory.", number=ATTEMPTS)
        now = time.time()
        with self.database.begin() as connection:
            connection.execute(update(runs).where(*mine, stopped).values(state=State.STOPPED, finished_at=now))
            if lost:
                failed = {"state": State.FAILED, "finished_at": now, "note": as_json(note)}
                connection.execute(update(runs).where(*mine, exhausted).values(**failed))
            again = {"state": State.QUEUED, "lost": runs.c.lost + int(lost)} | ({"queued_at": now} if behind else {})
            connection.execute(update(runs).where(*mine).values(**again))

    def others_wait(self, owner: str) -> bool:
        """Whether a run of somebody else is in line."""
        query = select(runs.c.id).where(runs.c.state == State.QUEUED, runs.c.owner != owner).limit(1)
        with self.database.connect() as connection:
            return connection.scalar(query) is not None

    def stale(self, seconds: float) -> list[tuple[str, int]]:
        """Runs whose process has been silent for so long, with their attempt."""
        silent = runs.c.heartbeat_at < time.time() - seconds
        query = select(runs.c.id, runs.c.attempt).where(runs.c.state.in_(ACTIVE), silent)
        with self.database.connect() as connection:
            return [(row.id, row.attempt) for row in connection.execute(query)]

    def _select(self, query: Select[Any]) -> list[Run]:
        with self.database.connect() as connection:
            return [from_row(row) for row in connection.execute(query).mappings()]


# What a run in the queue forgets of its last attempt.
FRESH: dict[str, Any] = {"stop_requested_at": None, "finished_at": None, "note": None, "fraction": None}
