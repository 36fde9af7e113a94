"""Names that come from outside: made safe to show, compared, and passed over where a system left them."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence

_UNSAFE = re.compile("[<>]|  ")
_TAIL = 8  # letters that a cut name keeps of its end, where files have their ending

# What systems, cameras and editors leave between one's files, by pattern and not by product.
_IGNORED = re.compile(
    r"""
    [.].* | ~[$].*                  # hidden; what Office has open
    | @(ea|recycle|recently|share|snap|tmp|sys|app|database|quarantine|cloud|__)\w*([-_.]\w+)*  # Synology, QNAP
    | [#](recycle|snapshot|eadir).*
    | [$](recycle|extend|win|sys|tmp)\w*(\.\w+)?  # Windows
    | __macosx | __pycache__
    | _?ds_store | (eh)?thumbs(_\w+)?\.db | desktop\.ini | picasa\.ini
    | thumbnails | _thumb(nail)?s?
    | syno(photo|index|video)_.*
    | recycler | recycled | system\ volume\ information | lost\+found | lost\.dir | found\.\d{3}
    | .*\.lrdata | .*\.(part|crdownload|tmp)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def display(text: str, longest: int = 80) -> str:
    """A name that is safe to show: no control characters, no markup, no change of writing direction, not too long.

    Of a longer name the middle is left out and a digest put there, so that different names stay different.
    """
    joiners = "\u200c\u200d"  # invisible, but words of Persian and of Indian languages need them
    if text.isascii() and text.isprintable() and len(text) <= longest and not _UNSAFE.search(text):
        return text.strip()
    kept = "".join(
        letter if unicodedata.category(letter)[0] != "C" or letter in joiners else " " for letter in text[:10_000]
    )
    kept = kept.translate({ord("<"): "‹", ord(">"): "›"})
    whole = " ".join(unicodedata.normalize("NFC", kept).split())
    return whole if len(whole) <= longest else _cut(whole, longest)


def _cut(whole: str, longest: int) -> str:
    digest = hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:4]
    end = whole[-_TAIL:].strip()
    return f"{whole[: longest - len(end) - 6].strip()}…{digest}…{end}"


def parts_of(name: str) -> tuple[str, ...]:
    """The parts of a relative path, safe to show. Parts such as `..`, `.` and empty ones are dropped."""
    parts = (display(part) for part in name.replace("\\", "/").split("/"))
    return tuple(part for part in parts if part.strip("."))


def is_ignored(parts: Sequence[str]) -> bool:
    """Whether a system put the file there, or the folder that it lies in."""
    return any(_IGNORED.fullmatch(part) for part in parts)


def folded(text: str) -> str:
    """Lower case without accents, for comparisons."""
    apart = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", "".join(one for one in apart if not _is_accent(one))).casefold()


def _is_accent(letter: str) -> bool:
    """Of Latin, Greek and Cyrillic letters; marks of other scripts are letters of their own."""
    return "\u0300" <= letter <= "\u036f"


def alike(text: str) -> str:
    """The same for names that differ only by case, accents, separators or an English or Romance plural."""
    words = re.split(r"[\s_\-]+", folded(text).strip())
    return " ".join(_singular(word) for word in words)


def _singular(word: str) -> str:
    if not word.isascii() or len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word
    for plural, singular in (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("sses", "ss")):
        if word.endswith(plural):
            return word.removesuffix(plural) + singular
    return word.removesuffix("s")
