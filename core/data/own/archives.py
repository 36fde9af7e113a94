"""Reads zip archives of visitors, one member at a time.

No file is written under a name from the archive. The sizes in the archive's directory aren't trusted: bytes are counted
while they are read.
"""

import io
import os
import stat
import zipfile
from functools import partial
from pathlib import Path
from typing import IO

from core.data.own.images import MALFORMED, MAX_BYTES
from core.data.own.names import display, parts_of
from core.data.own.sources import LIMITS, LINK, File, Limits, Skipped, Source, arrange, too_many_files
from core.errors import DataError
from core.messages import Message, say

MAX_DIRECTORY = 20 * 2**20  # bytes of the directory; every 46 bytes become an object in memory
RATIO = 100  # an archive may be this many times larger when unpacked, if that is more than BOMB bytes
BOMB = 100 * 2**20
_PASSWORD = 0x1 | 0x40 | 0x2000  # flag bits: encrypted, strongly encrypted, encrypted list
_UTF8 = 0x800
_MEGABYTE = 2**20


def archive(file: str | Path | IO[bytes], limits: Limits = LIMITS, *, labelled: bool = True) -> Source:
    """The images in a zip with a folder for each class. If `file` is a path, `Source.close` closes it.

    Without `labelled`, images outside of class folders have the label "".

    Raises:
        DataError: the file isn't a zip, has a password, is too large, or has no usable image.
    """
    opened = open(file, "rb") if isinstance(file, str | Path) else file  # noqa: SIM115 - closed with the source
    try:
        size = opened.seek(0, os.SEEK_END)
        contents = _contents(opened, size, limits)
        files, skipped = _files(contents, _Budget(limits, size))
        source = arrange(files, skipped, limits, labelled=labelled)
    except DataError:
        if opened is not file:
            opened.close()
        raise
    if opened is not file:
        source.close = opened.close
    return source


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


def _files(contents: zipfile.ZipFile, budget: "_Budget") -> tuple[list[File], list[Skipped]]:
    """The readable files, and those that are skipped."""
    files, skipped = [], []
    for member in contents.infolist():
        name = _name(member)
        parts = parts_of(name)
        if member.is_dir() or not parts:
            continue
        reason = _refusal(member, name)
        if reason:
            skipped.append(Skipped(display("/".join(parts), 240), reason))
        else:
            files.append(File(parts, partial(_read, contents, member, budget)))
    return files, skipped


def _refusal(member: zipfile.ZipInfo, name: str) -> Message | None:
    if stat.S_ISLNK(member.external_attr >> 16):
        return LINK
    plain = name.replace("\\", "/")
    if plain.startswith("/") or plain[1:2] == ":" or ".." in plain.split("/"):
        return say("Its name points outside of the archive. Make a new archive of the folder.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return say("Its compression isn't supported. Make a new, ordinary zip archive of the folder.")
    return None


def _name(member: zipfile.ZipInfo) -> str:
    """The name in its real encoding. Without the UTF-8 flag, `zipfile` decodes it as code page 437."""
    if member.flag_bits & _UTF8 or member.filename.isascii():
        return member.filename
    try:
        raw = member.filename.encode("cp437")
    except UnicodeEncodeError:
        return member.filename
    for encoding in ("utf-8", "gb2312"):  # written by macOS and by Chinese Windows; they hardly ever match by chance
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename


class _Budget:
    """Counts the unpacked bytes of an archive."""

    def __init__(self, limits: Limits, size: int) -> None:
        self._limits = limits
        self._size = size
        self._unpacked = 0

    def spend(self, size: int) -> None:
        """Count these bytes. Raises DataError if the total is too large."""
        self._unpacked += size
        if self._unpacked > self._limits.unpacked_bytes:
            raise _too_much(self._limits)
        if self._unpacked > max(BOMB, RATIO * self._size):
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
