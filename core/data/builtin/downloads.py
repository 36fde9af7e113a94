"""Downloads data sets with torchvision, first into a temporary folder, then moved into the data folder."""

import logging
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from errno import ENOSPC
from pathlib import Path

from core import environment
from core.errors import DataError
from core.messages import Message, say
from core.progress import Progress, in_background, reason
from core.storage import check_space, path_aside, size_of, sweep

log = logging.getLogger(__name__)
DAMAGED = "it arrived damaged"


def download(
    title: str, fetch: Callable[[Path], object], *, arriving: int, expected: int, pattern: str = "*"
) -> Iterator[Progress]:
    """Download a data set into the data folder. Yields progress.

    Args:
        fetch: Downloads and unpacks into the given folder.
        arriving: Size of the download in bytes.
        expected: Final size in bytes of the files that match `pattern`, for the progress.

    Raises:
        DataError: there is no internet, a file is damaged, or the disk is full. Call it again to retry.
    """
    root = environment.data_dir()
    aside = path_aside(root)
    message = say("Downloading {title}, {megabytes} MB", title=title, megabytes=round(arriving / 1e6))
    yield Progress(message, 0.0)
    try:
        sweep(root)  # what a download left that was killed
        aside.mkdir(parents=True)
        check_space(aside, max(arriving, expected))
        for _ in in_background(lambda: _fetch(fetch, aside)):
            yield Progress(message, min(1.0, size_of(aside, pattern) / expected))
        _move(aside, root)
    except OSError as error:
        remedy = say("Try again later, or choose images that come with the app.")
        raise DataError(refusal(title, error, remedy)) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def refusal(title: str | Message, error: Exception, remedy: Message) -> Message:
    """What a pupil reads of a download that failed; the log has what the system said."""
    log.warning("%s can't be downloaded: %s", title, reason(error))
    if getattr(error, "errno", None) == ENOSPC:
        return say("There is no room for {title} on the server's disk. Tell whoever runs it.", title=title)
    if any(word in str(error) for word in (DAMAGED, "invalid hash value")):  # the latter is torch's
        return say("{title} can't be downloaded: it arrived damaged. Try again.", title=title)
    return say("{title} can't be downloaded: its server doesn't answer. {remedy}", title=title, remedy=remedy)


def _fetch(fetch: Callable[[Path], object], folder: Path) -> None:
    """Download with torchvision, raise its errors as OSError, and delete its archives."""
    socket.setdefaulttimeout(30)  # without it, a dead connection would hang forever
    try:
        fetch(folder)
    except RuntimeError as error:
        damaged = "corrupted" in str(error)
        raise OSError(DAMAGED if damaged else "no server answered") from error
    for archive in list(folder.rglob("*.gz")):
        archive.unlink()


def _move(folder: Path, root: Path) -> None:
    for entry in folder.iterdir():
        broken = root / entry.name
        shutil.rmtree(broken, ignore_errors=True)
        os.replace(entry, broken)
