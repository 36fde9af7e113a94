"""The tables of the run database, and how to connect to it.

The default is SQLite in WAL mode, in which readers never wait for a writer. Several servers share a PostgreSQL.
"""

import importlib.util
import time
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    URL,
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
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from core.errors import DatabaseError
from core.messages import say
from core.runs import migrations

metadata = MetaData()


class now(FunctionElement[float]):
    """The database's clock, in seconds since 1970: the one clock that processes on several machines share."""

    type = Float()
    inherit_cache = True


@compiles(now, "sqlite")
def _now_in_sqlite(_element: now, _compiler: Any, **_options: Any) -> str:
    return "clock()"  # see `_configure_sqlite`; SQLite's own clock counts whole milliseconds


@compiles(now, "postgresql")
def _now_in_postgresql(_element: now, _compiler: Any, **_options: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


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
    Column("origin", String(32)),  # keyed hash of the address it was queued from
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
    # The board, see `core.classes.board`: its id, which stands in the configuration of runs; None: no board
    Column("board", String(12)),
    Column("board_dataset", String(64)),
    Column("board_tries", Integer),  # submissions a pupil has
    Column("revealed_at", Float),  # since when everybody sees the private half
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

# What pupils submit to the board of their class. A deleted run leaves its row, so that nobody gets more tries.
submissions = Table(
    "submissions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("class_id", ForeignKey("classes.id", ondelete="CASCADE"), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("run_id", String(32), nullable=False),
    Column("submitted_at", Float, nullable=False),
    Column("public", Float),  # accuracy (0..1) on each half; None while it waits to be scored
    Column("private", Float),
    Column("right", LargeBinary),  # a bit for each image of the public half: whether the network was right
    Column("stands", Boolean),  # whether it took the place of the pupil's earlier ones
    Index("submissions_run", "class_id", "run_id", unique=True),
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
    """Connect to the database; make its tables, or bring those of an earlier version up to date.

    Raises:
        DatabaseError: the URL can't be used, or a newer version of the app made the database.
    """
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            migrations.upgrade(connection, metadata)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _engine(url: str) -> Engine:
    parsed = check_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    if sqlite and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, pool_pre_ping=not sqlite)
    if sqlite:
        event.listen(engine, "connect", _configure_sqlite)
    return engine


def check_url(url: str) -> URL:
    """The URL of a database that can be connected to: SQLite, or PostgreSQL through psycopg.

    Raises:
        DatabaseError: it can't be read, names another database, or its driver isn't installed.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseError(
            say("DATABASE_URL can't be read. It looks like postgresql://user:password@host/name.")
        ) from None
    backend = "postgresql" if parsed.drivername == "postgres" else parsed.get_backend_name()
    if backend == "postgresql":
        if importlib.util.find_spec("psycopg") is None:
            raise DatabaseError(
                say(
                    "PostgreSQL needs its driver. Install it with: {command}",
                    command="pip install -r requirements-postgres.txt",
                )
            )
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise DatabaseError(
            say(
                "DATABASE_URL names {database}, which this app doesn't know. Use SQLite or PostgreSQL.",
                database=parsed.drivername,
            )
        )
    return parsed


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.create_function("clock", 0, time.time)
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")  # with WAL: a power cut may lose the last second, never the file
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
