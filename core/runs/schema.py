"""The tables of the run database, and how to connect to it.

The default is SQLite in WAL mode, in which readers never wait for a writer. Any other SQLAlchemy URL works, too.
"""

import json
import secrets
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    DDL,
    JSON,
    Boolean,
    Column,
    Engine,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    inspect,
    select,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

metadata = MetaData()


class now(FunctionElement[float]):
    """The database's clock, in seconds since 1970: the one clock that processes on several machines share."""

    type = Float()
    inherit_cache = True


@compiles(now, "sqlite")
def _now_in_sqlite(_element: now, _compiler: Any, **_options: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _now_in_postgresql(_element: now, _compiler: Any, **_options: Any) -> str:
    return "extract(epoch from clock_timestamp())"


runs = Table(
    "runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("recipe", String(64)),
    Column("config", Text, nullable=False),  # RunConfig as JSON
    Column("owner", String(64), nullable=False),  # hash of the browser's secret
    Column("state", String(16), nullable=False),
    Column("attempt", Integer, nullable=False, default=0),  # every claim is one; older ones may write no more
    Column("lost", Integer, nullable=False, default=0),  # attempts in a row whose process died before it saved anything
    Column("lost_cause", JSON),  # a Message: why the last of these died
    Column("queued_at", Float, nullable=False),  # this and all other times in seconds since 1970
    Column("started_at", Float),
    Column("finished_at", Float),
    Column("heartbeat_at", Float),  # by the database's clock
    Column("stop_requested_at", Float),
    Column("note", JSON),  # a Message: what is being prepared, or why the run ended
    Column("fraction", Float),  # of the preparation, 0..1
    Column("step", Integer, nullable=False, default=0),
    Column("total_steps", Integer),
    Column("epoch", Integer, nullable=False, default=0),
    Column("seconds", Float, nullable=False, default=0.0),  # of training, over all attempts
    Column("images_per_second", Float),
    Column("best_epoch", Integer),
    Column("best_val_accuracy", Float),
    Column("device", String(16)),
    Column("comparison", String(32)),  # the same for runs that were started together
    # Copied from the configuration, so that the list of runs doesn't have to parse it.
    Column("dataset", Text),
    Column("epochs", Integer),
    Column("link_key", String(32)),  # for the link of a run that isn't listed; else None
    Column("remark", Text),  # the owner's note
    Column("follows", String(32)),  # the run whose settings it was started from
    Column("expected", String(8)),  # what its owner expected of the change, see `EXPECTATIONS`
    Column("class_id", String(32)),  # the class that its owner was in
    Column("stop_as", String(16)),  # the state after a stop that the class's teacher asked for; None: stopped
    Index("runs_class", "class_id"),
    Index("runs_state", "state", "queued_at"),
    Index("runs_owner", "owner", "queued_at"),
)

# Nicknames, shown in the list of runs.
owners = Table(
    "owners",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("nickname", String(40), nullable=False),
)

# One row for each record of losses, so that a run of 100,000 steps has a few hundred rows. `values` are the losses of
# the steps first_step, first_step + 1, … as little-endian float32.
losses = Table(
    "losses",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("first_step", Integer, primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("values", LargeBinary, nullable=False),
)

epochs = Table(
    "epochs",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("train_loss", Float),
    Column("train_accuracy", Float),
    Column("val_loss", Float),
    Column("val_accuracy", Float),
    Column("lr", Float),
    Column("seconds", Float),
    Column("best", Boolean),  # whether its validation accuracy is the best so far
)

# Measurements inside the network, one row for each epoch, 0 for the untrained network. Curves read the small column
# `layers` of all epochs. The large histograms are read for one epoch at a time.
probes = Table(
    "probes",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("layers", JSON, nullable=False),  # a ProbeRecord without its distributions
    Column("distributions", JSON, nullable=False),
)

# Classes, see `core.classes`. Runs belong to one by `class_id`, and only its members see them.
classes = Table(
    "classes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("code", String(8), nullable=False, unique=True),
    Column("teacher_hash", String(64), nullable=False),  # of the secret in the teacher's link
    Column("opened_at", Float, nullable=False),
    Column("active_at", Float, nullable=False),  # by the database's clock, like `idle_seconds` after which it ends
    Column("idle_seconds", Float, nullable=False),
    Column("ended_at", Float),
    Column("paused", Boolean, nullable=False, default=False),
    Column("start", JSON),  # where everyone starts: {"page": file, "query": {…}, "config": RunConfig as JSON}
    Column("unlocked", JSON),  # settings that may be changed, by path; None: all
    Column("spotlight", String(32)),  # a run that everybody is shown
)

members = Table(
    "members",
    metadata,
    Column("class_id", ForeignKey("classes.id", ondelete="CASCADE"), primary_key=True),
    Column("owner", String(64), primary_key=True),
    Column("teacher", Boolean, nullable=False, default=False),
    Column("nickname", String(40), nullable=False),
    Column("spins", Integer, nullable=False, default=0),  # new nicknames that the member asked for
    Column("joined_at", Float, nullable=False),
    Column("acted_at", Float, nullable=False),
    Column("page", String(80)),  # where they acted
    Column("hand_at", Float),  # since when the hand is up
    Column("removed_at", Float),  # the row stays, so that the same browser can't come back
    Index("members_owner", "owner"),
    Index("members_nickname", "class_id", "nickname", unique=True),
)

# A visitor's secret on its way to another device, sealed with a code that works once.
handovers = Table(
    "handovers",
    metadata,
    Column("name", String(64), primary_key=True),  # derived from the code
    Column("sealed", LargeBinary, nullable=False),
    Column("expires_at", Float, nullable=False),
)

# Wrong join codes of the last minute, by keyed hashes of addresses.
wrong_codes = Table(
    "wrong_codes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("address", String(64), nullable=False),
    Column("at", Float, nullable=False),
)


@cache
def connect(url: str) -> Engine:
    """Connect to the database and create missing tables and columns."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_pre_ping=parsed.get_backend_name() != "sqlite")
    if parsed.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
    metadata.create_all(engine)
    added = _add_new_columns(engine)
    _fill_new_columns(engine, added)
    return engine


def _add_new_columns(engine: Engine) -> set[str]:
    """Add missing columns to a database of an earlier version; returns their names. New columns must allow NULL."""
    added = set()
    for table in metadata.sorted_tables:
        there = {column["name"] for column in inspect(engine).get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                kind = column.type.compile(engine.dialect)
                with engine.begin() as connection:
                    connection.execute(DDL(f'ALTER TABLE {table.name} ADD COLUMN "{column.name}" {kind}'))
                added.add(f"{table.name}.{column.name}")
    return added


def _fill_new_columns(engine: Engine, added: set[str]) -> None:
    """Backfill columns added since."""
    with engine.begin() as connection:
        old = connection.execute(select(runs.c.id, runs.c.config).where(runs.c.dataset.is_(None))).all()
        for row in old:
            config = json.loads(row.config)
            values = {"dataset": config["data"]["dataset"], "epochs": config["epochs"]}
            connection.execute(update(runs).where(runs.c.id == row.id).values(**values))
        if "runs.link_key" in added:  # later on, a run on own images without a key is one that its owner listed
            own = select(runs.c.id).where(runs.c.dataset.startswith("images-"))
            for run_id in connection.scalars(own).all():
                connection.execute(update(runs).where(runs.c.id == run_id).values(link_key=secrets.token_urlsafe(12)))


def _configure_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")  # with WAL: a power cut may lose the last second, never the file
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
