"""A tiny data set in the format of MNIST's files."""

from pathlib import Path

import numpy as np
import pytest

from core.data import catalog


def idx(array: np.ndarray) -> bytes:
    """An array of bytes as the files of MNIST store it."""
    return bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape) + array.tobytes()


def shortened(real: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, *, train: int, test: int) -> None:
    """Let `folder` hold the first images of MNIST, which lies whole in `real`, and let that be all there is."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for split, name, size in (("train", "train", train), ("test", "t10k", test)):
        monkeypatch.setitem(catalog.DATASETS["mnist"].splits, split, size)
        for kind, shape in (("images-idx3", (size, 28, 28)), ("labels-idx1", (size,))):
            file = f"{name}-{kind}-ubyte"
            head = 4 + 4 * len(shape)
            values = np.fromfile(real / "MNIST" / "raw" / file, np.uint8, np.prod(shape, dtype=int), offset=head)
            (raw / file).write_bytes(idx(values.reshape(shape)))
