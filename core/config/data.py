"""Which images, and how they become numbers."""

from typing import Annotated

from pydantic import Field

from core.config.base import Settings
from core.messages import N_


class Augmentation(Settings):
    """How training images are changed at random, each in its own way and anew in every epoch. Off by default."""

    crop_scale: float = Field(
        1.0,
        ge=0.01,
        le=1,
        title=N_("Random resized crop"),
        description=N_(
            "Cut out a random part of at least this share of the image's area and stretch it to the full size. "
            "0.08 is usual for photos, 1 switches it off."
        ),
    )
    rotation: float = Field(
        0.0,
        ge=0,
        le=180,
        title=N_("Random rotation"),
        description=N_("Turn by a random angle of up to so many degrees, to the left or to the right."),
    )
    horizontal_flip: float = Field(
        0.0,
        ge=0,
        le=1,
        title=N_("Random flip"),
        description=N_(
            "Probability of mirroring left and right. 0.5 is usual for photos; digits aren't the same then."
        ),
    )
    brightness: float = Field(
        0.0,
        ge=0,
        le=1,
        title=N_("Brightness jitter"),
        description=N_("Make brighter or darker by up to this share. Part of PyTorch's ColorJitter."),
    )
    contrast: float = Field(
        0.0,
        ge=0,
        le=1,
        title=N_("Contrast jitter"),
        description=N_("Raise or lower the contrast by up to this share. Part of PyTorch's ColorJitter."),
    )
    saturation: float = Field(
        0.0,
        ge=0,
        le=1,
        title=N_("Saturation jitter"),
        description=N_("Make colours stronger or paler by up to this share. Part of PyTorch's ColorJitter."),
    )

    @property
    def crops(self) -> bool:
        """Whether training images are random parts, rather than whole images."""
        return self.crop_scale < 1

    @property
    def any(self) -> bool:
        """Whether anything is changed at all."""
        return self != Augmentation()


class DataConfig(Settings):
    """Which images, and how they become numbers."""

    dataset: str = Field(
        "digits",
        title=N_("Data set"),
        description=N_("The labelled images to learn from."),
    )
    image_size: int | None = Field(
        None,
        ge=4,
        le=320,
        title=N_("Image size"),
        description=N_(
            "Resize every image to this many pixels in height and width. Smaller is faster. Empty: as they are."
        ),
    )
    mean: tuple[float, ...] = Field(
        (0.0,),
        min_length=1,
        max_length=3,
        title=N_("Mean"),
        description=N_("Subtracted from every pixel, which lies in 0 to 1. One number, or one for each colour."),
    )
    std: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        (1.0,),
        min_length=1,
        max_length=3,
        title=N_("Standard deviation"),
        description=N_(
            "Every pixel is divided by it, after the mean was subtracted. One number, or one for each colour."
        ),
    )
    validation_fraction: float = Field(
        0.0,
        ge=0,
        le=0.5,
        title=N_("Held out for validation"),
        description=N_(
            "Share of the training images kept aside to check the network. 0 uses the data set's own test images."
        ),
    )
    split_seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title=N_("Seed of the split"),
        description=N_("Which images are held out. The same seed holds out the same images, so that runs compare."),
    )
    center_crop: int | None = Field(
        None,
        ge=4,
        le=320,
        title=N_("Centre crop"),
        description=N_(
            "After resizing, keep only the middle: so many pixels in height and width. Random resized crop takes its "
            "place in training. Empty: keep all."
        ),
    )
    augmentation: Augmentation = Field(
        Augmentation(),
        title=N_("Augmentation"),
        description=N_("Random changes to training images, so that the network sees more than there is."),
    )
