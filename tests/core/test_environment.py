"""The log: its level, its lines, and what it never holds."""

import logging
from collections.abc import Iterator

import pytest

from core.environment import set_up_logging
from core.runs.run import owner_of
from core.runs.store import Store
from tests.runs import queue, train_next


@pytest.fixture(autouse=True)
def untouched_log() -> Iterator[None]:
    log = logging.getLogger("core")
    before = (log.level, list(log.handlers))
    yield
    log.setLevel(before[0])
    log.handlers[:] = before[1]


@pytest.mark.parametrize(("wanted", "level"), [("", "INFO"), ("debug", "DEBUG"), ("ERROR", "ERROR"), ("loud", "INFO")])
def test_the_level_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, wanted: str, level: str) -> None:
    monkeypatch.setenv("LOG_LEVEL", wanted)
    set_up_logging()
    set_up_logging()
    log = logging.getLogger("core")
    assert logging.getLevelName(log.level) == level
    assert len(log.handlers) == 1, "twice is once"


def test_a_run_is_logged_by_its_id_and_without_its_owner(
    store: Store, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logging()
    owner = owner_of("a secret cookie")
    run_id = queue(store, "Ana's run", owner=owner, epochs=1)
    train_next(store)
    assert f"run {run_id}, attempt 1: trains from step 0" in caplog.text
    assert f"run {run_id}, attempt 1: finished" in caplog.text
    written = caplog.text + capsys.readouterr().err
    assert owner not in written
    assert "Ana" not in written
