"""Built-in sets of photos. They are imported and stored like images of visitors.

`cats_dogs` is a folder `PetImages` in `DATA_DIR` with a folder for each class, as in Microsoft's cats and dogs.
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
    """The settings with the name of the imported set, if there is one."""
    found = imported(config.dataset) if config.dataset in TITLES else None
    return config.model_copy(update={"dataset": found}) if found else config


def import_set(name: str) -> Iterator[Progress]:
    """Import a set of photos. Yields progress, or nothing if it is already there.

    Raises:
        DataError: the set isn't on this machine and can't be downloaded.
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
    for progress in importing.importing(source, per_class=per_class):
        yield progress
        found = progress.name
    write_text(_alias(name), json.dumps(found))


def _alias(name: str) -> Path:
    return stored.root() / f"{name}.json"


def imported(name: str) -> str | None:
    """The name of the imported set. None if it wasn't imported."""
    try:
        found: str = json.loads(_alias(name).read_text("utf-8"))
    except FileNotFoundError:
        return None
    return found if stored.exists(found) else None


# --- cats and dogs --------------------------------------------------------------------------------------------------


def _pet_images() -> Path:
    return environment.data_dir() / "PetImages"


def missing() -> Message:
    """The message if the photos of cats and dogs aren't there."""
    return say(
        "The photos of cats and dogs aren't on this server. Choose the Oxford pets instead, or import "
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
    # Progress is measured by the archives, because their unpacked size isn't known.
    yield from download(TITLES["pets"], _fetch, arriving=PETS_BYTES, expected=PETS_BYTES, pattern="*.tar.gz")


def _fetch(folder: Path) -> None:
    from core.torchvision_compat import torchvision  # torch is imported only where it is needed

    torchvision().datasets.OxfordIIITPet(folder, download=True)


def _oxford(target: str) -> Source:
    """The photos with their classes. The split trainval is for training, test for validation."""
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
            say("{title} is incomplete in the data folder. Delete it there and try again.", title=TITLES["pets"])
        ) from error
    return Source(sorted(entries, key=lambda entry: (bool(entry.validation), entry.label, entry.name)), [])
