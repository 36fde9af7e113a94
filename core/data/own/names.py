"""Names that come from outside, made safe to show."""

import re
import unicodedata

_UNSAFE = re.compile("[<>]|  ")


def display(text: str, longest: int = 80) -> str:
    """A name that is safe to show: no control characters, no markup, no change of writing direction, not too long."""
    joiners = "\u200c\u200d"  # invisible, but words of Persian and of Indian languages need them
    if text.isascii() and text.isprintable() and len(text) <= longest and not _UNSAFE.search(text):
        return text.strip()
    kept = "".join(
        letter if unicodedata.category(letter)[0] != "C" or letter in joiners else " " for letter in text[: 4 * longest]
    )
    kept = kept.translate({ord("<"): "‹", ord(">"): "›"})
    return " ".join(unicodedata.normalize("NFC", kept).split())[:longest].strip()


def parts_of(name: str) -> tuple[str, ...]:
    """A relative name's parts, fit to be shown. What only leads elsewhere (`..`, `.`, nothing) is dropped."""
    parts = (display(part) for part in name.replace("\\", "/").split("/"))
    return tuple(part for part in parts if part.strip("."))
