"""The progress of long work, such as a download."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.messages import Message


@dataclass(frozen=True)
class Progress:
    """How far the work is. `fraction` is 0..1, or None while unknown."""

    message: Message
    fraction: float | None
    name: str | None = None  # of what was made, with the last one of an import


def in_background(work: Callable[[], object], seconds: float = 0.2) -> Iterator[None]:
    """Run `work` in a thread and yield every `seconds` until it is done. Raises the exception of `work`."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again by the caller
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(seconds)
        yield
    if failures:
        raise failures[0]


def reason(error: Exception) -> str:
    """The reason of an error in a few words, to be used in a sentence."""
    text = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text).splitlines()[0]
