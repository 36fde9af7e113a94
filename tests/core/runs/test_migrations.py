"""Databases of earlier versions are brought up to date, on SQLite and on PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from core import environment
from core.errors import DatabaseError
from core.runs import migrations
from core.runs.migrations import revision
from core.runs.schema import check_url, connect, metadata
from core.runs.search import Wanted, listing
from core.runs.store import Store
from tests.runs import queue

OLD = Path(__file__).parents[2] / "data" / "v0_1_0" / "runs.db"


@pytest.fixture
def old(url: str) -> Iterator[sa.Engine]:
    """A database as version 0.1.0 left it, of the kind that `url` names."""
    environment.state_dir().mkdir(parents=True, exist_ok=True)
    source = sa.create_engine(f"sqlite:///{OLD}")
    copy = sa.create_engine(check_url(url))
    tables = sa.MetaData()
    tables.reflect(source)
    with source.connect() as there, copy.begin() as here:
        for table in tables.sorted_tables:
            for column in table.columns:
                column.type = column.type.as_generic()
        tables.create_all(here)
        for table in tables.sorted_tables:
            rows: list[Any] = [dict(row) for row in there.execute(sa.select(table)).mappings()]
            if rows:
                here.execute(table.insert(), rows)
    source.dispose()
    yield copy
    copy.dispose()


def listed(url: str) -> list[tuple[str, str | None]]:
    engine = connect(url)
    rows, _total = listing(Store(engine), Wanted())
    engine.dispose()
    return sorted((row.name, row.dataset) for row in rows)


def test_head_is_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.HEAD]


def test_an_old_database_gets_the_tables_of_a_new_one_and_keeps_its_runs(old: sa.Engine, url: str) -> None:
    assert ("Read handwritten digits", "digits") in listed(url)
    with old.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"include_name": ours}), metadata) == []
        assert revision(connection) == migrations.HEAD


def ours(name: str | None, kind: str, _parent: Any) -> bool:
    return not (kind == "table" and name == "alembic_version")


def test_a_development_version_that_has_some_of_the_columns_is_brought_up_to_date(old: sa.Engine, url: str) -> None:
    with old.begin() as connection:
        connection.execute(sa.text("ALTER TABLE runs ADD COLUMN link_key VARCHAR(32)"))
        connection.execute(sa.text("UPDATE runs SET link_key = 'kept' WHERE name = 'waiting'"))
    store = Store(connect(url))
    assert {run.link_key for run in store.recent()} == {None, "kept"}
    store.database.dispose()


def test_runs_on_own_images_of_an_earlier_version_are_taken_off_the_lists(old: sa.Engine, url: str) -> None:
    with old.begin() as connection:
        connection.execute(sa.text("UPDATE runs SET dataset = 'images-0123' WHERE name = 'waiting'"))
    store = Store(connect(url))
    assert {run.name for run in store.recent() if not run.listed} == {"waiting"}
    store.database.dispose()


def test_runs_from_before_0_1_0_get_their_data_set(old: sa.Engine, url: str) -> None:
    with old.begin() as connection:
        for column in ("dataset", "epochs", "remark"):
            connection.execute(sa.text(f"ALTER TABLE runs DROP COLUMN {column}"))
    assert ("Read handwritten digits", "digits") in listed(url)


def test_a_migration_that_fails_changes_nothing(old: sa.Engine, url: str) -> None:
    with old.begin() as connection:
        connection.execute(sa.text("UPDATE runs SET dataset = NULL, config = 'no JSON'"))
        before = sa.inspect(connection).get_columns("runs")
    with pytest.raises(ValueError, match="Expecting value"):
        connect(url)
    with old.connect() as connection:
        assert [one["name"] for one in sa.inspect(connection).get_columns("runs")] == [one["name"] for one in before]
        assert revision(connection) == migrations.FIRST


def test_several_processes_that_start_at_once_migrate_once(old: sa.Engine, url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: listed_anew(url), range(4)))
    assert found[0]
    assert found == [found[0]] * 4


def listed_anew(url: str) -> list[tuple[str, str | None]]:
    """As another process does: with its own engine."""
    engine = connect.__wrapped__(url)
    rows, _total = listing(Store(engine), Wanted())
    engine.dispose()
    return sorted((row.name, row.dataset) for row in rows)


def test_a_database_of_a_newer_version_is_left_alone(url: str) -> None:
    engine = connect(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    queue_before = queue(Store(engine))
    connect.cache_clear()
    with pytest.raises(DatabaseError, match=r"newer version of the app made this database \(revision 9999\)"):
        connect(url)
    assert Store(engine).get(queue_before)
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("nonsense", "can't be read"),
        ("mysql://user@host/name", "names mysql, which this app doesn't know"),
        ("postgresql://user@host:port/name", "can't be read"),
    ],
    ids=["nonsense", "mysql", "port"],
)
def test_a_url_that_cannot_be_used_is_refused_with_one_sentence(url: str, reason: str) -> None:
    with pytest.raises(DatabaseError, match=reason):
        check_url(url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_spelling_of_postgresql_uses_the_installed_driver(scheme: str) -> None:
    assert check_url(f"{scheme}://user:secret@host/name").drivername == "postgresql+psycopg"


def test_a_missing_driver_is_told_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(DatabaseError, match=r"pip install -r requirements-postgres\.txt"):
        check_url("postgresql://user@host/name")


def test_an_empty_sqlite_file_becomes_a_database(folders: Path) -> None:
    folders.mkdir(parents=True)
    (folders / "runs.db").touch()
    assert listed(environment.database_url()) == []
    with closing(sqlite3.connect(folders / "runs.db")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (migrations.HEAD,)
