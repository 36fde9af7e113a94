"""What ends a run is told as what it is."""

import errno
import sqlite3
from pathlib import Path

import pytest
import torch
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from core import environment, faults
from core.data import datasets
from core.runs import causes, damage, journal
from core.runs.schema import connect
from core.runs.state import State
from core.runs.store import Store
from core.training import run_files
from core.training.loop import Trainer
from tests.runs import claimed, queue, train_next


def fail_with(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Trainer, "training_step", fail)


def test_a_bug_is_an_error_of_the_app_with_a_number_and_a_trace_and_is_not_tried_again(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fail_with(monkeypatch, ZeroDivisionError("a bug of ours"))
    run_id = queue(store, epochs=1)
    run = train_next(store)
    assert run.state == State.FAILED
    assert run.attempt == 1
    assert run.note
    number = str(run.note.values["number"])
    assert str(run.note).startswith(f"An error of the app ended it (number {number}).")
    trace = run_files.trace(run_id).read_text()
    assert "ZeroDivisionError: a bug of ours" in trace
    assert number in trace
    assert f"error {number} while training run {run_id}" in caplog.text
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (MemoryError(), faults.NO_MEMORY),
        (
            RuntimeError("[enforce fail at alloc_cpu.cpp:118] DefaultCPUAllocator: can't allocate memory"),
            faults.NO_MEMORY,
        ),
        (RuntimeError("CUDA out of memory. Tried to allocate 20 GiB"), faults.NO_MEMORY),
        (OSError(errno.ENOSPC, "No space left on device"), faults.DISK_FULL),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), faults.DISK_FULL),
        (OperationalError("insert", {}, sqlite3.OperationalError("database or disk is full")), faults.DISK_FULL),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), None),
        (KeyError("memory"), None),
        (OSError(errno.EACCES, "Permission denied"), None),
    ],
    ids=str,
)
def test_memory_and_disk_are_told_only_where_they_are_the_cause(error: Exception, cause: object) -> None:
    assert faults.cause(error) == cause


def test_a_network_too_large_for_the_memory_is_told_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 80 GB"))
    queue(store, epochs=1)
    run = train_next(store)
    assert (run.state, run.note) == (State.FAILED, faults.NO_MEMORY)


def test_a_real_allocation_that_fails_is_recognised() -> None:
    with pytest.raises(RuntimeError) as raised:
        torch.empty(2**60, dtype=torch.uint8)
    assert faults.cause(raised.value) == faults.NO_MEMORY


def test_a_full_disk_under_the_database_ends_the_process_with_its_code_and_others_live_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's own limit of pages gives the very error of a full disk."""
    monkeypatch.setattr(journal, "FULL_SECONDS", 0.2)
    run_id = queue(store, epochs=200)
    ours = claimed(store)
    with ours.database.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()

    def limit(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    ours.database.dispose()
    event.listen(ours.database, "connect", limit)
    store.give_back(run_id, ours.attempt)
    with pytest.raises(SystemExit) as ended:
        train_next(store)
    event.remove(ours.database, "connect", limit)
    ours.database.dispose()
    assert ended.value.code == causes.EXIT_DISK_FULL
    run = store.get(run_id)
    store.give_back(run_id, run.attempt, cause=causes.of_exit(causes.EXIT_DISK_FULL))
    assert (store.get(run_id).state, store.get(run_id).note) == (State.FAILED, faults.DISK_FULL)
    store.resume(run_id, owner=run.owner)
    assert store.line() == [run_id], "with space again it goes on"


def test_a_journal_waits_for_a_database_that_is_away_for_a_while(store: Store) -> None:
    queue(store, epochs=1)
    ours = claimed(store)
    away = iter(range(3))

    def refuse(*_: object) -> None:
        if next(away, None) is not None:
            raise sqlite3.OperationalError("unable to open database file")

    event.listen(ours.database, "before_cursor_execute", refuse)
    assert ours.heartbeat() is False
    event.remove(ours.database, "before_cursor_execute", refuse)
    assert next(away, None) is None


# --- damaged databases --------------------------------------------------------------------------------------------


def with_a_run() -> tuple[str, Path]:
    url = environment.database_url()
    queue(Store(connect(url)))
    connect(url).dispose()
    connect.cache_clear()
    file = environment.state_dir() / "runs.db"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return url, file


@pytest.mark.parametrize("content", [b"not a database at all, but text" * 99, bytes(8192)], ids=["text", "zeros"])
def test_a_damaged_database_is_set_aside_whole_and_a_new_one_begins(content: bytes) -> None:
    url, file = with_a_run()
    file.write_bytes(content)
    aside = damage.set_damaged_aside(url)
    assert aside
    assert aside.read_bytes() == content
    assert not file.exists()
    assert damage.set_aside(url) == [aside]
    assert Store(connect(url)).recent() == []
    assert damage.set_damaged_aside(url) is None


def test_a_database_with_a_damaged_page_is_set_aside() -> None:
    url, file = with_a_run()
    content = bytearray(file.read_bytes())
    content[4096 : 4096 * 3] = b"\xff" * 8192
    file.write_bytes(content)
    assert damage.set_damaged_aside(url)


def test_a_whole_or_busy_or_missing_database_stays_where_it_is() -> None:
    url = environment.database_url()
    assert damage.set_damaged_aside(url) is None
    url, file = with_a_run()
    assert damage.set_damaged_aside(url) is None
    with sqlite3.connect(file, isolation_level=None) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        assert damage.set_damaged_aside(url) is None
    assert file.exists()
    assert damage.set_damaged_aside("postgresql://localhost/runs") is None
    assert damage.set_damaged_aside("sqlite://") is None


def test_training_data_that_is_gone_is_no_bug(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(datasets, "load", full)
    queue(store, epochs=1)
    assert train_next(store).note == faults.DISK_FULL
