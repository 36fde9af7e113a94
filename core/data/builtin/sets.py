"""The list of built-in data sets."""

from dataclasses import dataclass, field

from core.config import PointCloud
from core.data.builtin import photo_sets
from core.messages import N_

DEFAULT_SIZE = 64  # height and width of photos, unless the settings say otherwise
_BREEDS = (
    "Abyssinian, American Bulldog, American Pit Bull Terrier, Basset Hound, Beagle, Bengal, Birman, Bombay, Boxer, "
    "British Shorthair, Chihuahua, Egyptian Mau, English Cocker Spaniel, English Setter, German Shorthaired, "
    "Great Pyrenees, Havanese, Japanese Chin, Keeshond, Leonberger, Maine Coon, Miniature Pinscher, Newfoundland, "
    "Persian, Pomeranian, Pug, Ragdoll, Russian Blue, Saint Bernard, Samoyed, Scottish Terrier, Shiba Inu, Siamese, "
    "Sphynx, Staffordshire Bull Terrier, Wheaten Terrier, Yorkshire Terrier"
)
_TEN = tuple("0123456789")
_CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
_IDX_BYTES = 54_950_048  # 70,000 images of 28×28 pixels with their labels


@dataclass(frozen=True)
class DatasetInfo:
    """Information about a data set, for menus, checks and downloads."""

    name: str
    title: str
    description: str
    classes: tuple[str, ...]
    size: int  # height and width in pixels
    channels: int
    splits: dict[str, int]  # name → number of images
    torchvision_name: str | None = None  # None: comes with the app
    download_bytes: int = 0
    bytes_on_disk: int = field(default=1)  # archives and unpacked files, to compute the progress

    @property
    def download_megabytes(self) -> int:
        """Size of the download in MB."""
        return round(self.download_bytes / 1e6)


def _like_mnist(
    name: str, title: str, description: str, classes: tuple[str, ...], torchvision_name: str, download_bytes: int
) -> DatasetInfo:
    """A data set with the format and sizes of MNIST."""
    return DatasetInfo(
        name=name,
        title=title,
        description=description,
        classes=classes,
        size=28,
        channels=1,
        splits={"train": 60_000, "test": 10_000},
        torchvision_name=torchvision_name,
        download_bytes=download_bytes,
        bytes_on_disk=download_bytes + _IDX_BYTES,
    )


_ALL: tuple[DatasetInfo, ...] = (
    DatasetInfo(
        "digits",
        N_("Handwritten digits, small"),
        N_("1,797 digits of 8×8 pixels that come with the app. Trains in seconds."),
        _TEN,
        8,
        1,
        {"train": 1_797},
    ),
    DatasetInfo(
        "mnist_sample",
        N_("MNIST, a tenth"),
        N_("7,000 handwritten digits of 28×28 pixels, a tenth of MNIST, that come with the app."),
        _TEN,
        28,
        1,
        {"train": 6_000, "test": 1_000},
    ),
    DatasetInfo(
        "fashion_sample",
        N_("Fashion-MNIST, a tenth"),
        N_("7,000 pictures of clothes, a tenth of Fashion-MNIST, that come with the app."),
        _CLOTHES,
        28,
        1,
        {"train": 6_000, "test": 1_000},
    ),
    DatasetInfo(
        "points",
        N_("Points in the plane"),
        N_("Two classes of points with two coordinates each. You see the boundary that a network draws between them."),
        ("A", "B"),
        1,
        2,
        {"train": PointCloud().number},
    ),
    _like_mnist("mnist", "MNIST", N_("70,000 handwritten digits of 28×28 pixels."), _TEN, "MNIST", 11_594_722),
    _like_mnist(
        "fashion_mnist",
        "Fashion-MNIST",
        N_("70,000 pictures of clothes, 28×28 pixels, ten kinds."),
        _CLOTHES,
        "FashionMNIST",
        30_878_645,
    ),
    _like_mnist(
        "kmnist",
        "Kuzushiji-MNIST",
        N_("70,000 Japanese characters in old handwriting, 28×28 pixels."),
        ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
        "KMNIST",
        21_240_888,
    ),
    DatasetInfo(
        "cifar10",
        "CIFAR-10",
        N_("60,000 small colour photos of 32×32 pixels: vehicles and animals."),
        ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
        32,
        3,
        {"train": 50_000, "test": 10_000},
        "CIFAR10",
        170_498_071,
        170_498_071 + 186_213_000,
    ),
)
_ALL += (
    DatasetInfo(
        "cats_dogs",
        photo_sets.TITLES["cats_dogs"],
        N_("5,000 photos of cats and dogs from the data folder of this server."),
        ("Cat", "Dog"),
        DEFAULT_SIZE,
        3,
        {"train": 2 * photo_sets.PER_CLASS},
    ),
    DatasetInfo(
        "pets",
        photo_sets.TITLES["pets"],
        N_("7,349 photos of cats and dogs, from the Oxford-IIIT Pet set."),
        ("Cat", "Dog"),
        DEFAULT_SIZE,
        3,
        {"train": 3_680, "test": 3_669},
        "OxfordIIITPet",
        photo_sets.PETS_BYTES,
    ),
    DatasetInfo(
        "pet_breeds",
        photo_sets.TITLES["pet_breeds"],
        N_("7,349 photos of 37 breeds of cats and dogs, from the Oxford-IIIT Pet set."),
        tuple(_BREEDS.split(", ")),
        DEFAULT_SIZE,
        3,
        {"train": 3_680, "test": 3_669},
        "OxfordIIITPet",
        photo_sets.PETS_BYTES,
    ),
)
DATASETS: dict[str, DatasetInfo] = {info.name: info for info in _ALL}
