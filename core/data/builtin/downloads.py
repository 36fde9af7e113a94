"""Data sets that torchvision downloads: fetched aside, their checksums verified, the whole moved into place."""

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

from core import environment
from core.errors import DataError
from core.messages import N_, say
from core.progress import Progress, in_background, reason
from core.storage import path_aside, size_of, sweep


def download(
    title: str, fetch: Callable[[Path], object], *, arriving: int, expected: int, pattern: str = "*"
) -> Iterator[Progress]:
    """Put a data set into the data folder, yielding progress.

    Args:
        fetch: Lets torchvision download and unpack into the folder that it is given, where nobody reads yet.
        arriving: Bytes to download.
        expected: Bytes in the files that match `pattern` when all is there; progress is measured against it.

    Raises:
        DataError: there is no network, a file is damaged, or the disk is full. Calling again tries again.
    """
    root = environment.data_dir()
    aside = path_aside(root)
    message = say("Downloading {title}, {megabytes} MB", title=title, megabytes=round(arriving / 1e6))
    yield Progress(message, 0.0)
    try:
        sweep(root)  # what a download left that was killed
        aside.mkdir(parents=True)
        for _ in in_background(lambda: _fetch(fetch, aside)):
            yield Progress(message, min(1.0, size_of(aside, pattern) / expected))
        _move(aside, root)
    except OSError as error:
        raise DataError(
            say(
                "{title} can't be downloaded ({reason}). Check the network and the disk, then try again, "
                "or choose the built-in digits.",
                title=title,
                reason=reason(error),
            )
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _fetch(fetch: Callable[[Path], object], folder: Path) -> None:
    """Torchvision's own download, its errors as OSError and without its archives."""
    socket.setdefaulttimeout(30)  # torchvision sets none, and a dead connection would hang for ever
    try:
        fetch(folder)
    except RuntimeError as error:
        damaged = "corrupted" in str(error)
        raise OSError(N_("it arrived damaged") if damaged else N_("no server answered")) from error
    for archive in list(folder.rglob("*.gz")):
        archive.unlink()


def _move(folder: Path, root: Path) -> None:
    for entry in folder.iterdir():
        broken = root / entry.name
        shutil.rmtree(broken, ignore_errors=True)
        os.replace(entry, broken)
