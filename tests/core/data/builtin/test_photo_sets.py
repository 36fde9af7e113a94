"""Photos that the app knows by name: found in the data folder, imported once, the same as images of one's own."""

from pathlib import Path

import pytest

from core import environment
from core.config import DataConfig
from core.data import catalog, datasets
from core.data.builtin import photo_sets
from core.data.own import stored
from core.errors import DataError
from core.recipes import recipes
from core.torchvision_compat import torchvision
from tests.core.data.own.pictures import jpeg


@pytest.fixture
def pet_images() -> Path:
    """A small PetImages, where one file is no image."""
    root = environment.data_dir() / "PetImages"
    for label, count in (("Cat", 6), ("Dog", 4)):
        (root / label).mkdir(parents=True)
        for number in range(count):
            (root / label / f"{number}.jpg").write_bytes(jpeg(seed=10 * count + number))
    (root / "Cat" / "666.jpg").write_bytes(b"")
    return root


@pytest.fixture
def oxford() -> Path:
    """A small Oxford-IIIT Pet set, as torchvision unpacks it."""
    root = environment.data_dir() / "oxford-iiit-pet"
    (root / "annotations").mkdir(parents=True)
    (root / "images").mkdir()
    seed = 0
    for split, first in (("trainval", 1), ("test", 3)):
        lines = []
        for place, (breed, species) in enumerate((("Abyssinian", 1), ("american_bulldog", 2)), 1):
            for number in (first, first + 1):
                seed += 1
                (root / "images" / f"{breed}_{number}.jpg").write_bytes(jpeg(seed))
                lines.append(f"{breed}_{number} {place} {species} 1")
        (root / "annotations" / f"{split}.txt").write_text("\n".join(lines) + "\n")
    return root


def test_cats_and_dogs_are_imported_once_and_split_by_the_app(pet_images: Path) -> None:
    config = DataConfig(dataset="cats_dogs", image_size=16, validation_fraction=0.5)
    assert not datasets.ready(config)
    assert list(datasets.prepare(config))
    assert datasets.ready(config)
    assert list(datasets.prepare(config)) == []
    data = datasets.load(config)
    assert data.classes == ("Cat", "Dog")
    assert (len(data.train), len(data.validation)) == (5, 5)
    assert data.train.images.shape[1:] == (3, 16, 16)
    assert data.train.pictures is not None, "random crops are cut from the whole photos"
    assert catalog.info("cats_dogs").splits == {"train": 10}


def test_without_the_photos_the_set_is_refused_with_what_else_there_is() -> None:
    (problem,) = catalog.problems(DataConfig(dataset="cats_dogs", validation_fraction=0.2))
    assert "Choose the Oxford pets" in str(problem.message)
    with pytest.raises(DataError, match="aren't on this server"):
        list(datasets.prepare(DataConfig(dataset="cats_dogs")))


def test_cats_dogs_transfer_takes_the_photos_that_this_server_has(pet_images: Path) -> None:
    assert recipes()["cats-dogs-transfer"].config.data.dataset == "cats_dogs"
    for path in sorted(pet_images.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    pet_images.rmdir()
    without = recipes()["cats-dogs-transfer"].config.data
    assert (without.dataset, without.validation_fraction) == ("pets", 0.0)


@pytest.mark.parametrize(
    ("name", "classes"), [("pets", ("Cat", "Dog")), ("pet_breeds", ("Abyssinian", "American Bulldog"))]
)
@pytest.mark.usefixtures("oxford")
def test_the_oxford_pets_keep_their_own_split(name: str, classes: tuple[str, ...]) -> None:
    config = DataConfig(dataset=name, image_size=16)
    for _ in datasets.prepare(config):
        pass
    data = datasets.load(config)
    assert data.classes == classes
    assert (len(data.train), len(data.validation)) == (4, 4)
    assert data.train.labels.tolist() == [0, 0, 1, 1]
    assert catalog.info(name).classes == classes


def test_without_internet_the_pets_give_an_error_and_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = (("http://127.0.0.1:9/images.tar.gz", "0" * 32),)
    monkeypatch.setattr(torchvision().datasets.OxfordIIITPet, "_RESOURCES", nobody)
    with pytest.raises(DataError, match=r"Oxford pets.*can't be downloaded: its server doesn't answer"):
        list(photo_sets.import_set("pets"))
    assert list(environment.data_dir().iterdir()) == []


def test_a_broken_oxford_set_is_reported(oxford: Path) -> None:
    (oxford / "annotations" / "test.txt").unlink()
    with pytest.raises(DataError, match="is incomplete"):
        list(photo_sets.import_set("pets"))


def test_a_set_that_was_deleted_is_imported_again(pet_images: Path) -> None:
    config = DataConfig(dataset="cats_dogs", image_size=16, validation_fraction=0.5)
    list(datasets.prepare(config))
    name = photo_sets.imported("cats_dogs")
    assert name is not None
    stored.delete(name)
    assert not datasets.ready(config)
    assert list(datasets.prepare(config))
    assert photo_sets.imported("cats_dogs") == name
