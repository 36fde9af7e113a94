"""A table of labels beside the images: `name,label`, one column a class, a list with spaces, or the same as JSON.

Nothing is presupposed of its columns: the one whose values are names of files is looked for, then the one that says the
class. Files of any size may come, so that no more than `MAX_BYTES` are read.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.data.own.entries import File
from core.data.own.names import display, folded
from core.messages import Message, say

MAX_BYTES = 20 * 2**20
_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".tab", ".json", ".jsonl", ".ndjson"})
_ENCODINGS = ("utf-8-sig", "utf-16", "gb18030", "cp1252")
_MATCHING = 0.5  # the share of a column's values that must be names of images, and of rows that mark one column
_LABELS = re.compile(
    r"(class|label|categor|species|breed|target|tag|type|kind|clase|etiqueta|especie|raza|classe|etiquette|espece"
    r"|klasse|kategorie|etichetta|klass|rotulo|category|类别|标签|類別|クラス|ラベル|класс|метка|라벨|클래스).*"
)
_NUMBERS = re.compile(r"(id|index|idx|number|nr|no|width|height|ancho|alto|x\w*|y\w*|split|set|fold|usage)")

Parts = tuple[str, ...]


@dataclass(frozen=True)
class Labels:
    """The class of each image, or why it has none, in the order asked for; and the tables that say so."""

    labels: list[str | Message]
    files: tuple[str, ...]


def labels(images: Sequence[Parts], others: Sequence[File]) -> Labels | None:
    """What the tables among the other files say; None where none names images."""
    found: dict[Parts, str | Message] = {}
    used: list[str] = []
    stems = {PurePosixPath(image[-1]).stem for image in images}
    names = _NamesByFolder(images)
    for file in others:
        path = PurePosixPath(file.parts[-1])
        if path.suffix.casefold() not in _SUFFIXES or path.stem in stems:  # notes on one image
            continue
        data = file.read()
        if isinstance(data, Message) or len(data) > MAX_BYTES:
            continue
        said = _said(data, names.near(file.parts[:-1]))
        if len({label for label in said.values() if isinstance(label, str)}) > 1 or (said and used):
            used.append("/".join(file.parts))
            found |= {image: label for image, label in said.items() if image not in found}
    if not used:
        return None
    missing = say("The table says no class for it.")
    return Labels([found.get(image, missing) for image in images], tuple(used))


def _said(data: bytes, names: "_Names") -> dict[Parts, str | Message]:
    """The label of each image that one table names."""
    rows = _rows(data)
    if not rows or not names.images:
        return {}
    column = max(range(len(rows[0])), key=lambda place: len({names.find(row[place]) for row in rows} - {None}))
    body = [(found, row) for row in rows if (found := names.find(row[column])) is not None]
    named = {found for found, _row in body}
    if len(named) < 2 or (len(body) < _MATCHING * len(rows) and len(named) < _MATCHING * names.images):
        return {}
    header = rows[0] if names.find(rows[0][column]) is None else None
    label = _label_of(header, [row for _found, row in body], column)
    if label is None:
        return {}
    several = say("The table gives it several classes.")
    result: dict[Parts, str | Message] = {}
    for image, row in body:
        name = label(row)
        said: str | Message = several if name is None else name
        result[image] = said if result.get(image, said) == said else several
    return result


class _Names:
    """Finds an image by its path, its name, or its name without ending, where that is just one."""

    def __init__(self, images: Sequence[Parts]) -> None:
        self.images = len(images)
        self._found: dict[str, Parts] = {}
        twice = set()
        for image in images:
            keys = {"/".join(image[start:]) for start in range(len(image))}
            keys |= {str(PurePosixPath(key).with_suffix("")) for key in keys}
            for key in map(folded, keys):
                if self._found.setdefault(key, image) != image:
                    twice.add(key)
        for key in twice:
            del self._found[key]

    def find(self, value: str) -> Parts | None:
        return self._found.get(folded(value.strip().replace("\\", "/").removeprefix("./")))


class _NamesByFolder:
    """The names of the images near a table, made once for each folder."""

    def __init__(self, images: Sequence[Parts]) -> None:
        self._images = images
        self._made: dict[Parts, _Names] = {}

    def near(self, folder: Parts) -> _Names:
        """The images below the folder, or else those below the one around it."""
        if folder not in self._made:
            self._made[folder] = _Names(self._below(folder) or self._below(folder[:-1]))
        return self._made[folder]

    def _below(self, folder: Parts) -> list[Parts]:
        return [one for one in self._images if one[: len(folder)] == folder]


def _rows(data: bytes) -> list[list[str]]:
    """The table's rows, all of one length; empty where it is none."""
    text = _text(data)
    if text.lstrip()[:1] in ("{", "["):
        return _json_rows(text)
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        return []
    for delimiter in sorted(",;\t| ", key=lambda sign: (sign == " ", -min(line.count(sign) for line in lines[:50]))):
        rows = list(_parsed(lines, delimiter))
        widths = Counter(map(len, rows))
        width, common = widths.most_common(1)[0]
        if width > 1 and common >= 0.9 * len(rows):
            return [row for row in rows if len(row) == width]
    return []


def _json_rows(text: str) -> list[list[str]]:
    """The rows of `{"1.jpg": "cat"}`, of a list of records, or of one record a line."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        try:
            content = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            return []
    if isinstance(content, dict):
        return [[name, str(value)] for name, value in content.items() if isinstance(value, str | int)]
    records = [record for record in content if isinstance(record, dict)]
    columns = list(records[0]) if records else []
    plain = [[str(record.get(column, "")) for column in columns] for record in records]
    return [columns, *plain] if len(columns) > 1 and not any(_nested(record) for record in records) else []


def _nested(record: dict[str, object]) -> bool:
    return any(isinstance(value, list | dict) for value in record.values())


def _parsed(lines: list[str], delimiter: str) -> Iterator[list[str]]:
    try:
        for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter, skipinitialspace=True):
            yield [value.strip() for value in row]
    except csv.Error:
        return


def _text(data: bytes) -> str:
    for encoding in _ENCODINGS:
        if encoding == "utf-16" and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _label_of(header: list[str] | None, body: list[list[str]], names: int) -> "_Label | None":
    """How a row says its class; None where no column does."""
    others = [place for place in range(len(body[0])) if place != names]
    flags = [place for place in others if {row[place] for row in body} <= {"0", "1", "0.0", "1.0", ""}]
    one_each = sum(sum(row[place].startswith("1") for place in flags) == 1 for row in body)
    if header and len(flags) > 1 and one_each >= _MATCHING * len(body):
        return _Label(flags, [display(header[place]) for place in range(len(header))])
    repeated = [place for place in others if 1 < len({row[place] for row in body}) <= len(body) / 2]
    if header:
        titled = [place for place in others if _LABELS.fullmatch(folded(header[place]))]
        repeated = [place for place in titled if len({row[place] for row in body}) > 1] or [
            place for place in repeated if not _NUMBERS.fullmatch(folded(header[place]))
        ]
    words = [place for place in repeated if not all(_is_number(row[place]) for row in body)]
    chosen = words or [place for place in repeated if all(row[place].isdigit() for row in body)]
    return _Label([min(chosen, key=lambda place: len({row[place] for row in body}))]) if chosen else None


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[-+]?\d*[.,]?\d+([eE][-+]?\d+)?", text) is not None


@dataclass(frozen=True)
class _Label:
    """One column with the class's name, or one column a class, of which one holds a 1."""

    columns: list[int]
    titles: list[str] | None = None

    def __call__(self, row: list[str]) -> str | None:
        """The class; None where the row says several or none."""
        if self.titles is None:
            return display(row[self.columns[0]]) or None
        marked = [place for place in self.columns if row[place].startswith("1")]
        return self.titles[marked[0]] if len(marked) == 1 else None
