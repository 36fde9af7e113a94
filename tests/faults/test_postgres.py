"""Several servers on one PostgreSQL: they share runs, take over from each other, and wait while it is gone."""

import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.classes import board, ending, leaving, room
from core.classes.scoring import score
from core.classes.wall import wall
from core.config import RunConfig
from core.recipes import configure
from core.runs import history
from core.runs.run import Run, owner_of
from core.runs.schema import connect
from core.runs.state import State
from core.runs.store import Store
from core.training.__main__ import train
from tests.browser.conftest import ROOT, Server
from tests.postgres import Cluster
from tests.runs import ME

TEACHER = owner_of("teacher")
LIMIT = 120.0  # seconds, on a busy machine
SHORT = configure("digits", {"epochs": 3})
LONG = configure("digits", {"epochs": 60})
GONE = 12.0  # seconds, more than a silent process gets
SHIFT = 60  # seconds that one machine's clock is ahead
CLOCK = f"""
import time
true = time.time
time.time = lambda: true() + {SHIFT}
"""


@pytest.fixture
def url(cluster: Cluster) -> str:
    return cluster.create(f"test_{secrets.token_hex(6)}")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    engine = connect(url)
    yield Store(engine)
    engine.dispose()


@pytest.fixture
def start(url: str, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts a server on the database; all share a state folder, as machines do with a network drive."""
    servers: list[Server] = []

    def started(name: str, **environ: str) -> Server:
        folder = tmp_path / name
        folder.mkdir()
        shared = {"DATABASE_URL": url, "STATE_DIR": str(tmp_path / "state"), "TRAINING_SLOTS": "1"}
        server = Server(ROOT / "streamlit_app.py", folder, env=shared | environ)
        servers.append(server)
        server.start()
        return server

    yield started
    for server in servers:
        server.end()


def wait(store: Store, run_id: str, done: Callable[[Run], bool]) -> Run:
    deadline = time.monotonic() + LIMIT
    while not done(run := store.get(run_id)):
        assert time.monotonic() < deadline, f"still {run.state} at step {run.step}"
        time.sleep(0.05)
    return run


def finished(store: Store, run_id: str) -> list[float]:
    """The validation losses of a run, once it is finished."""
    run = wait(store, run_id, lambda run: run.ended)
    assert run.state == State.FINISHED, run.note
    return [record.val_loss for record in history.epoch_records(store.database, run_id)]


def alone(config: RunConfig) -> list[float]:
    """The validation losses of a training that shares nothing with anybody."""
    *epochs, _summary = train(config)
    return [epoch["val_loss"] for epoch in epochs]


def create(store: Store, config: RunConfig, owner: str = ME) -> str:
    return store.create(config, owner=owner, name="a run")


def a_class(store: Store) -> tuple[str, list[str]]:
    """A class with two pupils: its id and theirs."""
    class_id, _secret = room.open_class(store.database, "8b", teacher=TEACHER)
    here = room.room_of(store.database, TEACHER)
    assert here
    pupils = [owner_of("anna"), owner_of("ben")]
    for owner in pupils:
        room.join(store.database, here.code, owner=owner, address="here")
    return class_id, pupils


def test_two_servers_train_each_others_runs_though_their_clocks_differ(
    start: Callable[..., Server], store: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runs are those of a class, whose wall and board show the pupils of both servers."""
    (tmp_path / "sitecustomize.py").write_text(CLOCK)
    servers = [start("right"), start("ahead", PYTHONPATH=f"{tmp_path}:{ROOT}")]
    class_id, pupils = a_class(store)
    runs = [create(store, SHORT, owner) for owner in pupils * 3]
    losses = [finished(store, run_id) for run_id in runs]
    assert losses == [alone(SHORT)] * len(runs)
    assert {store.get(run_id).attempt for run_id in runs} == {1}, "a server thought that the other one was gone"
    trained = [
        {run_id for run_id in runs if f"run {run_id}, attempt 1: claimed" in one.log.read_text()} for one in servers
    ]
    assert all(trained), "one server trained everything"
    assert sum(map(len, trained)) == len(runs), "a run was trained twice"
    shown = wall(store.database, class_id, store.line(), 1, teacher=TEACHER).tiles
    assert {(tile.owner, tile.runs, tile.doing) for tile in shown} == {(owner, 3, "finished") for owner in pupils}

    monkeypatch.setenv("DATABASE_URL", url)
    board.open_board(store.database, class_id, "digits", teacher=TEACHER)
    hidden = {owner: create(store, SHORT, owner) for owner in pupils}
    assert all(finished(store, run_id) != losses[0] for run_id in hidden.values()), "they lack the hidden images"
    for owner, run_id in hidden.items():
        for _progress in score(run_id, board.submit(store.database, class_id, run_id, owner=owner)):
            pass
    board.reveal(store.database, class_id, teacher=TEACHER)
    assert {one.owner for one in board.standings(store.database, class_id, viewer=pupils[0])} == set(pupils)
    leaving.delete_mine(store.database, pupils[0])
    ending.delete_all(store.database, class_id, teacher=TEACHER)
    assert store.recent(20) == []


def test_a_server_takes_over_what_a_dead_one_left(
    start: Callable[..., Server], store: Store, figure: Callable[[str], None]
) -> None:
    dead = start("dead")
    run_id = create(store, LONG)
    wait(store, run_id, lambda run: run.step > 300)
    start("other")
    processes = dead.children()
    dead.kill()
    for process in processes:  # as if the whole machine were gone
        process.kill()
    died = time.monotonic()
    wait(store, run_id, lambda run: run.attempt == 2)
    figure(f"another server took over after {time.monotonic() - died:.1f} s")
    assert finished(store, run_id) == alone(LONG)


def test_runs_outlive_a_database_server_that_is_gone_for_a_while(
    start: Callable[..., Server], store: Store, cluster: Cluster
) -> None:
    start("server", TRAINING_SLOTS="2")
    runs = [create(store, LONG) for _ in range(2)]
    for run_id in runs:
        wait(store, run_id, lambda run: run.step > 100)
    cluster.stop()
    time.sleep(GONE)
    cluster.start()
    assert [finished(store, run_id) for run_id in runs] == [alone(LONG)] * 2
