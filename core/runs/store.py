"""Creates, reads, stops, resumes and queues runs.

`core.runs.journal` has the worker's writes, `core.runs.history` reads curves, `core.runs.search` lists runs, and
`core.runs.owner_actions` has what only the owner may do, such as deleting.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, func, null, select, update

from core.config import RunConfig
from core.errors import RunError
from core.faults import DISK_FULL, NO_MEMORY
from core.messages import Message, as_json, say
from core.runs import access, membership
from core.runs.causes import APP_GONE, HUNG, KILLED
from core.runs.line import check_waiting, origin_of
from core.runs.run import Run, from_row
from core.runs.schema import now, runs
from core.runs.state import ACTIVE, WAITING, State

# A run whose process died this often, without saving anything in between, doesn't get another.
ATTEMPTS = 3
# What ended a process once would end the next one, too.
FINAL = (DISK_FULL, NO_MEMORY)
# What comes from outside may not come again.
PASSING = (HUNG, KILLED, APP_GONE)


@dataclass(frozen=True)
class Pulse:
    """What a supervisor watches of an attempt."""

    state: State
    stopping: bool  # somebody asked for an end
    beat: float  # when its process last wrote
    silence: float  # seconds since


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
        origin: str | None = None,
    ) -> str:
        """Queue a valid configuration and return the run's id.

        `follows` is the run whose settings were changed for it, `expected` one of EXPECTATIONS, or None, `origin`
        stands for the visitor's address, where it is known.

        Raises:
            RunError: too many runs wait, this owner's, this address's or all together.
        """
        return self._queue({name: config}, owner, recipe, None, follows=follows, expected=expected, origin=origin)[0]

    def create_comparison(
        self, variants: Mapping[str, RunConfig], *, owner: str, recipe: str | None = None, origin: str | None = None
    ) -> str:
        """Queue valid configurations together, by the names of their runs, and return the comparison's id.

        Raises:
            RunError: too many runs wait, this owner's, this address's or all together; then none of them is queued.
        """
        comparison = secrets.token_hex(6)
        self._queue(variants, owner, recipe, comparison, origin=origin)
        return comparison

    def _queue(
        self, variants: Mapping[str, RunConfig], owner: str, recipe: str | None, comparison: str | None, **shared: Any
    ) -> list[str]:
        rows: list[dict[str, Any]] = [
            {
                "id": secrets.token_hex(6),
                "name": name,
                "queued_at": now() + 1e-4 * place,  # keeps this order
                "dataset": config.data.dataset,
                "epochs": config.epochs,
            }
            for place, (name, config) in enumerate(variants.items())
        ]
        shared |= {"owner": owner, "recipe": recipe, "comparison": comparison}
        with self.database.begin() as connection:
            check_waiting(connection, owner, len(rows), origin=shared.get("origin"))
            rules = membership.rules_of(connection, owner)
            shared |= {"state": membership.waits_as(rules), "class_id": rules.class_id if rules else None}
            for row, config in zip(rows, variants.values(), strict=True):
                membership.check(rules, config)
                row["config"] = membership.with_board(rules, config).to_json()
                row["link_key"] = access.new_key(config, owner, shared["class_id"])
                connection.execute(runs.insert().values(**row, **shared))
        return [str(row["id"]) for row in rows]

    def comparison(self, comparison: str) -> list[Run]:
        """The runs of a comparison, in no particular order. Raises RunError if there are none."""
        found = self._select(select(runs).where(runs.c.comparison == comparison))
        if not found:
            raise RunError(say("There is no comparison {name}. Check the link, or start a new one.", name=comparison))
        return found

    def get(self, run_id: str) -> Run:
        """The run with this id. Raises RunError if there is none."""
        run = self.find(run_id)
        if run is None:
            raise RunError(say("There is no run {run}. Check the link, or start a new run.", run=run_id))
        return run

    def find(self, run_id: str) -> Run | None:
        """The run with this id. None if there is none."""
        found = self._select(select(runs).where(runs.c.id == run_id))
        return found[0] if found else None

    def recent(
        self, limit: int = 20, *, owner: str | None = None, states: Sequence[State] = (), viewer: str | None = None
    ) -> list[Run]:
        """The newest runs first: of one owner, in some states, or those in the lists of one viewer only."""
        query = select(runs).order_by(runs.c.queued_at.desc()).limit(limit)
        if owner is not None:
            query = query.where(runs.c.owner == owner)
        if states:
            query = query.where(runs.c.state.in_(states))
        if viewer is not None:
            query = query.where(access.visible_to(viewer))
        return self._select(query)

    def with_weights(self, viewer: str = "", limit: int = 50) -> list[Run]:
        """The newest runs in this viewer's lists with weights. They may still be training."""
        query = select(runs).where(runs.c.best_epoch.is_not(None), access.visible_to(viewer))
        return self._select(query.order_by(runs.c.queued_at.desc()).limit(limit))

    def request_stop(self, run_id: str, *, owner: str) -> None:
        """Stop a run: a waiting one at once, a running one after the current batch.

        Raises:
            RunError: the run belongs to another browser.
        """
        self.owned(run_id, owner)
        with self.database.begin() as connection:
            stop(connection, runs.c.id == run_id)

    def resume(self, run_id: str, *, owner: str) -> None:
        """Queue a stopped or failed run again. It continues from its last checkpoint.

        Raises:
            RunError: the run belongs to another browser, it can't go on, or too many runs wait.
        """
        run = self.owned(run_id, owner)
        again = update(runs).where(runs.c.id == run_id, runs.c.state.in_((State.STOPPED, State.FAILED)))
        with self.database.begin() as connection:
            check_waiting(connection, owner, origin=origin_of(connection, run_id))
            state = membership.waits_as(membership.rules_of(connection, owner))
            values = {"state": state, "queued_at": now(), **UNLOST, **FRESH}
            if connection.execute(again.values(**values)).rowcount == 0:
                raise RunError(say("This run is {state} and can't continue. Start a new one.", state=run.state))

    def owned(self, run_id: str, owner: str) -> Run:
        """The run, if this is its owner. Raises RunError if it belongs to another browser."""
        run = self.get(run_id)
        if run.owner != owner:
            raise RunError(
                say("Only the browser that started this run can change it. Start your own run with its settings.")
            )
        return run

    # --- for the scheduler ----------------------------------------------------------------------------------------

    def line(self) -> list[str]:
        """The ids of all waiting runs in the order in which they will start.

        Owners take turns: runs are ordered by how many earlier runs of the same owner are active or waiting, then by
        time.
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
        """Claim the first waiting run for a new attempt. Returns its id and the attempt's number, or None."""
        for run_id in self.line():
            # Where another server is just taking this run, PostgreSQL goes on to the next one instead of waiting.
            free = select(runs.c.id).where(runs.c.id == run_id, runs.c.state == State.QUEUED)
            mine = runs.c.id == free.with_for_update(skip_locked=True).scalar_subquery()
            take = update(runs).where(mine, runs.c.state == State.QUEUED).returning(runs.c.attempt)
            values: dict[str, Any] = {"state": State.PREPARING, "attempt": runs.c.attempt + 1}
            with self.database.begin() as connection:
                attempt = connection.scalar(take.values(**values, heartbeat_at=now(), **FRESH))
            if attempt is not None:  # else another server was quicker
                return run_id, attempt
        return None

    def give_back(self, run_id: str, attempt: int, *, cause: Message | None = None, behind: bool = False) -> None:
        """End an attempt that leaves its run unfinished: wait for the next one, or give up.

        Args:
            cause: Why its process was lost; None for one that ended in good order, because the app did. The run fails
                where the next attempt would end the same way.
            behind: It makes way for those who wait; otherwise it keeps its place in line.
        """
        mine = (runs.c.id == run_id, runs.c.attempt == attempt, runs.c.state.in_(ACTIVE))
        stopped = runs.c.stop_requested_at.is_not(None)
        again: dict[str, Any] = {"state": State.QUEUED}
        if behind:
            again["queued_at"] = now()
        with self.database.begin() as connection:
            connection.execute(update(runs).where(*mine, stopped).values(**ENDED_BY_STOP, finished_at=now()))
            if cause:
                row = connection.execute(select(runs.c.lost, runs.c.lost_cause).where(*mine)).first()
                again |= {"lost": runs.c.lost + 1, "lost_cause": as_json(cause), "note": as_json(cause)}
                if row and _hopeless(cause, row.lost + 1, row.lost_cause):
                    again |= {"state": State.FAILED, "finished_at": now()}
            connection.execute(update(runs).where(*mine).values(**again))

    def pulse(self, run_id: str, attempt: int) -> Pulse | None:
        """How this attempt is; None once it has ended."""
        query = select(
            runs.c.state,
            runs.c.stop_requested_at.is_not(None).label("stopping"),
            runs.c.heartbeat_at.label("beat"),
            (now() - runs.c.heartbeat_at).label("silence"),
        ).where(runs.c.id == run_id, runs.c.attempt == attempt, runs.c.state.in_(ACTIVE))
        with self.database.connect() as connection:
            row = connection.execute(query).first()
        return Pulse(State(row.state), row.stopping, row.beat, row.silence) if row else None

    def beat(self, run_id: str, attempt: int) -> float | None:
        """Beat for a process that doesn't do so yet; returns the time. None once the attempt has ended."""
        mine = update(runs).where(runs.c.id == run_id, runs.c.attempt == attempt, runs.c.state.in_(ACTIVE))
        with self.database.begin() as connection:
            beaten: float | None = connection.scalar(mine.values(heartbeat_at=now()).returning(runs.c.heartbeat_at))
        return beaten

    def others_wait(self, owner: str) -> bool:
        """Whether a run of another owner is waiting."""
        query = select(runs.c.id).where(runs.c.state == State.QUEUED, runs.c.owner != owner).limit(1)
        with self.database.connect() as connection:
            return connection.scalar(query) is not None

    def stale(self, seconds: float) -> list[tuple[str, int]]:
        """Runs without a heartbeat for this many seconds, with their attempt."""
        silent = runs.c.heartbeat_at < now() - seconds
        query = select(runs.c.id, runs.c.attempt).where(runs.c.state.in_(ACTIVE), silent)
        with self.database.connect() as connection:
            return [(row.id, row.attempt) for row in connection.execute(query)]

    def _select(self, query: Select[Any]) -> list[Run]:
        with self.database.connect() as connection:
            return [from_row(row) for row in connection.execute(query).mappings()]


def stop(connection: Connection, *which: ColumnElement[bool]) -> None:
    """Stop runs for good: waiting ones at once, running ones after the current batch."""
    waiting = update(runs).where(*which, runs.c.state.in_(WAITING))
    connection.execute(waiting.values(state=State.STOPPED, finished_at=now()))
    running = update(runs).where(*which, runs.c.state.in_(ACTIVE))
    requested = func.coalesce(runs.c.stop_requested_at, now())
    connection.execute(running.values(stop_requested_at=requested, stop_as=None))


def _hopeless(cause: Message, lost: int, before: dict[str, Any] | None) -> bool:
    """Whether another attempt would only end like the last ones."""
    same_again = cause not in PASSING and as_json(cause) == before
    return cause in FINAL or same_again or lost >= ATTEMPTS


# What a run forgets of processes that died when its owner wants it to go on.
UNLOST: dict[str, Any] = {"lost": 0, "lost_cause": null()}
# Columns that are reset when a run is queued again.
FRESH: dict[str, Any] = {
    "stop_requested_at": None,
    "stop_as": None,
    "finished_at": None,
    "note": None,
    "fraction": None,
}
# The state of a run whose process stopped because it was told to.
ENDED_BY_STOP: dict[str, Any] = {"state": func.coalesce(runs.c.stop_as, State.STOPPED)}
