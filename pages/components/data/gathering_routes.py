"""Pictures over the network, while they are being gathered: routes of the server beside the pages.

The owner is known by the browser's cookie. Whoever has the set's key, in the header `X-Set-Key`, may add and see how
many there are, and nothing else.
"""

import io
import json
import time
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.data.own import gathering, quota
from core.data.own.gathering import Gathering, New
from core.data.own.opener import OPENER
from core.errors import ClassroomError, DataError
from core.messages import say
from pages.components.shell.i18n import translator
from pages.components.shell.identity import owner_at
from pages.components.shell.requests import Desk, Rate, body_of, check_same_origin, sender_of

KEY = "x-set-key"
PICTURE_BYTES = 150_000  # of one picture of 256 pixels; a usual one has 15,000
AT_ONCE = 10  # pictures of one request
BATCH_BYTES = AT_ONCE * (PICTURE_BYTES + 100) + 1_000
CHANGE_BYTES = 4_000
SIDE = 256
_JPEG = b"\xff\xd8\xff"
_SHOWN = 100_000  # bytes of a picture that is shown as it is; a larger one is made smaller first
_THUMBNAIL = 96
_ROOM_SECONDS = 5

_rate = Rate(per_second=30, burst=120)  # five a second is what the page sends
_desk = Desk(threads=4, most_waiting=40)

Answer = Callable[[Request], Awaitable[Response]]


def _answering(work: Answer) -> Answer:
    """The route's work; what goes wrong as `{"error": sentence}` in the reader's language."""

    async def answered(request: Request) -> Response:
        language = request.query_params.get("language", "")
        headers = {"Cache-Control": "no-store"}
        try:
            check_same_origin(request)
            return await work(request)
        except ClassroomError as error:
            return JSONResponse({"error": translator(language)(error.message)}, 400, headers)
        except HTTPException as error:
            told = {"error": error.detail}
            return JSONResponse(told, error.status_code, headers | dict(error.headers or {}))

    return answered


def _owner(request: Request) -> str:
    """Whose pictures these are, by the browser's cookie."""
    return owner_at(request.cookies)


def _adds_to(request: Request) -> str:
    """Whose set the sender may add to. Raises DataError."""
    key = request.headers.get(KEY)
    return _owner(request) if key is None else gathering.owner_by(key)


# --- adding -------------------------------------------------------------------------------------------------------


async def _add(request: Request) -> Response:
    """Keep all pictures of a batch, or none."""
    owner = await run_in_threadpool(_adds_to, request)
    category, pictures = _batch(await body_of(request, BATCH_BYTES))
    _rate.take(sender_of(request), len(pictures))
    await _desk.do(_keep, owner, category, pictures)
    return JSONResponse({"kept": len(pictures)})


def _batch(body: bytes) -> tuple[str, list[New]]:
    """The class and the pictures: the length of a header (4 bytes, little end first), the header as JSON, the files.

    The header is `{"class": id, "pictures": [[id, bytes], …]}`. Raises HTTPException.
    """
    length = int.from_bytes(body[:4], "little")
    try:
        header = json.loads(body[4 : 4 + length])
        category = str(header["class"])
        listed = [(str(name), int(size)) for name, size in header["pictures"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise HTTPException(400, "not a batch of pictures") from None
    at, pictures = 4 + length, []
    for name, size in listed[: AT_ONCE + 1]:
        if not gathering.ID.fullmatch(name) or not 0 < size <= PICTURE_BYTES:
            raise HTTPException(400, "not a batch of pictures")
        pictures.append(New(body[at : at + size], name))
        at += size
    if at != len(body) or not 0 < len(listed) <= AT_ONCE:
        raise HTTPException(400, "not a batch of pictures")
    return category, pictures


def _keep(owner: str, category: str, pictures: list[New]) -> None:
    """Check the pictures and keep them. Raises DataError."""
    _room(owner, int(time.monotonic()) // _ROOM_SECONDS).check(sum(len(one.data) for one in pictures))
    for one in pictures:
        if not one.data.startswith(_JPEG):
            raise DataError(say("This isn't a JPEG picture."))
        OPENER.open(one.data, SIDE)
    gathering.add(owner, category, pictures)


@lru_cache(maxsize=500)
def _room(owner: str, _moment: int) -> quota.Room:
    """What the owner may still store, looked up every few seconds: that means to look at every file."""
    return quota.room(owner)


# --- looking and changing -----------------------------------------------------------------------------------------


async def _state(request: Request) -> Response:
    """The classes with their pictures for the owner, with numbers for others; 204 where nothing is new."""
    owner = await run_in_threadpool(_adds_to, request)
    found = await run_in_threadpool(gathering.of, owner)
    version = found.version + ("+" if found.key_digest else "")
    if request.query_params.get("have") == version:
        return Response(status_code=204, headers={"Cache-Control": "no-store"})
    told = state_for(found, owns=request.headers.get(KEY) is None) | {"version": version}
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


def state_for(found: Gathering, *, owns: bool) -> dict[str, Any]:
    """What the browser's half of the widget draws."""
    classes = []
    for one in found.classes:
        ids = {"pictures": [picture.id for picture in one.pictures]} if owns else {}
        classes.append({"id": one.id, "name": one.name, "count": len(one.pictures)} | ids)
    return {"classes": classes}


async def _picture(request: Request) -> Response:
    """A picture, for the owner alone."""
    found = await run_in_threadpool(gathering.find, _owner(request), request.path_params["picture"])
    data = await _desk.do(_shown, found.path.read_bytes())
    headers = {"Cache-Control": "private, max-age=86400, immutable"}
    return Response(data, media_type="image/jpeg", headers=headers)


def _shown(data: bytes) -> bytes:
    """The picture as a small JPEG. Raises DataError."""
    if len(data) <= _SHOWN and data.startswith(_JPEG):
        return data
    file = io.BytesIO()
    OPENER.open(data, _THUMBNAIL).save(file, "JPEG")
    return file.getvalue()


async def _change(request: Request) -> Response:
    """What the owner does with classes and pictures: `{"do": name, "class": id, "name": …, "picture": id}`."""
    try:
        wanted = json.loads(await body_of(request, CHANGE_BYTES))
        values = {name: str(wanted.get(name, "")) for name in ("do", "class", "name", "picture")}
    except (ValueError, AttributeError, RecursionError):
        raise HTTPException(400, "not a change") from None
    await run_in_threadpool(_changed, _owner(request), values)
    return JSONResponse({})


def _changed(owner: str, values: dict[str, str]) -> None:
    what = values["do"]
    if what == "add class":
        gathering.add_class(owner, values["name"])
    elif what == "rename class":
        gathering.rename_class(owner, values["class"], values["name"])
    elif what == "remove class":
        gathering.remove_class(owner, values["class"])
    elif what == "remove picture":
        gathering.remove_picture(owner, values["picture"])
    else:
        raise HTTPException(400, "not a change")


def routes(base: str) -> list[Route]:
    """What the server adds to Streamlit's own routes; `base` is the path that the app lives under, or empty."""
    prefix = f"/{base}/gather" if base else "/gather"
    return [
        Route(f"{prefix}/pictures", _answering(_add), methods=["POST"]),
        Route(f"{prefix}/picture/{{picture}}", _answering(_picture)),
        Route(f"{prefix}/state", _answering(_state)),
        Route(f"{prefix}/change", _answering(_change), methods=["POST"]),
    ]
