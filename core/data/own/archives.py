"""Reads zip archives of visitors, one member at a time.

No file is written under a name from the archive. The sizes in the archive's directory aren't trusted: bytes are counted
while they are read.
"""

import contextlib
import io
import os
import stat
import tempfile
import zipfile
from functools import partial
from pathlib import Path
from typing import IO

from core.data.own import encodings
from core.data.own.entries import LIMITS, File, Limits, Skipped, Source, too_many_files
from core.data.own.images import MALFORMED, MAX_BYTES
from core.data.own.layout import arrange
from core.data.own.names import display, is_ignored, parts_of
from core.data.own.sources import LINK
from core.errors import DataError
from core.messages import Message, say

MAX_DIRECTORY = 20 * 2**20  # bytes of the directory; every 46 bytes become an object in memory
RATIO = 100  # an archive may be this many times larger when unpacked, if that is more than BOMB bytes
BOMB = 100 * 2**20
_PASSWORD = 0x1 | 0x40 | 0x2000  # flag bits: encrypted, strongly encrypted, encrypted list
_UTF8 = 0x800
_MEGABYTE = 2**20


def archive(
    file: str | Path | IO[bytes], limits: Limits = LIMITS, *, labelled: bool = True, encoding: str | None = None
) -> Source:
    """The images in a zip, and in zips inside it. A path is opened, and closed with the source.

    Args:
        file: The archive.
        limits: How much it may hold, all archives inside included.
        labelled: Whether images must lie in folders of classes. If not, others have the label "".
        encoding: The code page of its names, a key of `encodings.PAGES`; None: the likeliest for all of them.

    Raises:
        DataError: the file isn't a zip, has a password, is too large, or has no usable image.
    """
    opened = open(file, "rb") if isinstance(file, str | Path) else file  # noqa: SIM115 - closed with the source
    with contextlib.ExitStack() as closing:  # also after what nobody expected
        if opened is not file:
            closing.callback(opened.close)
        size = opened.seek(0, os.SEEK_END)
        contents = closing.enter_context(_contents(opened, size, limits))
        names = _Names(contents, encoding)
        unpacking = _Unpacking(limits, _Budget(limits, size), closing)
        files, skipped = unpacking.files(contents, names, above=())
        source = arrange(files, skipped, limits, labelled=labelled)
        source.close = closing.pop_all().close
    source.spellings = names.spellings
    return source


class _Names:
    """The names of an archive's members as their writers meant them.

    Without the UTF-8 flag `zipfile` takes them for code page 437. Windows writes its own code page, Macs UTF-8.
    """

    def __init__(self, contents: zipfile.ZipFile, encoding: str | None) -> None:
        unknown = [raw for member in contents.infolist() if (raw := _unflagged(member)) is not None]
        self.spellings = encodings.spellings(unknown, encoding) if unknown else {}
        self._used = next(iter(self.spellings), encodings.UTF8)

    def of(self, member: zipfile.ZipInfo) -> str:
        """The name, with the likeliest or the chosen code page."""
        raw = _unflagged(member)
        return member.filename if raw is None else raw.decode(self._used, "replace")


def _unflagged(member: zipfile.ZipInfo) -> bytes | None:
    """The bytes of a name whose code page the archive doesn't say; None where it does, or it doesn't matter."""
    if member.flag_bits & _UTF8 or member.filename.isascii():
        return None
    try:
        return member.filename.encode("cp437")
    except UnicodeEncodeError:
        return None


class _Guarded:
    """A file that refuses to read a huge directory, which `zipfile` would do."""

    def __init__(self, file: IO[bytes]) -> None:
        self.seek, self.tell, self._read = file.seek, file.tell, file.read

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size > MAX_DIRECTORY:
            raise DataError(say("The archive has too many entries. Put fewer files into it."))
        return self._read(size)


def _contents(file: IO[bytes], size: int, limits: Limits) -> zipfile.ZipFile:
    """Open the archive and check its directory."""
    if size > limits.archive_bytes:
        limit = limits.archive_bytes // _MEGABYTE
        raise DataError(say("The archive is larger than {limit} MB. Use fewer or smaller images.", limit=limit))
    try:
        contents = zipfile.ZipFile(_Guarded(file))  # has all methods that zipfile needs
    except (zipfile.BadZipFile, *MALFORMED) as error:
        raise DataError(
            say("This file isn't a zip archive, or it is damaged. Make a new zip archive of the folder.")
        ) from error
    members = contents.infolist()
    if len(members) > limits.files:
        raise too_many_files(limits)
    if any(member.flag_bits & _PASSWORD for member in members):
        raise DataError(say("The archive has a password. Make a new archive without a password."))
    if sum(member.file_size for member in members) > limits.unpacked_bytes:
        raise _too_much(limits)
    return contents


class _Unpacking:
    """Lists the files of an archive, and of those inside it, within one budget."""

    def __init__(self, limits: Limits, budget: "_Budget", closing: contextlib.ExitStack) -> None:
        self._limits = limits
        self._budget = budget
        self._closing = closing
        self._listed = 0

    def files(
        self, contents: zipfile.ZipFile, names: _Names, above: tuple[str, ...]
    ) -> tuple[list[File], list[Skipped]]:
        """What can be read, and what is left out whatever its name says. Raises DataError for too many files."""
        files: list[File] = []
        skipped: list[Skipped] = []
        folders: set[tuple[str, ...]] = set()
        for member in contents.infolist():
            name = names.of(member)
            parts = (*above, *parts_of(name))
            if member.is_dir():
                folders.add(parts)
                continue
            if len(parts) == len(above):
                continue
            self._listed += 1
            if self._listed > self._limits.files:
                raise too_many_files(self._limits)
            if reason := _refusal(member, name):
                skipped.append(Skipped(display("/".join(parts), 240), reason))
            elif parts[-1].casefold().endswith(".zip") and not above and not is_ignored(parts):
                more, left_out = self._inside(contents, member, parts)
                files += more
                skipped += left_out
            else:
                files.append(File(parts, partial(_read, contents, member, self._budget)))
        return files, skipped + _empty(folders - {above}, files, skipped)

    def _inside(
        self, contents: zipfile.ZipFile, member: zipfile.ZipInfo, parts: tuple[str, ...]
    ) -> tuple[list[File], list[Skipped]]:
        """The files of an archive in the archive, in a folder with its name. One inside that isn't opened."""
        unpacked = self._closing.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        try:
            with contents.open(member) as packed:
                while piece := packed.read(_MEGABYTE):
                    self._budget.spend(len(piece))
                    unpacked.write(piece)
            inner = self._closing.enter_context(_contents(unpacked, unpacked.tell(), self._limits))
        except (zipfile.BadZipFile, *MALFORMED):
            unpacked.close()
            return [], [Skipped("/".join(parts), say("It is damaged in the archive. Pack the folder again."))]
        except DataError as error:
            unpacked.close()
            if self._budget.is_spent:
                raise
            return [], [Skipped("/".join(parts), error.message)]
        return self.files(inner, _Names(inner, None), (*parts[:-1], parts[-1][: -len(".zip")] or parts[-1]))


def _empty(folders: set[tuple[str, ...]], files: list[File], skipped: list[Skipped]) -> list[Skipped]:
    """The folders without anything in them, which may be meant as classes."""
    full = {file.parts[:length] for file in files for length in range(len(file.parts))}
    full |= {folder[:length] for folder in folders for length in range(len(folder))}
    named = "\n".join(one.name for one in skipped)
    left = sorted(folder for folder in folders - full if not is_ignored(folder) and f"{'/'.join(folder)}/" not in named)
    return [
        Skipped("/".join(folder), say("The folder is empty. Put images into it, or leave it out.")) for folder in left
    ]


def _refusal(member: zipfile.ZipInfo, name: str) -> Message | None:
    if stat.S_ISLNK(member.external_attr >> 16):
        return LINK
    plain = name.replace("\\", "/")
    if plain.startswith("/") or plain[1:2] == ":" or ".." in plain.split("/"):
        return say("Its name points outside of the archive. Make a new archive of the folder.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return say("Its compression isn't supported. Make a new, ordinary zip archive of the folder.")
    return None


class _Budget:
    """Counts the unpacked bytes of an archive."""

    def __init__(self, limits: Limits, size: int) -> None:
        self._limits = limits
        self._size = size
        self._unpacked = 0
        self.is_spent = False

    def spend(self, size: int) -> None:
        """Count these bytes. Raises DataError if the total is too large."""
        self._unpacked += size
        bomb = self._unpacked > max(BOMB, RATIO * self._size)
        self.is_spent = bomb or self._unpacked > self._limits.unpacked_bytes
        if self._unpacked > self._limits.unpacked_bytes:
            raise _too_much(self._limits)
        if bomb:
            raise DataError(
                say(
                    "The unpacked images are more than {ratio} times as large as the archive, as in a zip bomb.",
                    ratio=RATIO,
                )
            )


def _too_much(limits: Limits) -> DataError:
    limit = limits.unpacked_bytes // _MEGABYTE
    return DataError(say("The unpacked images are larger than {limit} MB. Use fewer or smaller images.", limit=limit))


def _read(contents: zipfile.ZipFile, member: zipfile.ZipInfo, budget: _Budget) -> bytes | Message:
    """Read a member, at most a little more than `MAX_BYTES`."""
    data = io.BytesIO()
    try:
        with contents.open(member) as packed:
            while data.tell() <= MAX_BYTES and (piece := packed.read(_MEGABYTE)):
                budget.spend(len(piece))
                data.write(piece)
    except (zipfile.BadZipFile, *MALFORMED):
        return say("It is damaged. Make a new archive of the folder.")
    return data.getvalue()
