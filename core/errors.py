"""The errors of core. Each message says what is wrong and what to do.

ClassroomError
├── ConfigError     settings that can't be trained, with all problems
├── DataError       images or labels that can't be downloaded or read
├── DatabaseError   a database that can't be used
├── RunError        a run that doesn't exist, isn't yours, or can't do that now
│   └── NoWeightsError
├── ClassError      a class that doesn't exist, has ended, or isn't this browser's to lead
└── FencedError     a newer attempt owns the run
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.messages import Message, say


class ClassroomError(Exception):
    """The base class. `message` is for users, and `str()` is the message in English."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a configuration.

    `where` is the dotted path of the setting, such as `optimizer.lr`, or `model.layers.3` (counted from 0).
    """

    where: str
    message: Message

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else str(self.message)


class ConfigError(ClassroomError):
    """Settings that can't be trained. `problems` has all of them, in the order of the settings."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        listed = "; ".join(str(problem) for problem in self.problems)
        super().__init__(say("These settings can't be trained: {problems}", problems=listed))


class DataError(ClassroomError):
    """Images or labels that can't be downloaded, read or used."""


class DatabaseError(ClassroomError):
    """A database whose URL, driver or version doesn't fit."""


class RunError(ClassroomError):
    """A run that doesn't exist, belongs to another browser, or is in the wrong state."""


class NoWeightsError(RunError):
    """A run has no weights yet, or no longer."""

    def __init__(self) -> None:
        super().__init__(
            say(
                "This run has no weights. Either its first epoch hasn't ended yet, or they were deleted to make room "
                "for newer runs. Wait, or start a new run with its settings."
            )
        )


class ClassError(ClassroomError):
    """A class that doesn't exist, has ended, or that this browser may not lead or join."""


class FencedError(ClassroomError):
    """A newer attempt owns this run. The process that gets this error must stop writing."""
