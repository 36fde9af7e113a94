"""Live answers to a camera: for whom may see the run, of pictures only, bounded."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.data.own import stored
from core.runs.run import Run
from core.runs.store import Store
from pages.components.predict import live_routes
from pages.components.shell.identity import COOKIE, owner_at
from pages.components.shell.requests import Rate
from tests.core.data.own.pictures import huge_png, jpeg
from tests.core.data.sets import imported, pets
from tests.runs import queue, train_next

ME, YOU = f"{COOKIE}={'m' * 32}", f"{COOKIE}={'y' * 32}"
SETTINGS: dict[str, Any] = {
    "data__image_size": 8,
    "data__mean": [0.5] * 3,
    "data__std": [0.5] * 3,
    "data__validation_fraction": 0.5,
    "model__layers": [
        {"kind": "conv2d", "out_channels": 2, "kernel_size": 3},
        {"kind": "flatten"},
        {"kind": "linear", "out_features": 2},
    ],
}
pytestmark = pytest.mark.usefixtures("tasks_at_once")


@pytest.fixture
def run(store: Store) -> Run:
    name = imported(pets(8, 8)).name
    owner = owner_at({COOKIE: "m" * 32})
    stored.claim(name, owner)
    queue(store, "pets", owner=owner, data__dataset=name, epochs=1, **SETTINGS)
    return train_next(store)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(live_routes, "_rate", Rate(1e6, 1e6))
    live_routes._loaded.cache_clear()
    with TestClient(Starlette(routes=live_routes.routes(""))) as client:
        yield client


def ask(server: TestClient, run: str, picture: bytes, cookie: str = ME, key: str = "", query: str = "") -> Any:
    headers = {"Cookie": cookie} | ({"X-Key": key} if key else {})
    return server.post(f"/live/{run}{query}", content=picture, headers=headers)


def test_a_picture_is_answered_with_a_share_for_each_class(server: TestClient, run: Run) -> None:
    said = ask(server, run.id, jpeg()).json()
    assert len(said["shares"]) == 2
    assert sum(said["shares"]) == pytest.approx(1, abs=1e-3)
    assert said["far"] is False
    assert "heat" not in said
    explained = ask(server, run.id, jpeg(), query="?explain=1").json()
    assert explained["heat"].startswith("data:image/jpeg;base64,")


def test_a_stranger_needs_the_key(server: TestClient, run: Run) -> None:
    assert ask(server, run.id, jpeg(), YOU).status_code == 400
    assert ask(server, run.id, jpeg(), YOU, key="x" * 16).status_code == 400
    assert run.link_key
    assert ask(server, run.id, jpeg(), YOU, key=run.link_key).status_code == 200


@pytest.mark.parametrize("name", ["0" * 12, "file-" + "0" * 16, "file-..", "x" * 500, "%00"])
def test_a_network_that_is_not_there_is_told(server: TestClient, name: str) -> None:
    answer = ask(server, name, jpeg())
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize("data", [b"", b"text", huge_png(), jpeg()[:100]])
def test_what_is_no_picture_is_told(server: TestClient, run: Run, data: bytes) -> None:
    answer = ask(server, run.id, data)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_too_much_and_too_often_is_refused(server: TestClient, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(server, run.id, bytes(50_000_000)).status_code == 413
    monkeypatch.setattr(live_routes, "_rate", Rate(per_second=0.001, burst=2))
    assert [ask(server, run.id, jpeg()).status_code for _ in range(3)] == [200, 200, 429]
