"""`images.csv`: which images a run learned from, so that `train.py` finds them among one's own folders."""

from core.config import DataConfig
from core.data.builtin import photo_sets
from core.data.own import stored
from core.data.split import validation_mask
from core.export.data import needs_list
from core.export.pictures import LIST, TRAIN, VALIDATION
from core.spreadsheet import as_csv

__all__ = ["LIST", "images_csv", "is_listed"]
COLUMNS = ("file", "class", "label", "split", "sha256")


def is_listed(config: DataConfig) -> bool:
    """Whether the script needs the list, and the images are still on this server."""
    name = photo_sets.resolved(config).dataset
    return needs_list(config) and stored.is_name(name) and stored.exists(name)


def images_csv(config: DataConfig) -> str:
    """One row for each image of the run, in the app's order. `sha256` is that of the file as it was imported.

    Raises:
        DataError: the images are gone.
    """
    images = stored.load(photo_sets.resolved(config).dataset)
    held = validation_mask(images, config)
    rows = [
        (
            file,
            images.classes[label],
            label,
            VALIDATION if held[position] else TRAIN,
            images.digests[position].tobytes().hex(),
        )
        for position, (file, label) in enumerate(zip(images.files, images.labels.tolist(), strict=True))
    ]
    return as_csv(COLUMNS, rows)
