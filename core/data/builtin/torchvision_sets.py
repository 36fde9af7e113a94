"""Reads data sets with torchvision, which downloads them if needed."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import environment
from core.data.builtin.digits import digits
from core.data.builtin.downloads import download
from core.data.builtin.samples import SAMPLES, sample
from core.data.builtin.sets import DatasetInfo
from core.errors import DataError
from core.messages import say
from core.progress import Progress
from core.torchvision_compat import torchvision


@dataclass(frozen=True)
class Split:
    """N images, uint8 [N, C, H, W], or points, float32 [N, 2], and their labels, int64 [N]."""

    images: NDArray[np.uint8] | NDArray[np.float32]
    labels: NDArray[np.int64]


def read(info: DatasetInfo) -> Generator[Progress, None, dict[str, Split]]:
    """Read the splits of a data set, by name. Downloads it if needed. Yields progress.

    Raises:
        DataError: the data set can't be downloaded or read. Call it again to retry.
    """
    yield Progress(say("Reading {title}", title=info.title), None)
    if info.name in SAMPLES:
        return {split: Split(*content) for split, content in sample(info.name).items()}
    if info.torchvision_name is None:
        return {"train": Split(*digits())}
    try:
        return _read_torchvision(info, environment.data_dir())
    except _NotThereError:
        yield from _download(info)
        return _read_torchvision(info, environment.data_dir())


def whole(info: DatasetInfo) -> dict[str, Split]:
    """The splits of a data set that lies in the data folder. Raises DataError where it doesn't."""
    try:
        return _read_torchvision(info, environment.data_dir())
    except _NotThereError as error:
        raise DataError(say("{title} isn't in the data folder.", title=info.title)) from error


def _download(info: DatasetInfo) -> Iterator[Progress]:
    def fetch(folder: Path) -> None:
        _reader(info)(folder, train=True, download=True)

    return download(info.title, fetch, arriving=info.download_bytes, expected=info.bytes_on_disk)


class _NotThereError(Exception):
    """The files are missing or incomplete."""


def _read_torchvision(info: DatasetInfo, root: Path) -> dict[str, Split]:
    return {split: _read_split(info, root, split) for split in info.splits}


def _reader(info: DatasetInfo) -> Any:
    return getattr(torchvision().datasets, str(info.torchvision_name))


def _read_split(info: DatasetInfo, root: Path, split: str) -> Split:
    try:
        source = _reader(info)(root, train=split == "train", download=False)
    except (RuntimeError, ValueError, AssertionError, OSError, EOFError) as error:
        raise _NotThereError from error
    images = np.asarray(source.data)
    labels = np.asarray(source.targets, dtype=np.int64)
    if len(images) != len(labels) or len(images) != info.splits[split]:
        raise _NotThereError
    images = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
    return Split(np.ascontiguousarray(images), labels)
