"""A real server and a real Chromium for the tests of this folder.

`app` is the app, running for all tests that can share it; `start_server` runs a script in a process of its own with a
state folder of its own. A test may kill them and start them again. `page` is a browser tab whose errors fail the test;
`new_page` opens more, narrow or dark ones.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import urljoin

import psutil
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    WebError,
    expect,
    sync_playwright,
)
from playwright.sync_api import Error as PlaywrightError

from core.runs import first_run
from core.runs.run import Run
from core.runs.schema import connect
from core.runs.state import ACTIVE, State
from core.runs.store import Store

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "test-results"
LIMIT = 60.0  # seconds, on a busy machine; what a browser waits for has twice as long
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Chromium's own traffic: tests work without a network.
ARGUMENTS = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
BLANK = '<link rel="icon" href="data:,">'
# `layoutShift()`: how much moved without the visitor's doing, the worst five seconds of it (Cumulative Layout Shift).
WATCH_SHIFTS = """() => {
    const seen = [];
    const observer = new PerformanceObserver((list) => seen.push(...list.getEntries()));
    observer.observe({ type: "layout-shift", buffered: true });
    window.layoutShift = () => {
        let [worst, sum, first, last] = [0, 0, -Infinity, -Infinity];
        for (const { value, startTime, hadRecentInput } of seen) {
            if (hadRecentInput) continue;
            if (startTime - last > 1000 || startTime - first > 5000) [sum, first] = [0, startTime];
            [sum, last] = [sum + value, startTime];
            worst = Math.max(worst, sum);
        }
        return worst;
    };
}"""
OUTCOME = pytest.StashKey[pytest.TestReport]()
TABS = pytest.StashKey[list[Page]]()


class Server:
    """`streamlit run script` on a free port of this machine. `state` outlives the process; `log` holds its output."""

    def __init__(self, script: Path, folder: Path, *, base: str = "", env: Mapping[str, str] | None = None) -> None:
        self.script = script
        self.state = folder / "state"
        self.log = folder / "server.log"
        self.port = _free_port()
        self.base = base.strip("/")
        self.process: subprocess.Popen[bytes] | None = None
        self._env = os.environ | _folders(self.state, folder) | {"PYTHONPATH": str(ROOT)} | dict(env or {})

    def url(self, path: str = "/") -> str:
        """The address of a page, such as `server.url("/Train?recipe=digits")`."""
        return f"http://127.0.0.1:{self.port}{'/' + self.base if self.base else ''}{path}"

    def start(self) -> None:
        """Start, also again after `kill`, and wait until it answers."""
        options = {
            "server.port": self.port,
            "server.address": "127.0.0.1",
            "server.headless": "true",
            "server.fileWatcherType": "none",
            "server.baseUrlPath": self.base,
        }
        command = [sys.executable, "-m", "streamlit", "run", str(self.script)]
        command += [f"--{name}={value}" for name, value in options.items()]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self._env, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        self._wait_until_healthy()

    def kill(self) -> None:
        """End it as a crash would (SIGKILL), its children left to themselves."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def children(self) -> list[psutil.Process]:
        """The processes that it started, and theirs."""
        return psutil.Process(self.process.pid).children(recursive=True) if self.process else []

    def end(self) -> None:
        """End it and whatever it leaves behind after 5 seconds."""
        children = self.children()
        self.kill()
        _gone, left = psutil.wait_procs(children, timeout=5)
        for child in left:
            child.kill()

    def _wait_until_healthy(self) -> None:
        assert self.process is not None
        limit = time.monotonic() + LIMIT
        while time.monotonic() < limit:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(self.url("/_stcore/health"), timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        log = self.log.read_text()
        self.end()
        pytest.fail(f"The server didn't start. Its log:\n{log}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _folders(state: Path, folder: Path) -> dict[str, str]:
    """The data that is on this machine already, and a state folder of its own."""
    nearby = ROOT.parent / "shared" / "data"
    data = os.environ.get("DATA_DIR") or str(nearby if nearby.is_dir() else folder / "data")
    return {"STATE_DIR": str(state), "DATA_DIR": data, "DATABASE_URL": ""}


class StartServer(Protocol):
    """`start_server(script, base="a/path", env={...})`: a running server, ended with the package's tests or before."""

    def __call__(
        self, script: Path = ROOT / "streamlit_app.py", *, base: str = "", env: Mapping[str, str] | None = None
    ) -> Server: ...


@pytest.fixture(scope="package")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """A function that starts servers (see `StartServer`); what still runs at the end is ended."""
    servers: list[Server] = []

    def start(
        script: Path = ROOT / "streamlit_app.py", *, base: str = "", env: Mapping[str, str] | None = None
    ) -> Server:
        server = Server(script, tmp_path_factory.mktemp("server"), base=base, env=env)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.end()


@pytest.fixture(scope="package")
def app(start_server: StartServer, profiles: "Profiles") -> Server:
    """The app, shared: a server takes seconds to import torch. It trains one run at a time.

    Its first visitor comes to Predict, where the app trains a network by itself because there is none.
    """
    server = start_server(env={"TRAINING_SLOTS": "1", "ALLOW_FOLDER_PATHS": "1"})
    with profiles.visitor() as visitor:
        visitor.goto(server.url("/Predict"))
        expect(visitor.get_by_text("the app trains one now")).to_be_visible()
        expect(visitor.locator(".classroom-pad canvas")).to_be_visible()
    return server


@pytest.fixture(scope="package")
def store(app: Server) -> Iterator[Store]:
    """What `app` keeps."""
    database = connect(f"sqlite:///{app.state / 'runs.db'}")
    yield Store(database)
    database.dispose()


@pytest.fixture(scope="package")
def builtin(store: Store) -> Run:
    """The network that the app trained for its first visitor."""
    [run] = store.recent(owner=first_run.OWNER)
    assert run.state == State.FINISHED
    return run


@pytest.fixture(autouse=True)
def nothing_runs_on(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test leaves a run to the next one."""
    store: Store | None = request.getfixturevalue("store") if "app" in request.fixturenames else None
    yield
    for run in store.recent(100, states=(*ACTIVE, State.QUEUED)) if store else ():
        assert store
        store.request_stop(run.id, owner=run.owner)
        wait(store, run.id, lambda run: run.ended)


def wait(store: Store, run_id: str, done: Callable[[Run], bool]) -> Run:
    """The run as soon as this is true of it."""
    deadline = time.monotonic() + LIMIT
    while not done(run := store.get(run_id)):
        assert time.monotonic() < deadline, f"still {run.state} at step {run.step}"
        time.sleep(0.02)
    return run


# --- browser ------------------------------------------------------------------------------------------------------


# Not for the whole session: Playwright keeps an event loop running in this thread, which other tests may not expect.
@pytest.fixture(scope="package")
def launch() -> Iterator[Callable[..., Browser]]:
    """A function that starts a Chromium with more arguments."""
    with sync_playwright() as playwright:
        found = next((path for name in BROWSERS if (path := shutil.which(name))), playwright.chromium.executable_path)
        if not Path(found).exists():
            pytest.fail(
                "These tests need Chromium. Install it with `python -m playwright install --with-deps chromium`, "
                "or from your system's packages (chromium, google-chrome)."
            )
        expect.set_options(timeout=2e3 * LIMIT)
        yield lambda *more: playwright.chromium.launch(executable_path=found, args=[*ARGUMENTS, *more])


@pytest.fixture(scope="package")
def chromium(launch: Callable[..., Browser]) -> Iterator[Browser]:
    """Chromium, shared by the tests; each has contexts of its own."""
    browser = launch()
    yield browser
    browser.close()


class Problems:
    """What went wrong in the browser: errors in its console and exceptions in its scripts."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        # On a deep link Streamlit looks for its server below the page's address first.
        self._allowed = [r"404 .*/_stcore/"]

    def allow(self, pattern: str) -> None:
        """Expect errors that this regular expression finds."""
        self._allowed.append(pattern)

    def allow_lost_connection(self) -> None:
        """Expect what a browser says while its server is down."""
        self.allow("WebSocket|ERR_CONNECTION_REFUSED|disconnected from server|server is not responding")

    @contextmanager
    def watched(self, context: BrowserContext) -> Iterator[None]:
        """Collect from every page of `context`."""
        context.on("console", self._said)
        context.on("weberror", self._thrown)
        yield
        context.remove_listener("console", self._said)
        context.remove_listener("weberror", self._thrown)

    def _thrown(self, error: WebError) -> None:
        self.seen.append(str(error.error))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.seen.append(f"{message.text} at {message.location['url']}")

    @property
    def unexpected(self) -> list[str]:
        """What nobody allowed."""
        return [text for text in self.seen if not any(re.search(pattern, text) for pattern in self._allowed)]


@pytest.fixture
def problems() -> Problems:
    """The browser's errors in this test. `problems.allow("WebSocket")` says which are meant to happen."""
    return Problems()


class Profiles:
    """Profiles of the browser, used again: with the scripts compiled, a page opens in half the time."""

    def __init__(self, chromium: Browser) -> None:
        self._chromium = chromium
        self._free: list[Page] = []

    @contextmanager
    def visitor(self, width: int = 1440, height: int = 900, dark: bool = False) -> Iterator[Page]:
        """A tab without cookies, alone in its profile."""
        page = self._free.pop() if self._free else self._new()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
        yield page
        if self._clean(page):
            self._free.append(page)
        else:
            page.context.close()

    def _new(self) -> Page:
        context = self._chromium.new_context(locale="en-US", reduced_motion="reduce")
        context.set_default_timeout(2e3 * LIMIT)
        context.add_init_script(f"({WATCH_SHIFTS})()")
        return context.new_page()

    def _clean(self, page: Page) -> bool:
        """Forget the visitor. False where that isn't possible."""
        for other in page.context.pages:
            if other is not page:
                other.close()
        try:
            page.unroute_all()
            # Of the same origin. It names an icon: a browser fetches a missing one later, when the server may be gone.
            blank = urljoin(page.url, "/blank")
            page.route(blank, lambda route: route.fulfill(content_type="text/html", body=BLANK))
            page.goto(blank)
            page.evaluate("() => { localStorage.clear(); sessionStorage.clear() }")
            page.unroute_all()
        except PlaywrightError:  # closed, or it shows no page of a server
            return False
        page.context.clear_cookies()
        return True


class NewPage(Protocol):
    """`new_page(width=390, height=844, dark=True)`: a tab of a browser profile of its own, so of another visitor."""

    def __call__(self, *, width: int = 1440, height: int = 900, dark: bool = False) -> Page: ...


@pytest.fixture(scope="package")
def profiles(chromium: Browser) -> Profiles:
    """The profiles that visitors take turns with."""
    return Profiles(chromium)


@pytest.fixture
def new_page(profiles: Profiles, problems: Problems, request: pytest.FixtureRequest) -> Iterator[NewPage]:
    """A function that opens tabs (see `NewPage`). When a test fails, pictures of all of them are in `test-results/`."""
    pages = request.node.stash[TABS] = []
    with ExitStack() as visitors:

        def open_page(*, width: int = 1440, height: int = 900, dark: bool = False) -> Page:
            page = visitors.enter_context(profiles.visitor(width, height, dark))
            visitors.enter_context(problems.watched(page.context))
            pages.append(page)
            return page

        yield open_page
        report = request.node.stash.get(OUTCOME, None)
        if problems.unexpected or (report and report.failed):
            tabs = [tab for page in pages for tab in page.context.pages]
            for number, tab in enumerate(tabs, start=1):
                screenshot(tab, f"{request.node.name}-{number}")
    assert problems.unexpected == []


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A tab, 1440×900, light, English. Errors in its console fail the test unless `problems` allows them."""
    return new_page()


def settled(page: Page) -> None:
    """Wait until the server has answered everything."""
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning")


def screenshot(page: Page, name: str) -> Path:
    """A picture of what `page` shows, as `test-results/name.png`."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / (re.sub(r"[^\w.-]+", "_", name) + ".png")
    page.screenshot(path=path)
    return path


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let fixtures see whether their test failed, and show what its servers said and what became of its runs."""
    report = yield
    if report.when == "call":
        item.stash[OUTCOME] = report
    if report.failed and isinstance(item, pytest.Function):
        for page in item.stash.get(TABS, []) if report.when == "call" else ():
            report.sections.append((f"what {page.url} shows", _shown(page)))
        for name, value in item.funcargs.items():
            if isinstance(value, Server):
                report.sections.append((f"the log of `{name}`", "\n".join(value.log.read_text().splitlines()[-30:])))
            if isinstance(value, Store):
                report.sections.append((f"the last runs of `{name}`", "\n".join(map(_in_short, value.recent(5)))))
    return report


def _shown(page: Page) -> str:
    """The text of a tab, and how many charts it has."""
    try:
        charts = page.locator(".classroom-live-chart").evaluate_all("all => all.map(one => one.dataset.points)")
        return f"charts: {charts}\n{page.get_by_test_id('stMain').inner_text(timeout=2_000)[:1500]}"
    except PlaywrightError as error:  # a tab that is closed, or shows no page of the app
        return str(error)


def _in_short(run: Run) -> str:
    return f"{run.id} {run.state} attempt {run.attempt} step {run.step} of {run.total_steps} {run.note or ''}"
