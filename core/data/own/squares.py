"""Stored images as squares of one size, as networks need them. Made once, then mapped into memory."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from core import environment
from core.data.own import quota, stored
from core.data.own.decoders import cannot_store
from core.progress import Progress
from core.storage import check_space, replacing, sweep


def square(pixels: stored.Bytes, size: int) -> stored.Bytes:
    """Resize the middle of an image, uint8 [height, width, 3], to [3, size, size]."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    left, top = (width - side) / 2, (height - side) / 2
    image = Image.fromarray(pixels).resize(
        (size, size), Image.Resampling.BILINEAR, box=(left, top, left + side, top + side)
    )
    return np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))


@dataclass(frozen=True)
class Pictures:
    """N images in stored size, for random crops."""

    images: stored.StoredImages
    positions: stored.Integers  # [N], positions in `images`

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def sizes(self) -> stored.Integers:
        """Heights and widths, [N, 2]."""
        return self.images.sizes[self.positions]

    def cut(self, chosen: stored.Integers, boxes: stored.Integers, size: int) -> stored.Bytes:
        """Cut a box (left, top, width, height) out of each chosen image. Returns uint8 [B, 3, size, size]."""

        def one(position: int, box: stored.Integers) -> stored.Bytes:
            left, top, width, height = (int(number) for number in box)
            image = Image.fromarray(self.images.image(int(self.positions[position])))
            part = image.resize((size, size), Image.Resampling.BILINEAR, box=(left, top, left + width, top + height))
            return np.asarray(part).transpose(2, 0, 1)

        with ThreadPoolExecutor(environment.processors()) as threads:  # Pillow resizes without the GIL
            return np.stack(list(threads.map(one, chosen.tolist(), boxes)))


def resize(name: str, size: int) -> Iterator[Progress]:
    """Make what `load` maps, on all processors. Yields nothing where it is ready.

    Raises:
        DataError: the images are gone, the disk is full, or their owner's share of it.
    """
    target = _file(name, size)
    if target.exists():
        return
    images = stored.load(stored.base_name(name))
    sweep(stored.folder(name))
    needed = prepared_bytes(len(images), size)
    quota.make_room(name, needed)
    header = {"descr": "|u1", "fortran_order": False, "shape": (len(images), 3, size, size)}
    try:
        check_space(target.parent, needed)
        # Written piece by piece: if the disk fills, that is an error here, but would kill through a writable map.
        with (
            replacing(target) as aside,
            aside.open("wb") as file,
            ThreadPoolExecutor(environment.processors()) as threads,
        ):
            np.lib.format.write_array_header_1_0(file, header)
            for start in range(0, len(images), 64):
                chunk = range(start, min(start + 64, len(images)))
                for one in threads.map(lambda position: square(images.image(position), size), chunk):
                    file.write(one.data)
                yield stored.preparing(chunk.stop, len(images))
    except OSError as error:
        raise cannot_store(error.strerror) from error


def prepared_bytes(images: int, size: int) -> int:
    """What so many images take at one size."""
    return images * 3 * size * size


def ready(name: str, size: int) -> bool:
    """Whether the images are resized already."""
    return _file(name, size).exists()


def load(name: str, size: int) -> stored.Bytes:
    """Map all imported images of one size, uint8 [N, 3, size, size]. `StoredImages.rows` are the indices."""
    file = _file(name, size)
    try:
        with suppress(PermissionError):
            os.utime(file)  # used last: the longest unused go first
        return np.load(file, mmap_mode="c")  # type: ignore[no-any-return]
    except OSError as error:
        raise stored.missing() from error


def _file(name: str, size: int) -> Path:
    return stored.folder(name) / f"squares-{int(size)}.npy"
