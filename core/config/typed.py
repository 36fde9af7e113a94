"""Numbers as people type them, with decimal points or decimal commas."""

import re

_NUMBER = r"[-+−]?\d*[.,]?\d+(?:[eE][-+]?\d+)?"
_GROUPED = re.compile(r"(?P<whole>[-+]?[1-9]\d{0,2}(?:(?P<sign>[.,])\d{3})+)(?!(?P=sign))[.,](?P<rest>\d+)")  # 1.000,5
_PLAIN = re.compile(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?")


def numbers(text: str) -> list[float | str]:
    """A list of numbers; what isn't one stays text, for the configuration to refuse in its own words.

    Semicolons, spaces, and a comma followed by a space separate numbers. A comma between two digits is a decimal comma
    if every part then reads as a number with at most one comma (0,3 is 0.3); else it separates as well (1,0,1).
    """
    text = text.strip().replace("−", "-").strip(",; ")
    parts = [_ungrouped(part) for part in re.split(r"\s*;\s*|,\s+|\s+", text) if part]
    if all(re.fullmatch(_NUMBER, part) for part in parts):
        return [float(part.replace(",", ".")) for part in parts]
    return [_number(part) for part in re.split(r"[,;\s]+", text.strip()) if part]


def _ungrouped(part: str) -> str:
    """A number without the signs of its thousands, where its fraction has another one."""
    match = _GROUPED.fullmatch(part)
    return f"{re.sub('[.,]', '', match['whole'])}.{match['rest']}" if match else part


def _number(part: str) -> float | str:
    return float(part) if _PLAIN.fullmatch(part) else part
