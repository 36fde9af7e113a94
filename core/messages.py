"""Messages for users.

Core keeps the English template of a sentence apart from its values, so that a page can translate it:
`_(message.template).format(**message.values)`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


def N_(template: str) -> str:  # gettext's usual name for marking text
    """Mark a text for translation and return it unchanged."""
    return template


@dataclass(frozen=True)
class Message:
    """A template for gettext, and the values for its placeholders."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """The sentence in English."""
        return self.template.format(**self.values)


def say(template: str, **values: object) -> Message:
    """A message that is translated when it is shown, such as `say("layer {number}: too small", number=4)`."""
    return Message(template, values)
