"""Work that takes long, such as a download, watched while it goes on."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.messages import Message


@dataclass(frozen=True)
class Progress:
    """How far the work is; `fraction` in 0..1, None while unknown."""

    message: Message
    fraction: float | None


def in_background(work: Callable[[], object], seconds: float = 0.2) -> Iterator[None]:
    """Run `work` in a thread, yielding now and then until it is done. Its exception is raised here."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - carried over to the caller, not swallowed
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(seconds)
        yield
    if failures:
        raise failures[0]


def reason(error: Exception) -> str:
    """What went wrong, in a few words, for a sentence around it."""
    told = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(told).splitlines()[0]
