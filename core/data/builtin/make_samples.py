"""Makes the samples anew: `DATA_DIR=… python -m core.data.builtin.make_samples`."""

import numpy as np

from core.data.builtin.samples import SAMPLES, file_of, rows
from core.data.builtin.sets import DATASETS
from core.data.builtin.torchvision_sets import whole


def make(name: str) -> None:
    """Write a sample's file from the whole set in the data folder. Raises DataError where that isn't to be had."""
    chosen, arrays = SAMPLES[name], {}
    for split, content in whole(DATASETS[chosen.parent]).items():
        places = rows(content.labels, chosen.quotas[split])
        arrays[f"{split}_images"] = content.images[places, 0]
        arrays[f"{split}_labels"] = content.labels[places].astype(np.uint8)
    np.savez_compressed(file_of(name), **arrays)


if __name__ == "__main__":
    for _name in SAMPLES:
        make(_name)
