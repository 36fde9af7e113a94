"""Brings a database of an earlier version up to the tables of `core.runs.schema`, with Alembic.

A migration is a file in `versions`. A new one: change `schema`, write the next file, and set `HEAD` to it; a test
compares what the migrations make with the tables of `schema`.
"""

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, insert, inspect, select

from core.errors import DatabaseError
from core.messages import say

HEAD = "0004"
FIRST = "0001"  # the tables of version 0.1.0, which had no revision
_LOCK = 7_409_213  # any number that nothing else locks in this database
_revisions = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))


def revision(connection: Connection) -> str | None:
    """The revision of the database: None where it is empty, `FIRST` where a version without revisions made it."""
    tables = inspect(connection).get_table_names()
    if _revisions.name in tables:
        return connection.scalar(select(_revisions.c.version_num))
    return FIRST if "runs" in tables else None


def upgrade(connection: Connection, tables: MetaData) -> None:
    """Make the tables, or bring them to `HEAD`, in one transaction. One process at a time does so, others wait.

    Raises:
        DatabaseError: a newer version of the app made the database.
    """
    if revision(connection) == HEAD:
        return
    connection.rollback()
    _lock(connection)
    found = revision(connection)
    if found is None:
        tables.create_all(connection)
        _revisions.create(connection)
        connection.execute(insert(_revisions).values(version_num=HEAD))
    elif found != HEAD:
        _migrate(connection, found)
    connection.commit()


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # else each statement that makes a table commits
    elif connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def _migrate(connection: Connection, found: str) -> None:
    # Alembic takes 12 MB, which a process needs only for this.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    try:
        if found == FIRST:
            command.stamp(config, FIRST)
        command.upgrade(config, HEAD)
    except CommandError as error:
        raise DatabaseError(
            say(
                "A newer version of the app made this database (revision {revision}). Start that version, or choose "
                "another database with DATABASE_URL.",
                revision=found,
            )
        ) from error
