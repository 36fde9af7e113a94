"""Every test has folders of its own; the real data is used where it lies."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine

import core  # noqa: F401 - sets how torch's threads wait, before any test imports torch
from core import environment
from core.runs.schema import connect
from core.runs.store import Store
from tests import order, postgres

# Where the real data sets lie when they are here: DATA_DIR, or `shared/data` beside the project.
REAL_DATA = Path(os.environ.get("DATA_DIR") or Path(__file__).parents[2] / "shared" / "data").resolve()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first: were it last, everybody would wait for it."""
    items.sort(key=lambda item: order.turn(item.nodeid))


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> order.Together:
    """Which tests share a process."""
    return order.Together(config, log)


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """A function that takes a measured figure, such as "a tick: 500 bytes", which the output ends with.

    What a test prints is lost where it runs in a process of its own.
    """
    return partial(record_property, "figure")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures of all tests."""
    reports = [one for outcome in ("passed", "failed") for one in terminalreporter.getreports(outcome)]
    figures = [text for one in reports if one.when == "call" for name, text in one.user_properties if name == "figure"]
    if figures:
        terminalreporter.section("measured")
        terminalreporter.write("".join(f"{text}\n" for text in figures))


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder and an empty data folder; returns the state folder."""
    return set_folders(monkeypatch, tmp_path)


def set_folders(environ: pytest.MonkeyPatch, root: Path) -> Path:
    """Let the app keep everything below `root`; returns the state folder."""
    environ.setenv("STATE_DIR", str(root / "state"))
    environ.setenv("DATA_DIR", str(root / "data"))
    environ.delenv("DATABASE_URL", raising=False)
    return root / "state"


@pytest.fixture(scope="module")
def shared_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `shared_folders` sets."""
    return tmp_path_factory.mktemp("shared")


@pytest.fixture
def shared_folders(folders: Path, shared_root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same folders for all tests of a file, so that one may use what another has made; returns the state folder."""
    return set_folders(monkeypatch, shared_root)


@pytest.fixture
def real_data(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The real MNIST, Fashion-MNIST and photos. The test is skipped where they aren't, except in CI."""
    if not (REAL_DATA / "MNIST" / "raw").exists():
        assert not os.environ.get("CI"), f"the real data is missing at {REAL_DATA}"
        pytest.skip(f"no real data at {REAL_DATA}")
    monkeypatch.setenv("DATA_DIR", str(REAL_DATA))
    return REAL_DATA


@pytest.fixture
def resnet34_is_here(folders: Path) -> None:
    """The file of ResNet-34's weights exists, though empty: the recipes are those of the tutorials."""
    environment.weights_dir().mkdir(parents=True)
    (environment.weights_dir() / "resnet34-b627a593.pth").touch()


@pytest.fixture
def database() -> Iterator[Engine]:
    """An empty run database."""
    engine = connect(environment.database_url())
    yield engine
    engine.dispose()


@pytest.fixture
def store(database: Engine) -> Store:
    """An empty store."""
    return Store(database)


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """A PostgreSQL server for all tests of this process."""
    server = postgres.cluster()
    yield server
    server.stop()
    shutil.rmtree(server.folder)
