"""The routes that take pictures refuse what is no picture, too much or from the wrong sender, and keep none of it."""

import io
import json
import os
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.data.own import gathering
from pages.components.data import gathering_routes
from pages.components.shell.identity import COOKIE, owner_at
from pages.components.shell.requests import Rate
from tests.core.data.own.pictures import as_file, huge_png, jpeg, scene

ME, YOU = {COOKIE: "m" * 32}, {COOKIE: "y" * 32}  # cookies of two browsers
OWNER = owner_at(ME)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(gathering_routes, "_rate", Rate(1e6, 1e6))
    gathering_routes._room.cache_clear()
    with TestClient(Starlette(routes=gathering_routes.routes("")), base_url="http://testserver") as client:
        yield client


@pytest.fixture
def cup() -> str:
    return gathering.add_class(OWNER, "Cup").id


def packed(category: str, files: list[bytes], ids: list[str] | None = None) -> bytes:
    ids = ids or [secrets.token_hex(12) for _ in files]
    listed = [[name, len(data)] for name, data in zip(ids, files, strict=True)]
    header = json.dumps({"class": category, "pictures": listed}).encode()
    return len(header).to_bytes(4, "little") + header + b"".join(files)


def send(server: TestClient, body: bytes, cookies: dict[str, str] = ME, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return server.post("/gather/pictures", content=body, headers={"Cookie": cookie, **named})


def change(server: TestClient, cookies: dict[str, str] = ME, **values: Any) -> Any:
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    named = {("class" if name == "category" else name): value for name, value in values.items()}
    return server.post("/gather/change", content=json.dumps(named), headers={"Cookie": cookie})


def state(server: TestClient, cookies: dict[str, str] = ME, **headers: str) -> Any:
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.get("/gather/state", headers={"Cookie": cookie, **named})


def kept() -> int:
    """Pictures of the owner; no file is left beside them."""
    files = [file for file in gathering.folder(OWNER).rglob("*") if file.is_file() and file.name != "set.json"]
    assert len(files) == gathering.of(OWNER).pictures
    return len(files)


def test_pictures_are_kept_and_shown_to_their_owner(server: TestClient, cup: str) -> None:
    assert send(server, packed(cup, [jpeg(seed) for seed in range(8)])).json() == {"kept": 8}
    (one,) = state(server).json()["classes"]
    assert (one["name"], one["count"], len(one["pictures"])) == ("Cup", 8, 8)
    cookie = f"{COOKIE}={ME[COOKIE]}"
    shown = server.get(f"/gather/picture/{one['pictures'][0]}", headers={"Cookie": cookie})
    assert shown.content == jpeg(0)
    assert shown.headers["content-type"] == "image/jpeg"
    have = state(server).json()["version"]
    assert server.get(f"/gather/state?have={have}", headers={"Cookie": cookie}).status_code == 204


@pytest.mark.parametrize(
    "data",
    [
        b"text",
        b"",
        as_file(scene(), "PNG"),
        huge_png(),
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        jpeg()[:200],
        b"\xff\xd8\xff" + os.urandom(5_000),
        os.urandom(gathering_routes.PICTURE_BYTES + 1),
    ],
    ids=["text", "empty", "png", "bomb", "svg", "cut", "noise", "large"],
)
def test_one_file_that_is_no_small_jpeg_refuses_the_whole_batch(server: TestClient, cup: str, data: bytes) -> None:
    answer = send(server, packed(cup, [jpeg(1), data, jpeg(2)]))
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert kept() == 0


def test_a_jpeg_of_many_pixels_is_refused(server: TestClient, cup: str) -> None:
    file = io.BytesIO()
    Image.new("L", (6_000, 6_000)).save(file, "JPEG", quality=1)
    assert send(server, packed(cup, [file.getvalue()[: gathering_routes.PICTURE_BYTES]])).status_code == 400
    assert kept() == 0


def test_fifty_megabytes_are_refused_before_they_are_read(server: TestClient, cup: str) -> None:
    declared = send(server, packed(cup, [bytes(50_000_000)]))
    assert declared.status_code == 413

    def endless() -> Iterator[bytes]:
        for _ in range(1_000):
            yield bytes(50_000)

    cookie = f"{COOKIE}={ME[COOKIE]}"
    streamed = server.post("/gather/pictures", content=endless(), headers={"Cookie": cookie})
    assert streamed.status_code == 413
    assert kept() == 0


def test_ten_thousand_pictures_are_refused_at_once_and_one_by_one(server: TestClient, cup: str) -> None:
    assert send(server, packed(cup, [b"x"] * 10_000)).status_code == 400
    assert send(server, packed(cup, [jpeg()] * (gathering_routes.AT_ONCE + 1))).status_code == 400
    assert kept() == 0
    answers = [send(server, packed(cup, [jpeg(number)] * 10)).status_code for number in range(25)]
    assert answers == [200] * 20 + [400] * 5
    assert kept() == gathering.PICTURES


def test_a_sender_who_is_too_fast_is_told_to_wait(
    server: TestClient, cup: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering_routes, "_rate", Rate(per_second=0.001, burst=15))
    assert send(server, packed(cup, [jpeg(seed) for seed in range(10)])).status_code == 200
    refused = send(server, packed(cup, [jpeg(seed) for seed in range(10)]))
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert kept() == 10


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xff\xff\xff{}",
        b"\x02\x00\x00\x00[]",
        packed("../../evil", [jpeg()]),
        packed("x", [jpeg()], ["../../../etc/passwd00000"]),
        packed("x", [jpeg()], ["A" * 24]),
        packed("x", []),
        packed("x", [jpeg()]) + b"more",
        (b"[" * 50_000).join([b"\x50\xc3\x00\x00", b""]),
    ],
)
def test_what_is_no_batch_is_refused(server: TestClient, cup: str, body: bytes) -> None:
    assert send(server, body).status_code == 400
    assert kept() == 0


def test_another_browser_neither_adds_nor_sees_nor_deletes(server: TestClient, cup: str) -> None:
    send(server, packed(cup, [jpeg()]))
    (picture,) = state(server).json()["classes"][0]["pictures"]
    assert send(server, packed(cup, [jpeg(1)]), YOU).status_code == 400
    assert state(server, YOU).json()["classes"] == []
    cookie = f"{COOKIE}={YOU[COOKIE]}"
    assert server.get(f"/gather/picture/{picture}", headers={"Cookie": cookie}).status_code == 400
    assert server.get(f"/gather/picture/{picture}").status_code == 400
    assert change(server, YOU, do="remove picture", picture=picture).status_code == 400
    assert change(server, YOU, do="remove class", category=cup).status_code == 400
    assert change(server, {}, do="remove class", category=cup).status_code == 400
    assert kept() == 1


def test_the_key_adds_and_counts_and_does_nothing_else(server: TestClient, cup: str) -> None:
    key = gathering.let_others_add(OWNER)
    send(server, packed(cup, [jpeg()]))
    (picture,) = state(server).json()["classes"][0]["pictures"]
    assert send(server, packed(cup, [jpeg(1)]), YOU, X_Set_Key=key).status_code == 200
    assert state(server, YOU, X_Set_Key=key).json()["classes"] == [{"id": cup, "name": "Cup", "count": 2}]
    headers = {"Cookie": f"{COOKIE}={YOU[COOKIE]}", "X-Set-Key": key}
    assert server.get(f"/gather/picture/{picture}", headers=headers).status_code == 400
    for values in ({"do": "remove picture", "picture": picture}, {"do": "remove class", "class": cup}):
        assert server.post("/gather/change", content=json.dumps(values), headers=headers).status_code == 400
    assert kept() == 2


def test_a_foreign_key_and_a_closed_set_are_refused_in_the_same_words(server: TestClient, cup: str) -> None:
    key = gathering.let_others_add(OWNER)
    foreign = send(server, packed(cup, [jpeg()]), YOU, X_Set_Key=key[:-1] + ("a" if key[-1] != "a" else "b"))
    gathering.let_nobody_add(OWNER)
    closed = send(server, packed(cup, [jpeg()]), YOU, X_Set_Key=key)
    empty = send(server, packed(cup, [jpeg()]), ME, X_Set_Key="")  # not the cookie's set in its place
    for answer in (foreign, closed, empty):
        assert answer.status_code == 400
        assert "doesn't add pictures any more" in answer.json()["error"]
    assert kept() == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("Origin", "https://evil.example"), ("Sec_Fetch_Site", "cross-site"), ("Sec_Fetch_Site", "same-site")],
)
def test_a_page_of_another_site_cannot_use_the_cookie(server: TestClient, cup: str, name: str, value: str) -> None:
    assert send(server, packed(cup, [jpeg()]), ME, **{name: value}).status_code == 403
    assert kept() == 0


def test_the_disk_s_limit_holds(server: TestClient, cup: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWN_MB_PER_VISITOR", "0.002")
    gathering_routes._room.cache_clear()
    answer = send(server, packed(cup, [jpeg(seed) for seed in range(5)]))
    assert "may take 0 MB on this server" in answer.json()["error"]
    assert kept() == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 3_000, b'{"do": "drop"}', b"x" * 5_000])
def test_what_is_no_change_is_refused(server: TestClient, body: bytes) -> None:
    answer = server.post("/gather/change", content=body, headers={"Cookie": f"{COOKIE}={ME[COOKIE]}"})
    assert answer.status_code in (400, 413)


def test_classes_are_changed_by_their_owner(server: TestClient) -> None:
    assert change(server, do="add class", name="Pen").status_code == 200
    (one,) = state(server).json()["classes"]
    assert change(server, do="rename class", category=one["id"], name="Pencil").status_code == 200
    assert state(server).json()["classes"][0]["name"] == "Pencil"
    assert change(server, do="rename class", category=one["id"], name=" ").json()["error"].startswith("A class has no")
    assert change(server, do="remove class", category=one["id"]).status_code == 200
    assert state(server).json()["classes"] == []
