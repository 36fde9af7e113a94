"""Information about data sets. It reads no image, so menus and checks are fast."""

from dataclasses import replace
from functools import lru_cache
from math import isqrt

from core.config import DataConfig
from core.data.builtin import photo_sets
from core.data.builtin.sets import DATASETS, DEFAULT_SIZE, DatasetInfo
from core.data.own import stored
from core.errors import DataError, Problem
from core.messages import N_, say

__all__ = ["DATASETS", "DatasetInfo"]  # defined in `builtin.sets`

POINTS = "points"  # the data set of two numbers for each example, instead of an image

# The usual mean and standard deviation: those of the training images, or ImageNet's for photos.
_USUAL: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    POINTS: ((0.0,), (1.0,)),
    "digits": ((0.3,), (0.38,)),
    "mnist": ((0.1307,), (0.3081,)),
    "fashion_mnist": ((0.286,), (0.353,)),
    "mnist_sample": ((0.1307,), (0.3081,)),
    "fashion_sample": ((0.286,), (0.353,)),
    "kmnist": ((0.1918,), (0.3483,)),
    "cifar10": ((0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616)),
}
_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))

# The largest size of a resized data set in bytes.
PREPARED_BYTES = 1_500_000_000


def exists(name: str) -> bool:
    """Whether this server has the data set."""
    return name in DATASETS or (stored.is_name(name) and stored.exists(name))


def info(name: str) -> DatasetInfo:
    """Information about a built-in or imported data set. Raises DataError if there is none with this name."""
    if name in photo_sets.TITLES and (imported := photo_sets.imported(name)):
        return replace(_own(imported, stored.imported_at(imported)), name=name, title=photo_sets.TITLES[name])
    if name in DATASETS:
        return DATASETS[name]
    if not stored.is_name(name):
        known = ", ".join(DATASETS)
        raise DataError(say("There is no data set {name}. Choose one of {known}.", name=name, known=known))
    if not stored.exists(name):
        raise stored.missing()
    return _own(name, stored.imported_at(name))


@lru_cache(maxsize=256)
def _own(name: str, _imported_at: int) -> DatasetInfo:
    """Information about an imported set. Cached, because a set never changes under its name."""
    images = stored.load(name)
    held = 0 if images.validation is None else int(images.validation.sum())
    splits = {"train": len(images) - held} | ({"test": held} if held else {})
    title = stored.usual_title(images.classes)
    return DatasetInfo(name, title, N_("Your own images."), images.classes, DEFAULT_SIZE, 3, splits)


def has_points(config: DataConfig) -> bool:
    """Whether the network gets points, of two coordinates each, instead of images."""
    return config.dataset == POINTS


def total(config: DataConfig) -> int:
    """The number of images or points that are split, or that come as training images, `per_class` at most."""
    known = info(config.dataset)
    images = config.points.number if has_points(config) else known.splits["train"]
    return images if config.per_class is None else min(images, config.per_class * len(known.classes))


def usual(name: str) -> DataConfig:
    """The usual settings for a data set. Raises DataError if there is none with this name."""
    mean, std = _USUAL.get(name, _IMAGENET)
    fraction = 0.0 if "test" in info(name).splits else 0.2
    return DataConfig(dataset=name, mean=mean, std=std, validation_fraction=fraction)


def full_size(config: DataConfig) -> int:
    """Height and width of an image after resizing, before cropping."""
    return config.image_size or _format(config.dataset)[1]


def image_size(config: DataConfig) -> int:
    """Height and width of a training image in the network's input."""
    return full_size(config) if config.augmentation.crops else config.center_crop or full_size(config)


def input_shape(config: DataConfig) -> tuple[int, ...]:
    """Channels, height and width of a validation image in the network's input; (2,) for points."""
    if has_points(config):
        return (2,)
    size = config.center_crop or full_size(config)
    return _format(config.dataset)[0], size, size


def _format(name: str) -> tuple[int, int]:
    """Channels and original size. For imported images they are known even if the images are gone."""
    if stored.is_name(name):
        return 3, DEFAULT_SIZE
    known = info(name)
    return known.channels, known.size


def problems(config: DataConfig) -> list[Problem]:
    """The problems of these settings, each with its remedy."""
    try:
        known = info(config.dataset)
    except DataError as error:
        return [Problem("data.dataset", error.message)]
    found = []
    if not photo_sets.available(config.dataset):
        found.append(Problem("data.dataset", photo_sets.missing()))
    if config.validation_fraction == 0 and "test" not in known.splits:
        message = say("{title} has no test images. Set a share for validation, such as 0.2.", title=known.title)
        found.append(Problem("data.validation_fraction", message))
    for name in ("mean", "std"):
        if len(getattr(config, name)) not in (1, known.channels):
            message = say(
                "{name} needs one number, or {channels} numbers, one for each colour.",
                name=name,
                channels=known.channels,
            )
            found.append(Problem(f"data.{name}", message))
    return found + (_pixel_problems(config) if has_points(config) else _size_problems(config, known))


def _pixel_problems(config: DataConfig) -> list[Problem]:
    """Settings of pixels, which points don't have."""
    message = say("Points have no pixels. Leave image size and centre crop empty, and switch augmentation off.")
    given = {
        "image_size": config.image_size,
        "center_crop": config.center_crop,
        "augmentation": config.augmentation.any,
    }
    return [Problem(f"data.{name}", message) for name, value in given.items() if value][:1]


def _size_problems(config: DataConfig, known: DatasetInfo) -> list[Problem]:
    found = []
    size = config.image_size or known.size
    largest = isqrt(PREPARED_BYTES // (sum(known.splits.values()) * known.channels))
    if config.image_size and size > max(largest, known.size):
        message = say(
            "{title} at {size} pixels would need too much disk space. Choose at most {largest} pixels.",
            title=known.title,
            size=size,
            largest=largest,
        )
        found.append(Problem("data.image_size", message))
    if config.center_crop and config.center_crop > size:
        message = say(
            "The centre crop of {crop} pixels is larger than the images of {size} pixels. Choose a smaller crop or a "
            "larger image size.",
            crop=config.center_crop,
            size=size,
        )
        found.append(Problem("data.center_crop", message))
    return found
