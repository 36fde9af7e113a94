"""Sends scripts and styles compressed, and for good.

Streamlit sends its own files as they are, 3 MB for the first page. Compressing them anew for each visitor would cost
the server too much, so each is compressed once. Their names change with their content, so a browser never asks again.
"""

import gzip
import mimetypes
import re
from functools import lru_cache
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import file_util

STATIC = Path(__file__).parents[3] / "static"  # what the app serves as `/app/static/`
_SCRIPT = re.compile(r"(?:[\w-][\w.-]*/)*[\w-][\w.-]*\.(?:js|css)", re.ASCII)
_FOREVER = "public, immutable, max-age=31536000"
_FILES = 400  # kept compressed: all that a visitor of every page gets are about 200, in 4 MB


class Compressed:
    """Answers requests for scripts and styles below `/static/` and `/app/static/`; leaves all others alone."""

    def __init__(self, app: ASGIApp, base: str = "") -> None:
        self._app = app
        prefix = f"/{base}" if base else ""
        self._folders = {
            f"{prefix}/static/": Path(str(file_util.get_static_dir()), "static"),
            f"{prefix}/app/static/": STATIC,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = self._wanted(scope) if scope["type"] == "http" else None
        if file is None or not file.is_file():
            await self._app(scope, receive, send)
            return
        body = await run_in_threadpool(_compressed, file)
        headers = {"Cache-Control": _FOREVER, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        await Response(body, headers=headers, media_type=mimetypes.guess_type(file.name)[0])(scope, receive, send)

    def _wanted(self, scope: Scope) -> Path | None:
        """The file that is asked for, where it is one to compress."""
        if scope["method"] != "GET" or "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            return None
        for start, folder in self._folders.items():
            name = str(scope["path"]).removeprefix(start)
            if name != scope["path"] and _SCRIPT.fullmatch(name):
                return folder / name
        return None


@lru_cache(maxsize=_FILES)
def _compressed(file: Path) -> bytes:
    return gzip.compress(file.read_bytes(), compresslevel=6, mtime=0)
