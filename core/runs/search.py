"""Searches, sorts and pages through all runs.

The database does all of it and no configuration is parsed, so ten thousand runs take about as long as fifty.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, UnaryExpression, and_, func, or_, select

from core.runs import access
from core.runs.schema import epochs, owners, runs
from core.runs.state import State
from core.runs.store import Store

PAGE = 50  # runs on a page
SPARK_POINTS = 24  # points of the small curve beside each run

Order = Literal["newest", "accuracy", "seconds", "name"]
ORDERS: dict[Order, tuple[UnaryExpression[Any], ...]] = {
    "newest": (runs.c.queued_at.desc(),),
    "accuracy": (runs.c.best_val_accuracy.desc().nulls_last(), runs.c.queued_at.desc()),
    "seconds": (runs.c.seconds.asc(), runs.c.queued_at.desc()),
    "name": (func.lower(runs.c.name).asc(), runs.c.queued_at.desc()),
}


@dataclass(frozen=True)
class Wanted:
    """Filters for the list. Empty ones don't filter; a viewer sees their own runs beside the listed ones."""

    text: str = ""  # in the name, note, nickname, recipe or data set
    states: tuple[State, ...] = ()
    dataset: str | None = None
    owner: str | None = None
    viewer: str = ""


@dataclass(frozen=True)
class Row:
    """A run in the list."""

    id: str
    name: str
    remark: str | None
    recipe: str | None
    dataset: str | None
    owner: str
    nickname: str | None
    state: State
    queued_at: float
    best_val_accuracy: float | None  # 0..1
    epoch: int
    epochs: int | None
    seconds: float
    losses: tuple[float, ...]  # training losses of at most `SPARK_POINTS` epochs, evenly spread


def listing(store: Store, wanted: Wanted, *, order: Order = "newest", page: int = 0) -> tuple[list[Row], int]:
    """The runs on a page (counted from 0), and the number of runs on all pages."""
    plain = [name for name in Row.__dataclass_fields__ if name not in ("nickname", "losses")]
    columns = [runs.c[name] for name in plain]
    query = select(*columns, owners.c.nickname).select_from(_JOINED).where(_condition(wanted))
    query = query.order_by(*ORDERS[order]).limit(PAGE).offset(page * PAGE)
    number = select(func.count()).select_from(_JOINED).where(_condition(wanted))
    with store.database.connect() as connection:
        found = connection.execute(query).mappings().all()
        total = connection.scalar(number) or 0
    sparks = _sparks(store, {row["id"]: row["epoch"] for row in found})
    rows = [Row(**{**row, "state": State(row["state"])}, losses=sparks.get(row["id"], ())) for row in found]
    return rows, total


def datasets(store: Store, viewer: str = "") -> list[str]:
    """The data sets of all runs in this viewer's list."""
    visible = (runs.c.dataset.is_not(None), access.visible_to(viewer))
    query = select(runs.c.dataset).where(*visible).distinct().order_by(runs.c.dataset)
    with store.database.connect() as connection:
        return list(connection.scalars(query))


def shared_nicknames(store: Store) -> set[str]:
    """Nicknames that several people have, so that a list must tell these apart."""
    query = select(owners.c.nickname).group_by(owners.c.nickname).having(func.count() > 1)
    with store.database.connect() as connection:
        return set(connection.scalars(query))


_JOINED = runs.outerjoin(owners, owners.c.owner == runs.c.owner)
_SEARCHED = (runs.c.name, runs.c.remark, runs.c.recipe, runs.c.dataset, owners.c.nickname)


def _condition(wanted: Wanted) -> ColumnElement[bool]:
    """The filters as SQL. Each word of the text must be in one of the searched columns."""
    conditions: list[ColumnElement[bool]] = [access.visible_to(wanted.viewer)]
    conditions += [
        or_(*(column.icontains(word, autoescape=True) for column in _SEARCHED)) for word in wanted.text.split()
    ]
    if wanted.states:
        conditions.append(runs.c.state.in_(wanted.states))
    if wanted.dataset is not None:
        conditions.append(runs.c.dataset == wanted.dataset)
    if wanted.owner is not None:
        conditions.append(runs.c.owner == wanted.owner)
    return and_(True, *conditions)


def _sparks(store: Store, epochs_of: dict[str, int]) -> dict[str, tuple[float, ...]]:
    """The points of the small curves, in one query by primary key."""
    picked = [
        and_(epochs.c.run_id == run_id, epochs.c.epoch.in_(_spread(number)))
        for run_id, number in epochs_of.items()
        if number
    ]
    if not picked:
        return {}
    query: Select[Any] = (
        select(epochs.c.run_id, epochs.c.train_loss).where(or_(*picked)).order_by(epochs.c.run_id, epochs.c.epoch)
    )
    curves: dict[str, list[float]] = {}
    with store.database.connect() as connection:
        for run_id, loss in connection.execute(query):
            if loss is not None:
                curves.setdefault(run_id, []).append(loss)
    return {run_id: tuple(losses) for run_id, losses in curves.items()}


def _spread(number: int) -> Sequence[int]:
    """At most `SPARK_POINTS` epochs, evenly spread from 1 to `number`."""
    if number <= SPARK_POINTS:
        return range(1, number + 1)
    return sorted({1 + round(place * (number - 1) / (SPARK_POINTS - 1)) for place in range(SPARK_POINTS)})
