"""Why a training process ended without a word of its own: told by how it ended, and by nothing else."""

import signal
import sys
from typing import NoReturn

from core import faults
from core.messages import Message, say

# With which codes `core.runs.worker` ends where it can't write the cause into the database itself.
EXIT_DISK_FULL, EXIT_NO_MEMORY, EXIT_DATABASE = 71, 72, 73

HUNG = say("Its process didn't answer any more and was ended.")
KILLED = say("The system ended its process, perhaps for lack of memory. Choose a smaller batch or network.")
APP_GONE = say("The app ended while it trained.")
DATABASE = say("The database couldn't be written for too long.")
_CODES = {EXIT_DISK_FULL: faults.DISK_FULL, EXIT_NO_MEMORY: faults.NO_MEMORY, EXIT_DATABASE: DATABASE}


def of_app(number: str) -> Message:
    """A bug of ours, which is in the log under this number."""
    return say(
        "An error of the app ended it (number {number}). It isn't your mistake: tell the number to whoever runs the "
        "server.",
        number=number,
    )


def of_exit(code: int | None) -> Message:
    """The cause by a process's exit code, as `subprocess` gives it: negative for a signal."""
    if code in _CODES:
        return _CODES[code]
    if code is not None and code < 0:
        if -code == getattr(signal, "SIGKILL", None):
            return KILLED
        return say("Its process crashed (signal {number}).", number=-code)
    return say("Its process ended by itself (exit code {code}).", code=code if code is not None else "?")


def leave(error: BaseException) -> NoReturn:
    """End this process with the code that tells `of_exit` the cause."""
    cause = faults.cause(error)
    if cause is faults.DISK_FULL:
        sys.exit(EXIT_DISK_FULL)
    sys.exit(EXIT_NO_MEMORY if cause is faults.NO_MEMORY else EXIT_DATABASE)
