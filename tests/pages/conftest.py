"""Pages without a browser and without training: what is queued stays in the queue."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.runs.engine import Engine
from core.runs.store import Store
from pages.components import engine as shared


@pytest.fixture(autouse=True)
def idle_engine(folders: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test has an engine of its own, whose state is in the test's folder and which starts no process."""
    monkeypatch.setattr(Engine, "start", lambda _engine: None)
    shared.engine.clear()
    shared.store.clear()
    yield
    shared.store().database.dispose()
    shared.engine.clear()
    shared.store.clear()


@pytest.fixture
def store(idle_engine: None) -> Store:
    """The store that the pages use."""
    return shared.store()
