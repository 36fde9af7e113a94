"""The images that the board of a class keeps back: no run of the class learns from them or is validated on them.

An image is kept back where a keyed hash of its pixels is small. So it is missing from every data set that contains it,
in whatever order, and nobody who has all images can tell which ones they are: the key never leaves the server.
"""

import hashlib
import json
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import environment
from core.data.builtin.samples import SAMPLES
from core.errors import DataError
from core.messages import say
from core.storage import replacing

_KEY_BYTES = 32
_HASH_BYTES = 8

Mask = NDArray[np.bool_]


def make(board: str, part: float) -> None:
    """Draw the secret key of a new board, which keeps back this part (0..1) of the images. Raises OSError."""
    file = _file(board)
    file.parent.mkdir(parents=True, exist_ok=True)
    with replacing(file) as aside:
        aside.touch(mode=0o600)
        aside.write_text(json.dumps({"key": secrets.token_hex(_KEY_BYTES), "share": part}), encoding="utf-8")


def forget(board: str) -> None:
    """Delete the key of a board that is gone."""
    _file(board).unlink(missing_ok=True)
    _read.cache_clear()


def share(board: str) -> float:
    """The share of the images (0..1) that a board keeps back. Raises DataError where this server doesn't know it."""
    return _read(board)[1]


def same_images(dataset: str, other: str) -> bool:
    """Whether two built-in data sets have images in common: a sample is part of its whole set."""
    return _whole(dataset) == _whole(other)


def _whole(dataset: str) -> str:
    return SAMPLES[dataset].parent if dataset in SAMPLES else dataset


def masks(board: str, images: NDArray[Any]) -> tuple[Mask, Mask]:
    """Which images, uint8 [N, …] in their original size, are kept back, and which are in the board's public half.

    The public half is part of the first mask; the rest of that is the private half.

    Raises:
        DataError: this server doesn't know the board.
    """
    key, part = _read(board)
    hashes = b"".join(hashlib.blake2b(image, digest_size=_HASH_BYTES, key=key).digest() for image in images)
    places = np.frombuffer(hashes, ">u8") / 2.0 ** (8 * _HASH_BYTES)  # 0..1, evenly
    return places < part, places < part / 2


@lru_cache(maxsize=64)
def _read(board: str) -> tuple[bytes, float]:
    try:
        content = json.loads(_file(board).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(
            say("The board of this class is gone, and with it the list of images that it kept back. Start a new run.")
        ) from None
    return bytes.fromhex(content["key"]), float(content["share"])


def _file(board: str) -> Path:
    return environment.state_dir() / "boards" / f"{board}.json"
