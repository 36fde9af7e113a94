"""The store's tests run on each of the two databases."""

import secrets
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from core import environment
from core.runs.schema import connect
from tests import postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty database, which is also the app's."""
    if request.param == "postgresql":
        server: postgres.Cluster = request.getfixturevalue("cluster")
        monkeypatch.setenv("DATABASE_URL", server.create(f"test_{secrets.token_hex(6)}"))
    return environment.database_url()


@pytest.fixture
def database(url: str) -> Iterator[Engine]:
    """An empty run database."""
    engine = connect(url)
    yield engine
    engine.dispose()
