"""A real server and real browsers for benchmarks."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import ARGUMENTS, BROWSERS, ROOT, Server
from tests.conftest import REAL_DATA

LIMIT = 120_000.0  # milliseconds


@pytest.fixture
def slots() -> int:
    """How many runs train at once."""
    return 1


@pytest.fixture
def server(tmp_path: Path, slots: int) -> Iterator[Server]:
    """A new server for each test."""
    env = {"TRAINING_SLOTS": str(slots), "DATA_DIR": str(REAL_DATA)}
    made = Server(ROOT / "streamlit_app.py", tmp_path / "served", env=env)
    made.log.parent.mkdir()
    made.start()
    yield made
    made.end()


@pytest.fixture
def chromium(server: Server) -> Iterator[Browser]:
    """A browser whose first visitor has had the first network trained, and the pages Predict and Data imported."""
    with sync_playwright() as playwright:
        found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        with visitor(browser) as page:
            page.goto(server.url("/Predict?way=upload"))
            expect(page.locator("input[type=file]").last).to_be_attached(timeout=LIMIT)
            page.goto(server.url("/Data"))
            expect(page.locator("canvas").first).to_be_visible(timeout=LIMIT)
        yield browser
        browser.close()


@contextmanager
def visitor(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-US")
    context.set_default_timeout(LIMIT)
    try:
        yield context.new_page()
    finally:
        context.close()
