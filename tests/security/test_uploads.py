"""Uploads are bounded while they arrive, and a refused one is told in the app's own words."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message

from pages.components.shell import upload_limits
from pages.components.shell.upload_limits import ONE_AT_A_TIME, SILENT, TOO_MUCH, UploadLimits

ZIP = b'--x\r\nContent-Disposition: form-data; name="f"; filename="all.ZIP"\r\n\r\n'
PICTURE = ZIP.replace(b"all.ZIP", b"one.png")
MEGABYTE = bytes(10**6)


class Slow:
    """A request whose body is sent piece by piece."""

    def __init__(self, app: UploadLimits, session: str, cookie: str = "") -> None:
        self.pieces: asyncio.Queue[Message] = asyncio.Queue()
        self.sent: list[Message] = []
        headers = [(b"cookie", f"torch_classroom={cookie}".encode())] if cookie else []
        scope = {
            "type": "http", "method": "PUT", "path": f"/_stcore/upload_file/{session}/file", "raw_path": b"",
            "query_string": b"", "headers": headers, "client": ("192.0.2.1", 1), "root_path": "",
        }  # fmt: skip
        self._task = asyncio.create_task(app(scope, self.pieces.get, self._take))

    async def _take(self, message: Message) -> None:
        self.sent.append(message)

    async def send(self, body: bytes, *, last: bool = False) -> None:
        """Send a piece and let the server read it."""
        self.pieces.put_nowait({"type": "http.request", "body": body, "more_body": not last})
        for _ in range(20):
            await asyncio.sleep(0)

    @property
    def status(self) -> int | None:
        """The answer's status, None while there is none."""
        return next((one["status"] for one in self.sent if one["type"] == "http.response.start"), None)

    async def end(self) -> int | None:
        """Send the rest, and wait for the answer."""
        await self.send(b"", last=True)
        await asyncio.wait_for(self._task, 10)
        return self.status


async def read_all(request: Request) -> Response:
    async for _piece in request.stream():
        pass
    return Response(status_code=204)


@pytest.fixture
def limits() -> Iterator[UploadLimits]:
    upload_limits._refusals.clear()
    route = Route("/_stcore/upload_file/{session}/{file}", read_all, methods=["PUT"])
    yield UploadLimits(Starlette(routes=[route]))
    upload_limits._refusals.clear()


def said(session: str) -> str:
    found = upload_limits.refusal(session)
    return str(found.sentence) if found else ""


def test_all_visitors_uploads_on_their_way_are_bounded_together(
    limits: UploadLimits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPLOADS_MB", "5.5")

    async def attack() -> None:
        ours = [Slow(limits, f"s{number}", cookie=str(number) * 32) for number in range(9)]
        for one in ours:
            await one.send(PICTURE + MEGABYTE)
        assert [one.status for one in ours] == [None] * 5 + [413] * 4
        assert said("s8") == str(TOO_MUCH)
        assert said("s0") == ""
        assert await ours[0].end() == 204
        late = Slow(limits, "late")
        await late.send(PICTURE + MEGABYTE)
        assert await late.end() == 204, "there is room again"
        assert [await one.end() for one in ours[1:5]] == [204] * 4

    asyncio.run(attack())


def test_a_visitor_uploads_one_archive_at_a_time_in_all_tabs_together(limits: UploadLimits) -> None:
    async def two_tabs() -> None:
        first, second = (Slow(limits, tab, cookie="a" * 32) for tab in ("tab-1", "tab-2"))
        other = Slow(limits, "tab-3", cookie="b" * 32)
        picture = Slow(limits, "tab-1", cookie="a" * 32)
        await first.send(ZIP)
        await second.send(ZIP)
        await other.send(ZIP)
        await picture.send(PICTURE)
        assert second.status == 429
        assert said("tab-2") == str(ONE_AT_A_TIME)
        assert [await one.end() for one in (first, other, picture)] == [204] * 3
        again = Slow(limits, "tab-2", cookie="a" * 32)
        await again.send(ZIP)
        assert await again.end() == 204

    asyncio.run(two_tabs())


def test_an_upload_that_falls_silent_is_over(limits: UploadLimits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_limits, "SILENT_SECONDS", 0.05)

    async def silent() -> None:
        one = Slow(limits, "silent")
        await one.send(PICTURE)
        await asyncio.wait_for(one._task, 10)
        assert one.status == 408
        assert said("silent") == str(SILENT)

    asyncio.run(silent())


def test_made_up_sessions_leave_no_memory_behind(limits: UploadLimits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_limits, "_REMEMBERED", 10)
    for number in range(100):
        upload_limits.refuse(f"session {number}", 413, TOO_MUCH)
    assert len(upload_limits._refusals) == 10


def test_a_sentence_stands_until_it_was_read_and_an_upload_has_arrived() -> None:
    upload_limits.refuse("me", 413, TOO_MUCH)
    upload_limits.accept("me")  # another file of the same choice
    refusal = upload_limits.refusal("me")
    assert refusal
    refusal.read = True
    upload_limits.accept("me")
    assert upload_limits.refusal("me") is None


def test_other_requests_pass_untouched() -> None:
    seen: list[Any] = []

    async def app(*given: Any) -> None:
        seen.append(given)

    scope = {"type": "http", "method": "GET", "path": "/Train"}
    receive, send = object(), object()
    asyncio.run(UploadLimits(app)(scope, receive, send))  # type: ignore[arg-type]
    assert seen == [(scope, receive, send)]
