"""Three hundred visits, and what is left of them once Streamlit keeps none for a lost connection any more."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.visits import PAGES, CountingServer, visit

pytestmark = pytest.mark.benchmark
VISITS = 300
KEPT_SECONDS = 125.0  # a little longer than Streamlit keeps a session whose connection was lost
CHANCE = 3  # files and threads: of the moment, such as a connection to the database
BYTES = 20e6


def test_three_hundred_visits_leave_nothing_behind(tmp_path: Path, figure: Callable[[str], None]) -> None:
    server = CountingServer(tmp_path, {"TRAINING_SLOTS": "1"})
    server.start()
    try:
        for number in range(2 * len(PAGES)):  # imports, and what is opened once
            visit(server, PAGES[number % len(PAGES)])
        before = server.kept()
        for number in range(VISITS):
            visit(server, PAGES[number % len(PAGES)], hurry=number % 3 == 0)
        soon = server.kept()
        time.sleep(KEPT_SECONDS)
        visit(server, PAGES[0])  # Streamlit clears up when the next one leaves
        later = server.kept()
    finally:
        server.end()
    figure(f"{VISITS} visits: {before} before; {soon} soon after; {later} later")
    assert later.sessions == later.resumable == 1
    assert later.files <= before.files + CHANCE
    assert later.threads <= before.threads + CHANCE
    assert later.bytes - before.bytes < BYTES
