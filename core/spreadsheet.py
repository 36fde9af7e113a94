"""Tables as CSV files that spreadsheets open with names and numbers as they are."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.messages import N_

_MARK = "\ufeff"  # the byte order mark, without which Excel takes UTF-8 for the computer's own code page


@dataclass(frozen=True)
class Sheet:
    """The signs of a CSV file."""

    title: str
    separator: str
    decimal: str


SHEETS = {
    "point": Sheet(N_("Commas, 0.5 (English, Chinese)"), ",", "."),
    "comma": Sheet(N_("Semicolons, 0,5 (Spanish, German, French …)"), ";", ","),
}
# Languages whose countries write 0.5 and not 0,5 (CLDR), and countries that do so in another language.
_POINT_LANGUAGES = frozenset({"en", "zh", "ja", "ko", "th", "hi", "bn", "he", "ms", "ur", "ta", "te", "sw", "cy", "ga"})
_POINT_COUNTRIES = frozenset({"MX", "US", "PE", "GT", "HN", "NI", "SV", "PA", "DO", "PR", "CH", "LI"})


def usual_sheet(locale: str) -> str:
    """The key of the sheet that a reader's spreadsheet expects; `locale` is such as "es-MX"."""
    language, _sign, country = locale.replace("_", "-").partition("-")
    points = not language or language.lower() in _POINT_LANGUAGES or country.upper() in _POINT_COUNTRIES
    return "point" if points else "comma"


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[str | float]], sheet: Sheet = SHEETS["point"]) -> str:
    """The table; a float has six decimals. A text that a spreadsheet would run as a formula gets an apostrophe."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=sheet.separator, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(one, sheet) for one in row])
    return _MARK + written.getvalue()


def _cell(value: str | float, sheet: Sheet) -> str:
    if isinstance(value, str):
        return _harmless(value)
    return str(value) if isinstance(value, int) else f"{value:.6f}".replace(".", sheet.decimal)


def _harmless(text: str) -> str:
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text
