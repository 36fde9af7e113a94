"""What a source of images consists of: files as they are listed, and images with their classes."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from core.data.own.names import alike
from core.errors import DataError
from core.messages import Message, say


@dataclass(frozen=True)
class Limits:
    """How much a source may hold. The defaults let a class set of 25,000 photos through."""

    archive_bytes: int = 2**30
    unpacked_bytes: int = 4 * 2**30
    files: int = 50_000
    classes: int = 1_000


LIMITS = Limits()


Read = Callable[[], bytes | Message]  # the file, or why it can't be had; DataError stops the whole import


@dataclass(frozen=True)
class File:
    """A file as its source lists it: the parts of its name, fit to be shown, and how to read it."""

    parts: tuple[str, ...]
    read: Read


@dataclass(frozen=True)
class Entry:
    """An image to import."""

    name: str
    label: str
    validation: bool | None  # which of `train/` and `val/` it lay in; None: the app splits
    read: Read


@dataclass(frozen=True)
class Skipped:
    """A file that is left out, and why."""

    name: str
    reason: Message


@dataclass(frozen=True)
class Reading:
    """One way to find the class of each image."""

    key: str  # "level-0", "level-1", "split", "table" or "names"
    title: Message
    entries: tuple[Entry, ...]
    skipped: tuple[Skipped, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in alphabetical order."""
        return tuple(sorted({entry.label for entry in self.entries}))


@dataclass
class Source:
    """Images to import, in a fixed order, and what was left out. `close` when done, if nobody imports them."""

    entries: list[Entry]
    skipped: list[Skipped]
    close: Callable[[], None] = field(default=lambda: None)
    readings: tuple[Reading, ...] = ()  # several where the folders can be read in several ways
    undecided: bool = False  # a person has to choose one of them before an import
    # Where the archive doesn't say the code page of its names: the one in use, then others, and how each reads them.
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in alphabetical order."""
        return tuple(sorted({entry.label for entry in self.entries}))

    def read_as(self, key: str) -> "Source":
        """The same source with the reading of that key. Raises DataError where there is none."""
        for reading in self.readings:
            if reading.key == key:
                return replace(self, entries=list(reading.entries), skipped=list(reading.skipped), undecided=False)
        raise DataError(say("These images can't be read in that way. Choose another."))

    def merged(self) -> "Source":
        """The same source with one class for names that differ only by case, accents or plural."""
        names = {name: group[0] for group in similar(self.counts()) for name in group}
        entries = [replace(entry, label=names.get(entry.label, entry.label)) for entry in self.entries]
        entries.sort(key=lambda entry: (bool(entry.validation), entry.label, entry.name))
        return replace(self, entries=entries)

    def counts(self) -> dict[str, int]:
        """How many images each class has, by name."""
        found = Counter(entry.label for entry in self.entries)
        return {name: found[name] for name in sorted(found)}


def similar(counts: Mapping[str, int]) -> list[tuple[str, ...]]:
    """Classes whose names differ only by case, accents or plural; of each group first the one with most images.

    Single letters are apart: A and a are two letters.
    """
    groups: dict[str, list[str]] = {}
    for name in counts:
        if len(name) > 1:
            groups.setdefault(alike(name), []).append(name)
    return [
        tuple(sorted(group, key=lambda name: (-counts[name], name.isascii(), name)))
        for group in groups.values()
        if len(group) > 1
    ]


def too_many_files(limits: Limits) -> DataError:
    """What to say where a source holds more than `limits.files`."""
    return DataError(
        say("There are more than {limit} files. Take fewer, or make several data sets.", limit=limits.files)
    )
