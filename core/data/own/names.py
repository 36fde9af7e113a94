"""Makes names of files and classes safe to show."""

import re
import unicodedata

_UNSAFE = re.compile("[<>]|  ")


def display(text: str, longest: int = 80) -> str:
    """A safe name: no control characters, no markup, no change of writing direction, limited length."""
    joiners = "\u200c\u200d"  # invisible, but needed in Persian and Indian languages
    if text.isascii() and text.isprintable() and len(text) <= longest and not _UNSAFE.search(text):
        return text.strip()
    kept = "".join(
        letter if unicodedata.category(letter)[0] != "C" or letter in joiners else " " for letter in text[: 4 * longest]
    )
    kept = kept.translate({ord("<"): "‹", ord(">"): "›"})
    return " ".join(unicodedata.normalize("NFC", kept).split())[:longest].strip()


def parts_of(name: str) -> tuple[str, ...]:
    """The parts of a relative path, safe to show. Parts such as `..`, `.` and empty ones are dropped."""
    parts = (display(part) for part in name.replace("\\", "/").split("/"))
    return tuple(part for part in parts if part.strip("."))
