"""Messages for users.

Core keeps the English template of a sentence apart from its values, so that a page can translate it:
`_(message.template).format(**message.values)`.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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


def as_json(message: Message) -> dict[str, Any]:
    """A message as JSON, for the database and for another process."""
    values = {
        name: as_json(value) if isinstance(value, Message) else value if isinstance(value, int | float) else str(value)
        for name, value in message.values.items()
    }
    return {"template": message.template, "values": values}


def as_message(content: dict[str, Any]) -> Message:
    """The message that `as_json` wrote."""
    values = {
        name: as_message(value) if isinstance(value, dict) else value for name, value in content["values"].items()
    }
    return Message(content["template"], values)


_JOINERS = "\u200c\u200d"  # invisible, but words of Persian and of Indian languages need them


def visible(text: str) -> str:
    """A text from outside without what can't be seen: control characters, zero widths, changes of writing direction.

    Each becomes a space, but for the ends of lines. What can't be encoded becomes �.
    """
    return "".join(
        letter
        if unicodedata.category(letter)[0] != "C" or letter in f"\n{_JOINERS}"
        else "\N{REPLACEMENT CHARACTER}"
        if unicodedata.category(letter) == "Cs"
        else " "
        for letter in text
    )
