"""Limits of uploads while they arrive, and what their visitors read where one is refused.

Streamlit shows a refused upload as "Request failed with status code 413". The page is drawn again then, with a sentence
and an empty field (`uploads.watch`).
"""

import asyncio
import re
from collections import OrderedDict
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from core import environment
from core.messages import Message as Sentence
from core.messages import say
from pages.components.shell import identity

LARGE = (".zip", ".safetensors")  # endings of files that a visitor may upload one at a time
SILENT_SECONDS = 30.0  # an upload that sends nothing for so long is over
TOO_MUCH = say("The uploads of all visitors together are too large at the moment. Try again in a minute.")
ONE_AT_A_TIME = say("Another archive or network of yours is being uploaded. Wait until it has arrived, then try again.")
SILENT = say("The upload stopped on its way. Try again.")
_ROUTE = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+/?$")
_LARGE_NAME = re.compile(rb'filename="[^"\r\n]*(%s)"' % b"|".join(re.escape(end.encode()) for end in LARGE), re.I)
_REMEMBERED = 1_000  # sessions whose last upload was refused


@dataclass
class Refusal:
    """Why an upload was refused."""

    sentence: Sentence
    read: bool = False  # whether a page has shown it


_refusals: OrderedDict[str, Refusal] = OrderedDict()


def refuse(session: str, status: int, sentence: Sentence) -> HTTPException:
    """What to raise where an upload of this session is refused; its page then shows the sentence."""
    _refusals[session] = Refusal(sentence)
    if len(_refusals) > _REMEMBERED:
        _refusals.popitem(last=False)
    return HTTPException(status, str(sentence))


def accept(session: str) -> None:
    """An upload has arrived: a sentence that was read stands no longer."""
    if (refusal := _refusals.get(session)) and refusal.read:
        forget(session)


def forget(session: str) -> None:
    """The page shows no sentence any more."""
    _refusals.pop(session, None)


def refusal(session: str) -> Refusal | None:
    """Why the last upload of this session was refused; None where it wasn't."""
    return _refusals.get(session)


def held() -> int:
    """Bytes of all uploads that have arrived and weren't given back yet."""
    manager = runtime.get_instance().uploaded_file_mgr if runtime.exists() else None
    return bytes_in(manager) if isinstance(manager, MemoryUploadedFileManager) else 0


def bytes_in(manager: MemoryUploadedFileManager) -> int:
    """Bytes of all uploads that this manager holds."""
    return sum(len(one.data) for files in list(manager.file_storage.values()) for one in list(files.values()))


@dataclass(eq=False)
class _Upload:
    """One upload that is on its way."""

    session: str
    visitor: str
    arrived: int = 0  # bytes
    large: bool = False


class UploadLimits:
    """Counts the bytes of uploads while they arrive, and refuses what is too much for the server or its visitor."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._arriving: set[_Upload] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = _ROUTE.search(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        if route is None:
            await self._app(scope, receive, send)
            return
        upload = _Upload(unquote(route[1]), _visitor(HTTPConnection(scope)))
        self._arriving.add(upload)

        async def counted() -> Message:
            try:
                message = await asyncio.wait_for(receive(), SILENT_SECONDS)
            except TimeoutError:
                raise refuse(upload.session, 408, SILENT) from None
            self._check(upload, message.get("body", b""))
            return message

        try:
            await self._app(scope, counted, send)
        finally:
            self._arriving.remove(upload)

    def _check(self, upload: _Upload, body: bytes) -> None:
        """Count what has arrived. Raises HTTPException where that is too much."""
        upload.large = upload.large or (not upload.arrived and _LARGE_NAME.search(body) is not None)
        upload.arrived += len(body)
        others = self._arriving - {upload}
        if upload.large and any(other.large and other.visitor == upload.visitor for other in others):
            upload.large = False  # the other one goes on
            raise refuse(upload.session, 429, ONE_AT_A_TIME)
        if held() + sum(one.arrived for one in self._arriving) > environment.uploads_bytes():
            raise refuse(upload.session, 413, TOO_MUCH)


def _visitor(connection: HTTPConnection) -> str:
    """Who uploads: a browser's owner, where it has no cookie yet its address."""
    known = identity.known_owner(connection.cookies)
    return known or (connection.client.host if connection.client else "")
