"""The log: its level, its lines, and what it never holds."""

import json
import logging
from collections.abc import Iterator

import pytest

from core import faults
from core.environment import PACKAGES, set_up_logging
from core.runs.run import owner_of
from core.runs.store import Store
from tests.runs import queue, train_next


@pytest.fixture(autouse=True)
def untouched_log() -> Iterator[None]:
    logs = [logging.getLogger(package) for package in PACKAGES]
    before = [(log.level, list(log.handlers)) for log in logs]
    for log in logs:
        log.handlers.clear()
    yield
    for log, (level, handlers) in zip(logs, before, strict=True):
        log.setLevel(level)
        log.handlers[:] = handlers


@pytest.mark.parametrize(("wanted", "level"), [("", "INFO"), ("debug", "DEBUG"), ("ERROR", "ERROR"), ("loud", "INFO")])
def test_the_level_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, wanted: str, level: str) -> None:
    monkeypatch.setenv("LOG_LEVEL", wanted)
    set_up_logging()
    set_up_logging()
    log = logging.getLogger("core")
    assert logging.getLevelName(log.level) == level
    assert len(log.handlers) == 1, "twice is once"


def test_a_log_for_programs_is_a_json_object_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOG_FORMAT", "json")
    set_up_logging()
    try:
        raise ValueError("two\nlines")
    except ValueError as error:
        faults.report(error, logging.getLogger("core.somewhere"), "testing")
    (line,) = capsys.readouterr().err.splitlines()
    written = json.loads(line)
    assert written["level"] == "ERROR"
    assert "while testing" in written["message"]
    assert "ValueError: two" in written["trace"]


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
