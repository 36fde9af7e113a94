"""What nobody expected: reported with a number, told by its true cause, survived by threads in the background."""

import errno
import logging
import secrets
import threading
from collections.abc import Callable

from core.messages import Message, say

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before something that failed is tried again
DISK_FULL = say("The disk is full. Free some space, then try again.")
NO_MEMORY = say("There isn't enough memory for it. Choose a smaller batch, smaller images or a smaller network.")


def report(error: BaseException, log: logging.Logger, doing: str) -> str:
    """Log an unexpected error with its trace; returns the number by which a reader of the log finds it."""
    number = secrets.token_hex(3)
    log.error("error %s while %s", number, doing, exc_info=error)
    return number


def cause(error: BaseException) -> Message | None:
    """A full disk or too little memory behind an error, None where it is neither."""
    chain: BaseException | None = error
    while chain is not None:
        text = str(chain).lower()
        if getattr(chain, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or any(sign in text for sign in _FULL):
            return DISK_FULL
        if isinstance(chain, MemoryError) or any(sign in text for sign in _NO_MEMORY):
            return NO_MEMORY
        chain = chain.__cause__
    return None


# How libraries word it that don't raise OSError or MemoryError: SQLite, safetensors; PyTorch on processor and graphics
# card.
_FULL = ("no space left", "disk is full", "disk quota exceeded")
_NO_MEMORY = ("can't allocate memory", "not enough memory", "out of memory")


class Pauses:
    """Growing waits between tries."""

    def __init__(self) -> None:
        self._next = FIRST_PAUSE

    def reset(self) -> None:
        """It worked: begin with a short pause next time."""
        self._next = FIRST_PAUSE

    def following(self) -> float:
        """Seconds to wait now."""
        pause, self._next = self._next, min(2 * self._next, LONGEST_PAUSE)
        return pause


def keep_going(turn: Callable[[], None], closing: threading.Event, log: logging.Logger, doing: str) -> None:
    """Call `turn` again and again until `closing`. What it didn't expect is logged, and after a pause it goes on.

    A thread that ended by an exception would be missed by nobody: the queue would just stand still.
    """
    pauses = Pauses()
    while not closing.is_set():
        try:
            turn()
            pauses.reset()
        except Exception as error:  # noqa: BLE001 - reported, and tried again
            report(error, log, doing)
            closing.wait(pauses.following())
