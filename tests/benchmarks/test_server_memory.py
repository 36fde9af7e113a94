"""What the whole app takes of a small server's memory: every page visited, one worker, one small training."""

from collections.abc import Callable

import psutil
import pytest
from playwright.sync_api import Browser, expect

from core.recipes import configure
from core.runs.schema import connect
from core.runs.store import Store
from tests.benchmarks.conftest import LIMIT, visitor
from tests.browser.conftest import Server, wait

pytestmark = [pytest.mark.benchmark, pytest.mark.filterwarnings("ignore::ResourceWarning")]
TOGETHER = 700e6  # bytes: what Streamlit Community Cloud promises at least, less a little
PAGES = (
    "/",
    *(f"/Data?tab={tab}" for tab in ("A batch", "Numbers", "Transforms", "Checks and labels", "Bring your own")),
    "/Train",
    "/Runs",
    *(f"/Activations?tab={tab}" for tab in ("Shapes", "Speed", "Boundaries", "Training", "Inside")),
    *(f"/Predict?way={way}" for way in ("draw", "upload", "held-out", "many")),
    "/Gradient_Descent",
    "/Gradient_Descent?tab=Race",
)
TABS = ("Curves", "Evaluate", "Diagnosis", "Hand in")


def proportional(server: Server) -> dict[str, int]:
    """Bytes of each process, by its kind; memory that several share counts once in all (PSS)."""
    assert server.process
    processes = [psutil.Process(server.process.pid), *server.children()]
    names = ["server", *(" ".join(child.cmdline()[-3:]) for child in processes[1:])]
    return {f"{name} ({one.pid})": int(one.memory_full_info().pss) for name, one in zip(names, processes, strict=True)}


@pytest.mark.skipif(not psutil.LINUX, reason="only Linux says what processes share")
def test_the_whole_app_fits_into_a_small_server(
    server: Server, chromium: Browser, figure: Callable[[str], None]
) -> None:
    store = Store(connect(f"sqlite:///{server.state / 'runs.db'}"))
    run_id = store.create(configure("digits", {"epochs": 10_000}), owner="nobody", name="small")
    wait(store, run_id, lambda run: run.step > 0)
    largest: dict[str, int] = {}
    with visitor(chromium) as page:
        for address in (*PAGES, *(f"/Train?run={run_id}&tab={tab}" for tab in TABS)):
            page.goto(server.url(address))
            running = page.get_by_test_id("stApp")
            expect(running).to_have_attribute("data-test-script-state", "notRunning", timeout=LIMIT)
            now = proportional(server)
            if sum(now.values()) > sum(largest.values()):
                largest = now
    assert store.get(run_id).active, "it trained all the time"
    store.request_stop(run_id, owner="nobody")
    store.database.dispose()
    parts = ", ".join(f"{name} {size / 1e6:.0f}" for name, size in largest.items())
    figure(f"every page visited, one training: {sum(largest.values()) / 1e6:.0f} MB ({parts})")
    assert sum(largest.values()) < TOGETHER
