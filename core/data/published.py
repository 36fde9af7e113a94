"""Data sets as they are published: read by torchvision, which downloads them where they aren't there."""

import os
import shutil
import socket
import uuid
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core import environment
from core.data.background import Progress, in_background, reason, size_of
from core.data.catalog import DatasetInfo
from core.errors import DataError
from core.vision import torchvision
from core.words import N_, say


@dataclass(frozen=True)
class Split:
    """N images, uint8 [N, C, H, W], and their labels, int64 [N]."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


def read(info: DatasetInfo) -> Generator[Progress, None, dict[str, Split]]:
    """The splits of a data set by name, downloaded first where they aren't there, yielding progress.

    Raises:
        DataError: it can't be downloaded or read; calling again tries again.
    """
    yield Progress(say("Reading {title}", title=info.title), None)
    if info.torchvision_name is None:
        return {"train": _digits()}
    try:
        return _read_torchvision(info, environment.data_dir())
    except _NotThereError:
        yield from _download(info)
        return _read_torchvision(info, environment.data_dir())


class _NotThereError(Exception):
    """The files aren't there or aren't whole: download them."""


def _read_torchvision(info: DatasetInfo, root: Path) -> dict[str, Split]:
    return {split: _read_split(info, root, split) for split in info.splits}


def _read_split(info: DatasetInfo, root: Path, split: str) -> Split:
    reader = getattr(torchvision().datasets, str(info.torchvision_name))
    try:
        source = reader(root, train=split == "train", download=False)
    except (RuntimeError, ValueError, AssertionError, OSError, EOFError) as error:
        raise _NotThereError from error
    images = np.asarray(source.data)
    labels = np.asarray(source.targets, dtype=np.int64)
    if len(images) != len(labels) or len(images) != info.splits[split]:
        raise _NotThereError
    images = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
    return Split(np.ascontiguousarray(images), labels)


def _digits() -> Split:
    """Scikit-learn's 1,797 handwritten digits: 8×8, brightness 0 to 16 brought to 0 to 255."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.rint(digits.images * (255 / 16)).astype(np.uint8)
    return Split(images[:, None], digits.target.astype(np.int64))


def _download(info: DatasetInfo) -> Iterator[Progress]:
    """Download aside with torchvision, which verifies checksums, then move the whole into place."""
    root = environment.data_dir()
    partial = root / f".partial-{uuid.uuid4().hex}"
    message = say("Downloading {title}, {megabytes} MB", title=info.title, megabytes=info.download_megabytes)
    yield Progress(message, 0.0)
    try:
        partial.mkdir(parents=True)
        for _ in in_background(lambda: _fetch(info, partial)):
            yield Progress(message, min(1.0, size_of(partial) / info.bytes_on_disk))
        _move(partial, root)
    except OSError as error:
        raise DataError(
            say(
                "{title} can't be downloaded ({reason}). Check the network and the disk, then try again, "
                "or choose the built-in digits.",
                title=info.title,
                reason=reason(error),
            )
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _fetch(info: DatasetInfo, folder: Path) -> None:
    """Torchvision's own download, its errors as OSError."""
    socket.setdefaulttimeout(30)  # torchvision sets none, and a dead connection would hang for ever
    try:
        getattr(torchvision().datasets, str(info.torchvision_name))(folder, train=True, download=True)
    except RuntimeError as error:
        damaged = "corrupted" in str(error)
        raise OSError(N_("it arrived damaged") if damaged else N_("no server answered")) from error
    for archive in [*folder.rglob("*.gz"), *folder.rglob("*.tar.gz")]:
        archive.unlink(missing_ok=True)


def _move(partial: Path, root: Path) -> None:
    for entry in partial.iterdir():
        broken = root / entry.name
        shutil.rmtree(broken, ignore_errors=True)
        os.replace(entry, broken)
