"""A class of thirty: all train `digits` at once, while the teacher's wall is drawn again and again."""

import statistics
import time
from collections.abc import Callable

import pytest

from core.classes import room
from core.classes.wall import Wall
from core.recipes import configure
from core.runs.queue import Queue
from core.runs.run import owner_of
from core.runs.store import Store
from pages.components.class_room import tiles
from pages.components.shell import identity

pytestmark = pytest.mark.benchmark

PUPILS = 30
LIMIT = 0.300  # seconds of server time for the wall, at the 95th percentile
PATIENCE = 900.0  # seconds; two quiet cores take about 150
TICK_SECONDS = 0.5


def joined(store: Store) -> tuple[room.Room, list[str]]:
    """A class of thirty pupils, as its teacher sees it, and their owners."""
    teacher = owner_of("teacher")
    room.open_class(store.database, "thirty", teacher=teacher)
    here = room.room_of(store.database, teacher)
    assert here
    owners = [owner_of(f"pupil {number}") for number in range(PUPILS)]
    for owner in owners:
        room.join(store.database, here.code, owner=owner, address="192.0.2.7")
    return here, owners


def test_thirty_train_while_the_teacher_watches(
    store: Store, monkeypatch: pytest.MonkeyPatch, figure: Callable[[str], None]
) -> None:
    here, owners = joined(store)
    queue = Queue(store)
    monkeypatch.setattr(tiles, "store", lambda: store)
    monkeypatch.setattr(tiles, "queue", lambda: queue)
    monkeypatch.setattr(identity, "owner", lambda: owner_of("teacher"))
    monkeypatch.setattr(tiles, "_", lambda text, **values: text.format(**values))
    monkeypatch.setattr(tiles, "plural", lambda _one, many, number: many.format(number=number))
    queue.start()
    try:
        began = time.perf_counter()
        for owner in owners:
            store.create(configure("digits", {}), owner=owner, name="digits", recipe="digits")
        queue.wake()
        started = time.perf_counter() - began
        curves, finished, ticks = watched(here)
    finally:
        queue.close()
    slow = statistics.quantiles(ticks, n=20)[-1]
    figure(f"thirty runs queued in {started:.1f} s; all have a curve after {curves:.0f} s, all end in {finished:.0f} s")
    figure(f"the wall: median {1e3 * statistics.median(ticks):.1f} ms, 95th percentile {1e3 * slow:.1f} ms")
    assert started < 10
    assert slow < LIMIT


def watched(here: room.Room) -> tuple[float, float, list[float]]:
    """Draw the wall until all runs have finished. Seconds until all have a curve, until all ended, and of each tick."""
    began, ticks, curves = time.perf_counter(), [], None
    while time.perf_counter() - began < PATIENCE:
        tick = time.perf_counter()
        found: Wall = tiles.read_wall(here)
        tiles.on_wall(found, "doing", only_help=False)
        ticks.append(time.perf_counter() - tick)
        if curves is None and all(tile.curve for tile in found.tiles):
            curves = time.perf_counter() - began
        if all(tile.doing == "finished" for tile in found.tiles):
            return curves or 0.0, time.perf_counter() - began, ticks
        time.sleep(TICK_SECONDS)
    raise AssertionError(f"after {PATIENCE} s: {[tile.doing for tile in found.tiles]}")
