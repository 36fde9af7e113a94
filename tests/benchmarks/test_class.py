"""A class of thirty: all train `digits` at once, each from a page of their own, while the teacher watches the wall."""

import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psutil
import pytest
from playwright.sync_api import Browser, expect

from core.classes import room
from core.classes.wall import Tile, wall
from core.runs.run import owner_of
from core.runs.schema import connect
from core.runs.store import Store
from tests.benchmarks.conftest import LIMIT, visitor
from tests.benchmarks.session import Session
from tests.browser.conftest import Server

pytestmark = pytest.mark.benchmark

PUPILS, SLOTS = 30, 2
# Seconds on two quiet cores. A busy machine takes longer: the figures name its load.
START, CURVES, FINISHED, UPDATE = 10.0, 60.0, 150.0, 0.300
PATIENCE = 900.0
SERVER_BYTES = 1e9
TICK_SECONDS, WALL_SECONDS = 0.5, 1.5
TEACHER = "teacher".ljust(32, "x")
SECRETS = [f"pupil-{number}".ljust(32, "x") for number in range(PUPILS + 2)]  # the last two only watch, in browsers
TILES = ".classroom-wall .tile"


@pytest.fixture
def slots() -> int:
    """One for each of two cores."""
    return SLOTS


@pytest.fixture
def school(server: Server, chromium: Browser) -> Iterator[Store]:
    """The server's store; the browser has warmed the server up."""
    database = connect(f"sqlite:///{server.state / 'runs.db'}")
    yield Store(database)
    database.dispose()


def test_thirty_train_while_the_teacher_watches(
    server: Server, chromium: Browser, school: Store, figure: Callable[[str], None]
) -> None:
    class_id = joined(school)
    done, updates = threading.Event(), list[float]()
    with ThreadPoolExecutor(PUPILS + 1) as threads, ExitStack() as open_pages:
        open_pages.callback(done.set)
        browsers = [open_pages.enter_context(visitor(chromium)) for _ in range(3)]
        for page, secret, path in zip(
            browsers, [TEACHER, *SECRETS[PUPILS:]], ("/Class", "/Train", "/Class"), strict=True
        ):
            page.context.add_cookies([{"name": "torch_classroom", "value": secret, "url": server.url()}])
            page.goto(server.url(path))
        expect(browsers[0].locator(TILES)).to_have_count(len(SECRETS), timeout=LIMIT)
        sessions = list(threads.map(lambda secret: train_page(server, secret), SECRETS[:PUPILS]))
        teacher = Session(server.url(), TEACHER, "Class")
        for session in (*sessions, teacher):
            open_pages.callback(session.close)

        began = time.perf_counter()
        for session in sessions:
            session.press("Train")
            threads.submit(session.keep_alive, done)
        threads.submit(watch, teacher, done, updates)
        seconds = times(school, class_id, began)
        expect(browsers[0].locator(".classroom-wall .doing", has_text="finished")).to_have_count(PUPILS, timeout=LIMIT)
        memory = psutil.Process(server.process.pid).memory_info().rss if server.process else 0

    slow = statistics.quantiles(updates, n=20)[-1]
    load = f"load {os.getloadavg()[1]:.1f} in the last five minutes, two cores"
    figure(
        f"thirty started {seconds[0]:.1f} s, all have a curve {seconds[1]:.0f} s, all end {seconds[2]:.0f} s; {load}"
    )
    figure(
        f"the wall, {len(updates)} updates: median {1e3 * statistics.median(updates):.0f} ms, 95 %: {1e3 * slow:.0f} ms"
    )
    figure(f"the server: {memory / 1e6:.0f} MB")
    assert memory < SERVER_BYTES
    assert seconds[0] < START
    assert slow < UPDATE
    assert seconds[1] < CURVES
    assert seconds[2] < FINISHED


def joined(store: Store) -> str:
    """A class that everybody has joined; its id."""
    class_id, _secret = room.open_class(store.database, "thirty", teacher=owner_of(TEACHER))
    here = room.room_of(store.database, owner_of(TEACHER))
    assert here
    for secret in SECRETS:
        room.join(store.database, here.code, owner=owner_of(secret), address="192.0.2.7")
    return class_id


def train_page(server: Server, secret: str) -> Session:
    return Session(server.url(), secret, "Train", recipe="digits")


def watch(teacher: Session, done: threading.Event, updates: list[float]) -> None:
    """Have the wall drawn again and again, and note how long each time takes."""
    while not done.wait(WALL_SECONDS):
        updates.append(teacher.update())


def times(store: Store, class_id: str, began: float) -> list[float]:
    """Seconds until all runs are in line, until all have a curve, and until all have finished."""
    conditions: list[Callable[[Tile], bool]] = [
        lambda tile: tile.run_id is not None,
        lambda tile: bool(tile.curve),
        lambda tile: tile.doing == "finished",
    ]
    found: list[float] = []
    while len(found) < len(conditions):
        tiles = wall(store.database, class_id, [], SLOTS, teacher=owner_of(TEACHER)).tiles
        counts = [sum(condition(tile) for tile in tiles) for condition in conditions]
        assert time.perf_counter() - began < PATIENCE, counts
        found += [time.perf_counter() - began] * (counts[len(found)] >= PUPILS)
        time.sleep(TICK_SECONDS)
    return found
