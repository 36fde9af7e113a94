"""Everything core refuses, as one small tree. Each message says what is wrong and what to do.

ClassroomError
├── ConfigError     settings that can't be trained, every problem at once
├── DataError       images or labels that can't be had or read
├── RunError        a run that doesn't exist, isn't yours, or can't do that now
│   └── NoWeightsError
└── FencedError     a training process that was replaced by a newer attempt
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.messages import Message, say


class ClassroomError(Exception):
    """The root: `message` is for people, and `str()` gives it in English."""

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
    """Settings that can't be trained. `problems` holds all of them, in the order of the settings."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        listed = "; ".join(str(problem) for problem in self.problems)
        super().__init__(say("These settings can't be trained: {problems}", problems=listed))


class DataError(ClassroomError):
    """Images or labels that can't be downloaded, read or used."""


class RunError(ClassroomError):
    """A run that doesn't exist, isn't yours, or can't do what was asked of it now."""


class NoWeightsError(RunError):
    """A run has no weights yet, or has them no more."""

    def __init__(self) -> None:
        super().__init__(
            say(
                "This run has no weights: its first epoch hasn't ended, or they made room for newer runs. "
                "Wait, or train again from its settings."
            )
        )


class FencedError(ClassroomError):
    """Another attempt has taken over this run: the process that sees this must stop writing."""
