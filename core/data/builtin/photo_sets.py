"""Sets of photos that the app knows by name. They are imported like images of one's own, once, and kept like these.

`cats_dogs` is a folder `PetImages` below `DATA_DIR`, with a folder for each class, as Microsoft's cats and dogs unpack.
`pets` and `pet_breeds` are the Oxford-IIIT Pet set (Parkhi et al., 2012), which torchvision downloads.
"""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from core import environment
from core.config import DataConfig
from core.data.builtin.downloads import download
from core.data.own import importing, stored
from core.data.own.entries import Entry, Source
from core.data.own.sources import folder_of_classes, read_file
from core.errors import DataError
from core.messages import N_, Message, say
from core.progress import Progress
from core.storage import write_text

PER_CLASS = 2_500
PETS_BYTES = 811_706_944
TITLES = {
    "cats_dogs": N_("Cats and dogs"),
    "pets": N_("Oxford pets, cat or dog"),
    "pet_breeds": N_("Oxford pets, 37 breeds"),
}
_BREED, _SPECIES = "category", "binary-category"  # as torchvision calls them
_TARGETS = {"pets": _SPECIES, "pet_breeds": _BREED}


def available(name: str) -> bool:
    """Whether the set is on this machine, or can be downloaded."""
    return name != "cats_dogs" or imported(name) is not None or _pet_images().is_dir()


def resolved(config: DataConfig) -> DataConfig:
    """The same settings with the imported set's own name; as they are where nothing was imported, or needs to be."""
    found = imported(config.dataset) if config.dataset in TITLES else None
    return config.model_copy(update={"dataset": found}) if found else config


def prepare(name: str) -> Iterator[Progress]:
    """Import the set of this name, yielding what and how far. Yields nothing where it is there.

    Raises:
        DataError: it isn't on this machine and can't be downloaded.
    """
    if name not in TITLES or imported(name):
        return
    if name == "cats_dogs":
        source = _cats_dogs()
    else:
        yield from _download()
        source = _oxford(_TARGETS[name])
    found: str | None = None
    per_class = PER_CLASS if name == "cats_dogs" else None
    for progress in importing.importing(source, title=TITLES[name], per_class=per_class):
        yield Progress(progress.message, progress.fraction)
        found = progress.name
    write_text(_alias(name), json.dumps(found))


def _alias(name: str) -> Path:
    return stored.root() / f"{name}.json"


def imported(name: str) -> str | None:
    """The stored set's name, None before it was imported."""
    try:
        found: str = json.loads(_alias(name).read_text("utf-8"))
    except FileNotFoundError:
        return None
    return found if stored.exists(found) else None


# --- cats and dogs --------------------------------------------------------------------------------------------------


def _pet_images() -> Path:
    return environment.data_dir() / "PetImages"


def missing() -> Message:
    """What to say where nobody has put the photos there."""
    return say(
        "The photos of cats and dogs aren't on this server. Choose the Oxford pets, which are downloaded, or bring "
        "your own images on the page Data."
    )


def _cats_dogs() -> Source:
    if not _pet_images().is_dir():
        raise DataError(missing())
    return folder_of_classes(_pet_images())


# --- Oxford-IIIT Pet ------------------------------------------------------------------------------------------------


def _download() -> Iterator[Progress]:
    if (environment.data_dir() / "oxford-iiit-pet" / "annotations").is_dir():
        return
    # Measured by its archives: how much they unpack to isn't published.
    yield from download(TITLES["pets"], _fetch, arriving=PETS_BYTES, expected=PETS_BYTES, pattern="*.tar.gz")


def _fetch(folder: Path) -> None:
    from core.torchvision_compat import torchvision  # torch is imported only where it is needed

    torchvision().datasets.OxfordIIITPet(folder, download=True)


def _oxford(target: str) -> Source:
    """The photos by class, its trainval split to learn from and its test split to validate with."""
    root = environment.data_dir() / "oxford-iiit-pet"
    entries = []
    try:
        for split in ("trainval", "test"):
            for line in (root / "annotations" / f"{split}.txt").read_text("utf-8").splitlines():
                image, _breed, species, _number = line.split()
                breed = image.rsplit("_", 1)[0].replace("_", " ").title()
                label = breed if target == _BREED else ("Cat", "Dog")[int(species) - 1]
                path = root / "images" / f"{image}.jpg"
                entries.append(Entry(path.name, label, split == "test", partial(read_file, str(path))))
    except (OSError, ValueError) as error:
        raise DataError(
            say("{title} isn't whole in the data folder. Delete it there and try again.", title=TITLES["pets"])
        ) from error
    return Source(sorted(entries, key=lambda entry: (bool(entry.validation), entry.label, entry.name)), [])
