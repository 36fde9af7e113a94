"""What data sets there are. No image is read here, so menus and checks are quick."""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import isqrt

from core.config import DataConfig
from core.data.builtin import photo_sets
from core.data.own import stored
from core.errors import DataError, Problem
from core.messages import N_, say

DEFAULT_SIZE = 64  # height and width of photos, unless the settings say otherwise
_BREEDS = (
    "Abyssinian, American Bulldog, American Pit Bull Terrier, Basset Hound, Beagle, Bengal, Birman, Bombay, Boxer, "
    "British Shorthair, Chihuahua, Egyptian Mau, English Cocker Spaniel, English Setter, German Shorthaired, "
    "Great Pyrenees, Havanese, Japanese Chin, Keeshond, Leonberger, Maine Coon, Miniature Pinscher, Newfoundland, "
    "Persian, Pomeranian, Pug, Ragdoll, Russian Blue, Saint Bernard, Samoyed, Scottish Terrier, Shiba Inu, Siamese, "
    "Sphynx, Staffordshire Bull Terrier, Wheaten Terrier, Yorkshire Terrier"
)
_TEN = tuple("0123456789")
_IDX_BYTES = 54_950_048  # 70,000 images of 28×28 with their labels, as MNIST and its relatives store them


@dataclass(frozen=True)
class DatasetInfo:
    """One data set: what a menu, a check and a download need to know before any image is read."""

    name: str
    title: str
    description: str
    classes: tuple[str, ...]
    size: int  # height and width in pixels
    channels: int
    splits: dict[str, int]  # name → number of images
    torchvision_name: str | None = None  # None: comes with the app
    download_bytes: int = 0
    bytes_on_disk: int = field(default=1)  # archive and unpacked files together, to show progress against

    @property
    def download_megabytes(self) -> int:
        """What has to come over the network, in millions of bytes."""
        return round(self.download_bytes / 1e6)


def _like_mnist(
    name: str, title: str, description: str, classes: tuple[str, ...], torchvision_name: str, download_bytes: int
) -> DatasetInfo:
    """A data set in the files and sizes of MNIST."""
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
    _like_mnist("mnist", "MNIST", N_("70,000 handwritten digits of 28×28 pixels."), _TEN, "MNIST", 11_594_722),
    _like_mnist(
        "fashion_mnist",
        "Fashion-MNIST",
        N_("70,000 pictures of clothes, 28×28 pixels, ten kinds."),
        (
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
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
        N_("5,000 photos of cats and dogs, where whoever runs this server put them into its data folder."),
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


# Mean and standard deviation that are usual for each data set: of its training images, or of ImageNet's for photos.
_USUAL: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "digits": ((0.3,), (0.38,)),
    "mnist": ((0.1307,), (0.3081,)),
    "fashion_mnist": ((0.286,), (0.353,)),
    "kmnist": ((0.1918,), (0.3483,)),
    "cifar10": ((0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616)),
}
_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))

# A data set at another size is stored once more: at most so many bytes.
PREPARED_BYTES = 1_500_000_000


def exists(name: str) -> bool:
    """Whether there is such a data set on this server."""
    return name in DATASETS or (stored.is_name(name) and stored.exists(name))


def info(name: str) -> DatasetInfo:
    """What there is to know of a data set, also of one's own. Raises DataError where there is none of this name."""
    if name in photo_sets.TITLES and (imported := photo_sets.imported(name)):
        return replace(_own(imported), name=name, title=photo_sets.TITLES[name])
    if name in DATASETS:
        return DATASETS[name]
    if not stored.is_name(name):
        known = ", ".join(DATASETS)
        raise DataError(say("There is no data set {name}. Choose one of {known}.", name=name, known=known))
    if not stored.exists(name):
        raise stored.missing()
    return _own(name)


@lru_cache(maxsize=256)
def _own(name: str) -> DatasetInfo:
    """A stored set never changes under its name, so that it is read once."""
    images = stored.load(name)
    held = 0 if images.validation is None else int(images.validation.sum())
    splits = {"train": len(images) - held} | ({"test": held} if held else {})
    return DatasetInfo(name, images.title, N_("Your own images."), images.classes, DEFAULT_SIZE, 3, splits)


def usual(name: str) -> DataConfig:
    """Settings to begin with for this data set. Raises DataError where there is none of this name."""
    mean, std = _USUAL.get(name, _IMAGENET)
    fraction = 0.0 if "test" in info(name).splits else 0.2
    return DataConfig(dataset=name, mean=mean, std=std, validation_fraction=fraction)


def full_size(config: DataConfig) -> int:
    """Height and width of an image after resizing, before any crop."""
    return config.image_size or _format(config.dataset)[1]


def image_size(config: DataConfig) -> int:
    """Height and width of a training image as the network gets it."""
    return full_size(config) if config.augmentation.crops else config.center_crop or full_size(config)


def input_shape(config: DataConfig) -> tuple[int, int, int]:
    """Channels, height and width of one validation image as the network gets it."""
    size = config.center_crop or full_size(config)
    return _format(config.dataset)[0], size, size


def _format(name: str) -> tuple[int, int]:
    """Channels and size as the data set has them. Of images of one's own it is known even when they are gone."""
    if stored.is_name(name):
        return 3, DEFAULT_SIZE
    known = info(name)
    return known.channels, known.size


def problems(config: DataConfig) -> list[Problem]:
    """What is wrong with these data settings, each with its remedy."""
    try:
        known = info(config.dataset)
    except DataError as error:
        return [Problem("data.dataset", error.message)]
    found = []
    if not photo_sets.available(config.dataset):
        found.append(Problem("data.dataset", photo_sets.missing()))
    if config.validation_fraction == 0 and "test" not in known.splits:
        message = say("{title} has no test images. Hold out a share for validation, 0.2 is usual.", title=known.title)
        found.append(Problem("data.validation_fraction", message))
    for name in ("mean", "std"):
        if len(getattr(config, name)) not in (1, known.channels):
            message = say(
                "{name} needs one number, or {channels}, one for each colour.", name=name, channels=known.channels
            )
            found.append(Problem(f"data.{name}", message))
    size = config.image_size or known.size
    largest = isqrt(PREPARED_BYTES // (sum(known.splits.values()) * known.channels))
    if config.image_size and size > max(largest, known.size):
        message = say(
            "{title} at {size} pixels would fill the disk. Choose {largest} or less.",
            title=known.title,
            size=size,
            largest=largest,
        )
        found.append(Problem("data.image_size", message))
    if config.center_crop and config.center_crop > size:
        message = say(
            "A centre crop of {crop} pixels doesn't fit into images of {size}. Make it smaller, or resize to more.",
            crop=config.center_crop,
            size=size,
        )
        found.append(Problem("data.center_crop", message))
    return found
