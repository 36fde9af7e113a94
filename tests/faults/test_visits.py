"""Visitors who have gone leave nothing behind."""

import os
from collections.abc import Callable
from pathlib import Path

from core.storage import path_aside
from tests.visits import PAGES, CountingServer, visit

VISITS = 30
CHANCE = 3  # files and threads: of the moment, such as a connection to the database


def test_visits_leave_no_session_file_or_thread_behind(tmp_path: Path, figure: Callable[[str], None]) -> None:
    server = CountingServer(tmp_path, {"TRAINING_SLOTS": "1"})
    half = path_aside(server.state / "runs" / "killed")
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half of a checkpoint")
    os.utime(half, (0, 0))
    server.start()
    try:
        for page in PAGES:  # imports, and what is opened once
            visit(server, page)
        before = server.kept()
        for number in range(VISITS):
            visit(server, PAGES[number % len(PAGES)], hurry=number % 3 == 0)
        after = server.kept()
    finally:
        server.end()
    figure(f"{VISITS} visits: {before} before, {after} after")
    assert not half.exists(), "a server that starts sweeps what was left by a killed one"
    assert after.sessions == after.resumable
    assert after.files <= before.files + CHANCE
    assert after.threads <= before.threads + CHANCE
