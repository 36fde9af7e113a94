"""Prepares data sets and maps them into memory.

Torchvision downloads a data set into `DATA_DIR`. It is prepared once as arrays of bytes in the state folder. After that
it is mapped into memory, which takes milliseconds and shares memory between runs.

    for progress in prepare(config.data): ...   # downloads, decodes, resizes what is missing
    data = load(config.data)                    # maps it
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from core import environment, faults
from core.config import DataConfig
from core.data import held_back
from core.data.builtin import photo_sets, points, torchvision_sets
from core.data.builtin.torchvision_sets import Split
from core.data.catalog import DATASETS, DatasetInfo, full_size, has_points
from core.data.own import squares, stored
from core.data.own.squares import Pictures
from core.data.split import few_of_each, held_out, validation_mask
from core.errors import DataError
from core.messages import say
from core.progress import Progress
from core.storage import check_space, limit, replacing
from core.torchvision_compat import torchvision

# Images that are resized at once, so that memory doesn't grow with the data set.
RESIZED_AT_ONCE = 4_000_000  # numbers; on the way each is four bytes
# Disk space for all resized data sets.
RESIZED_BYTES = 3_000_000_000


@dataclass(frozen=True)
class ImageSet:
    """N labelled images. `images` are uint8 [M, C, H, W], or points float32 [M, 2]; `labels` are int64 [N]."""

    images: torch.Tensor
    labels: torch.Tensor
    rows: torch.Tensor | None = None  # int64 [N], positions in `images`; None: all, in this order
    pictures: Pictures | None = None  # the N images in full size, for random crops

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, positions: NDArray[np.int64]) -> "ImageSet":
        """Only the images at these positions. They stay where they lie."""
        chosen = torch.from_numpy(positions)
        rows = chosen if self.rows is None else self.rows[chosen]
        pictures = self.pictures and Pictures(self.pictures.images, self.pictures.positions[positions])
        return ImageSet(self.images, self.labels[chosen], rows, pictures)

    def at(self, positions: torch.Tensor | slice) -> torch.Tensor:
        """The images at these positions, uint8 [B, C, H, W], or points, float32 [B, 2]."""
        return self.images[positions if self.rows is None else self.rows[positions]]


@dataclass(frozen=True)
class ImageData:
    """The training and validation images of a run."""

    train: ImageSet
    validation: ImageSet
    classes: tuple[str, ...]


def prepare(config: DataConfig) -> Iterator[Progress]:
    """Download and prepare the images for `load`. Yields progress, or nothing if they are ready.

    Raises:
        DataError: the images can't be downloaded or read. Call it again to retry.
    """
    if has_points(config):
        return
    yield from photo_sets.import_set(config.dataset)
    config = photo_sets.resolved(config)
    if stored.is_name(config.dataset):
        yield from squares.resize(config.dataset, full_size(config))
        return
    if ready(config):
        return
    lock = FileLock(_prepared() / f"{config.dataset}.lock")
    _prepared().mkdir(parents=True, exist_ok=True)
    yield from _acquire(lock)
    try:
        info = DATASETS[config.dataset]
        if not _folder(info.name, None).exists():
            splits = yield from torchvision_sets.read(info)
            _write(_folder(info.name, None), splits)
        if not _folder(info.name, config.image_size).exists():
            yield Progress(say("Resizing {title}", title=info.title), None)
            limit(_prepared(), "*px", RESIZED_BYTES)
            _write_resized(info, config.image_size or info.size)
    finally:
        lock.release()


def ready(config: DataConfig) -> bool:
    """Whether `prepare` has nothing left to do."""
    if has_points(config):
        return True
    config = photo_sets.resolved(config)
    if config.dataset in photo_sets.TITLES:
        return False
    if stored.is_name(config.dataset):
        return squares.ready(config.dataset, full_size(config))
    return _folder(config.dataset, config.image_size).exists()


def load(config: DataConfig) -> ImageData:
    """Map the prepared images into memory, split into training and validation images.

    A split of the training images is stratified and depends only on `split_seed`, so that runs can be compared. What
    the board of a class keeps back is in neither. `per_class` leaves out training images, but no validation images.
    """
    data = _all(photo_sets.resolved(config))
    if config.per_class is None:
        return data
    return replace(
        data, train=data.train.part(few_of_each(data.train.labels.numpy(), config.per_class, config.split_seed))
    )


def what_decides(config: DataConfig) -> DataConfig:
    """Only the settings that decide which images `load` gives: the key of what is kept of them."""
    fields = ("dataset", "image_size", "validation_fraction", "split_seed", "per_class", "board")
    return DataConfig(**{field: getattr(config, field) for field in fields})


def _all(config: DataConfig) -> ImageData:
    if stored.is_name(config.dataset):
        return _own(config)
    info = DATASETS[config.dataset]
    train = _points(config) if has_points(config) else _mapped(info.name, config.image_size, "train")
    known = ~_held_back(info.name, config.board)[0] if config.board else None
    if config.validation_fraction == 0:
        validation = _mapped(info.name, config.image_size, "test")
        return ImageData(_tensors(train, known), _tensors(validation), info.classes)
    known = np.ones(len(train.labels), dtype=bool) if known is None else known
    held = np.zeros_like(known)
    held[known] = held_out(train.labels[known], config.validation_fraction, config.split_seed)
    return ImageData(_tensors(train, known & ~held), _tensors(train, held), info.classes)


def held_back_images(config: DataConfig) -> tuple[ImageSet, held_back.Mask]:
    """What the board of a class keeps back, to score a run with, and which of these images are in the public half.

    Raises:
        DataError: this server doesn't know the board.
    """
    hidden, public = _held_back(config.dataset, config.board)
    return _tensors(_mapped(config.dataset, config.image_size, "train"), hidden), public[hidden]


@lru_cache(maxsize=8)
def _held_back(dataset: str, board: str) -> tuple[held_back.Mask, held_back.Mask]:
    return held_back.masks(board, _mapped(dataset, None, "train").images)


def _points(config: DataConfig) -> Split:
    found = points.drawn(config.points)
    return Split(found.places, found.labels)


def _own(config: DataConfig) -> ImageData:
    """Imported images. They stay in their memory map, so any number fits."""
    images = stored.load(config.dataset)
    pixels = torch.from_numpy(squares.load(config.dataset, full_size(config)))
    held = validation_mask(images, config)

    def part(mask: stored.Mask) -> ImageSet:
        positions = np.flatnonzero(mask)
        labels, rows = (torch.from_numpy(values[positions]) for values in (images.labels, images.rows))
        return ImageSet(pixels, labels, rows, Pictures(images, positions))

    return ImageData(part(~held), part(held), images.classes)


def _tensors(split: Split, mask: NDArray[np.bool_] | None = None) -> ImageSet:
    """A split, or part of it. The images stay in their map: a copy would take memory for as long as a page keeps it."""
    images, labels = torch.from_numpy(split.images), torch.from_numpy(split.labels)
    if mask is None:
        return ImageSet(images, labels)
    rows = torch.from_numpy(np.flatnonzero(mask))
    return ImageSet(images, labels[rows], rows)


# --- the prepared folder ------------------------------------------------------------------------------------------


def _prepared() -> Path:
    return environment.state_dir() / "prepared"


def _folder(name: str, size: int | None) -> Path:
    own = DATASETS[name].size
    return _prepared() / (name if size in (None, own) else f"{name}-{size}px")


def _mapped(name: str, size: int | None, split: str) -> Split:
    """One split as copy-on-write maps, so readers share memory and can't change the file."""
    folder = _folder(name, size)
    images = np.load(folder / f"{split}_images.npy", mmap_mode="c")
    return Split(images, np.load(folder / f"{split}_labels.npy"))


@contextmanager
def _written(folder: Path, size: int) -> Iterator[Path]:
    """A temporary folder that replaces `folder` at the end. Raises DataError if its `size` bytes can't be written."""
    try:
        check_space(folder.parent, size)
        with replacing(folder) as aside:
            aside.mkdir()
            yield aside
    except OSError as error:
        told = say("The prepared images can't be saved ({reason}). Free some disk space and try again.", reason=error)
        raise DataError(faults.cause(error) or told) from error


def _write(folder: Path, splits: dict[str, Split]) -> None:
    with _written(folder, sum(split.images.nbytes for split in splits.values())) as partial:
        for name, split in splits.items():
            np.save(partial / f"{name}_images.npy", split.images)
            np.save(partial / f"{name}_labels.npy", split.labels)


def _write_resized(info: DatasetInfo, size: int) -> None:
    """Resize every image to `size` × `size` with the same result as PIL's bilinear filter."""
    torchvision()
    from torchvision.transforms.v2.functional import resize

    found = {name: _mapped(info.name, None, name) for name in info.splits}
    pixels = sum(len(split.images) * split.images.shape[1] for split in found.values()) * size * size
    with _written(_folder(info.name, size), pixels) as partial:
        for name, split in found.items():
            count, channels = split.images.shape[:2]
            at_once = max(1, RESIZED_AT_ONCE // (channels * size * size))
            # Written piece by piece: if the disk fills, that is an error here, but would kill through a writable map.
            with (partial / f"{name}_images.npy").open("wb") as file:
                header = {"descr": "|u1", "fortran_order": False, "shape": (count, channels, size, size)}
                np.lib.format.write_array_header_1_0(file, header)
                for first in range(0, count, at_once):
                    part = torch.from_numpy(split.images[first : first + at_once])
                    file.write(resize(part, [size, size], antialias=True).numpy().data)
            np.save(partial / f"{name}_labels.npy", split.labels)


def _acquire(lock: FileLock) -> Iterator[Progress]:
    """Wait for another process that prepares the same images."""
    while True:
        try:
            lock.acquire(timeout=0.3)
            return
        except Timeout:
            yield Progress(say("Waiting: another run is preparing the same images"), None)
