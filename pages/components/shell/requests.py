"""What a route of ours lets in: requests of the app's own pages, of a bounded size, at a bounded rate."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request

_REMEMBERED = 2_000  # senders whose rate is known

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def check_same_origin(request: Request) -> None:
    """Raises HTTPException where a page of another site sends this, with our visitor's cookie."""
    told = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if told is not None:
        same = told == "same-origin"
    else:  # over plain http browsers don't tell; a program that isn't one sends neither
        same = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if not same:
        raise HTTPException(403, "only the app's own pages may send this")


async def body_of(request: Request, most: int) -> bytes:
    """The request's body. Raises HTTPException where it has more than `most` bytes, without keeping them."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most:
        raise HTTPException(413, "too large")
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise HTTPException(413, "too large")
        parts.append(part)
    return b"".join(parts)


def sender_of(request: Request) -> str:
    """What tells one browser from another: its cookies, or where it is; a school's phones share one address."""
    return request.headers.get("cookie") or (request.client.host if request.client else "")


class Rate:
    """How much each sender may send: `per_second` in the long run, `burst` at once."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._left: dict[str, tuple[float, float]] = {}  # sender → what was left, and when

    def take(self, sender: str, number: float = 1) -> None:
        """Raises HTTPException where this is too much for now."""
        now = time.monotonic()
        left, since = self._left.pop(sender, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._per_second)
        enough = left >= number
        self._left[sender] = (left - number if enough else left, now)
        if len(self._left) > _REMEMBERED:
            del self._left[next(iter(self._left))]  # whom we heard of the longest ago
        if not enough:
            raise HTTPException(429, "too fast", {"Retry-After": "1"})


class Desk:
    """Threads of their own for the slow work of a route, so that it never takes those of other answers."""

    def __init__(self, threads: int, most_waiting: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="desk")
        self._most = threads + most_waiting
        self._open = 0

    async def do(
        self, work: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Result:
        """The result of `work`. Raises HTTPException where too many wait already."""
        if self._open >= self._most:
            raise HTTPException(503, "busy", {"Retry-After": "1"})
        self._open += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, lambda: work(*args, **kwargs))
        finally:
            self._open -= 1
