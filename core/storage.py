"""Writes files and folders so that readers never see half of one, and limits the space they take."""

import errno
import os
import shutil
import stat
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PARTIAL = ".partial-"
_PARTIALS = (f"{_PARTIAL}*", "*.partial")  # ours, and those of torch's downloads
_DAY = 86_400  # seconds


def path_aside(folder: Path) -> Path:
    """A new temporary path in the folder. `sweep` removes it if a kill leaves it behind."""
    return folder / f"{_PARTIAL}{uuid.uuid4().hex}.tmp"  # torch.save needs a suffix


@contextmanager
def replacing(target: Path, *, sync: bool = False, previous: Path | None = None) -> Iterator[Path]:
    """A path beside `target` for a file or a folder, which takes `target`'s place when the block ends without an error.

    A reader, or a kill at any moment, finds the old one or the new one, whole. With `sync` that holds for a power cut,
    too, which matters where the content can't be made again. After an error nothing is left. The old file is kept as
    `previous` where that is given; a kill between the two renames leaves only this one.

    Raises:
        OSError: it can't be written. FileNotFoundError if the folder is gone.
    """
    aside = path_aside(target.parent)
    try:
        yield aside
        if sync:
            with aside.open("rb+") as file:
                os.fsync(file.fileno())
        if previous is not None:
            with suppress(FileNotFoundError):  # the first has none before it
                os.replace(target, previous)
        os.replace(aside, target)
    finally:
        _remove(aside)


def write_text(target: Path, text: str) -> None:
    """Replace a text file. Raises OSError."""
    with replacing(target) as aside:
        aside.write_text(text, encoding="utf-8")


def sweep(folder: Path, seconds: float = _DAY) -> None:
    """Remove temporary paths that are at least this old. Killed writers and downloads leave them behind."""
    for rest in (rest for pattern in _PARTIALS for rest in folder.glob(pattern)):
        with suppress(OSError):  # another process was quicker, or nobody may write here
            if time.time() - rest.stat().st_mtime >= seconds:
                _remove(rest)


def check_space(folder: Path, size: int) -> None:
    """Raise an OSError (ENOSPC) unless the disk of the folder has room for so many bytes more."""
    if shutil.disk_usage(folder).free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def limit(folder: Path, pattern: str, most_bytes: float) -> None:
    """Remove matching files or folders, the longest unused first, until the rest takes at most `most_bytes`.

    Processes that have a removed file mapped into memory can still read it. Also sweeps the folder.
    """
    sweep(folder)
    kept: list[tuple[float, int, Path]] = []
    for path in folder.glob(pattern):
        try:
            found = path.stat()
        except FileNotFoundError:  # another process made room just now
            continue
        kept.append((found.st_mtime, size_of(path) if path.is_dir() else found.st_size, path))
    total = sum(size for _used, size, _path in kept)
    for _used, size, path in sorted(kept):
        if total <= most_bytes:
            return
        _remove(path)
        total -= size


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def size_of(folder: Path, pattern: str = "*") -> int:
    """Bytes in the matching files below a folder. Files may come and go meanwhile."""
    total = 0
    for file in folder.rglob(pattern):
        try:
            found = file.stat()
        except FileNotFoundError:
            continue
        if stat.S_ISREG(found.st_mode):
            total += found.st_size
    return total
