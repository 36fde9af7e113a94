"""A tenth of MNIST and of Fashion-MNIST, which come with the app: lessons work without a network.

`python -m core.data.builtin.make_samples` makes the files anew from the whole sets in `DATA_DIR`. Licences and sources
are beside them, in `samples.LICENCE.md`.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

STRIDE = 10  # every tenth image of a class
SPLITS = ("train", "test")


@dataclass(frozen=True)
class Sample:
    """Of which data set, and how many images of each class are taken: its share of 6,000 and of 1,000."""

    parent: str
    quotas: dict[str, tuple[int, ...]]  # by split


SAMPLES = {
    "mnist_sample": Sample(
        "mnist",
        {
            "train": (592, 674, 596, 613, 584, 542, 592, 627, 585, 595),
            "test": (98, 114, 103, 101, 98, 89, 96, 103, 97, 101),
        },
    ),
    "fashion_sample": Sample("fashion_mnist", {"train": (600,) * 10, "test": (100,) * 10}),
}


def sample(name: str) -> dict[str, tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    """Images, uint8 [N, 1, 28, 28], and labels, int64 [N], of each split."""
    with np.load(file_of(name), allow_pickle=False) as content:
        return {
            split: (content[f"{split}_images"][:, None], content[f"{split}_labels"].astype(np.int64))
            for split in SPLITS
        }


def rows(labels: NDArray[np.int64], quota: tuple[int, ...]) -> NDArray[np.int64]:
    """Which images of the whole set the sample holds, in their order: every tenth of each class, so many."""
    chosen = [np.flatnonzero(labels == label)[::STRIDE][:number] for label, number in enumerate(quota)]
    return np.sort(np.concatenate(chosen))


def file_of(name: str) -> Path:
    """Where a sample lies."""
    return Path(__file__).with_name(f"{name}.npz")
