"""Words that people read.

Core writes every sentence in English with named gaps and keeps the values apart, so that a page can say it in the
reader's language: `_(message.template).format(**message.values)`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


def N_(template: str) -> str:  # gettext's own name for "to be translated where it is shown"
    """Mark a text for translation and return it unchanged."""
    return template


@dataclass(frozen=True)
class Message:
    """A sentence as gettext knows it, `template`, with the values for its gaps."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """The sentence in English."""
        return self.template.format(**self.values)


def say(template: str, **values: object) -> Message:
    """A message to be translated where it is shown, such as `say("layer {number}: too small", number=4)`."""
    return Message(template, values)
