"""Settings of the images: data set, size, normalisation, split and augmentation."""

from typing import Annotated, Literal

from pydantic import Field

from core.config.base import Settings
from core.messages import N_


class Augmentation(Settings):
    """Random changes to training images, drawn anew for each image and epoch. Off by default."""

    crop_scale: float = Field(
        1.0,
        ge=0.01,
        le=1,
        title=N_("Random resized crop"),
        description=N_(
            "Cuts out a random part, at least this share of the image's area, and stretches it to the full size. "
            "0.08 is usual for photos. 1 switches it off."
        ),
    )
    rotation: float = Field(
        0.0,
        ge=0,
        le=180,
        title=N_("Random rotation"),
        description=N_("Turns the image left or right by a random angle of at most this many degrees."),
    )
    horizontal_flip: float = Field(
        0.0,
        ge=0,
        le=1,
        title=N_("Random flip"),
        description=N_(
            "Probability of swapping left and right. 0.5 is usual for photos. Don't flip digits: they change."
        ),
    )
    brightness: float = Field(
        0.0,
        ge=0,
        le=1,
        title=N_("Brightness jitter"),
        description=N_("Makes the image brighter or darker by at most this share. Part of PyTorch's ColorJitter."),
    )
    contrast: float = Field(
        0.0,
        ge=0,
        le=1,
        title=N_("Contrast jitter"),
        description=N_("Raises or lowers the contrast by at most this share. Part of PyTorch's ColorJitter."),
    )
    saturation: float = Field(
        0.0,
        ge=0,
        le=1,
        title=N_("Saturation jitter"),
        description=N_("Makes colours stronger or paler by at most this share. Part of PyTorch's ColorJitter."),
    )

    @property
    def crops(self) -> bool:
        """Whether training images are cropped at random."""
        return self.crop_scale < 1

    @property
    def any(self) -> bool:
        """Whether anything is changed at all."""
        return self != Augmentation()


class PointCloud(Settings):
    """The data set `points`: two classes of points in the plane, drawn anew from these settings."""

    shape: Literal["moons", "circles", "xor", "spiral"] = Field(
        "moons",
        title=N_("Shape"),
        description=N_("How the two classes lie. No straight line can tell them apart."),
    )
    number: int = Field(
        500, ge=50, le=5_000, title=N_("Number of points"), description=N_("Half of them belong to each class.")
    )
    noise: float = Field(
        0.05,
        ge=0,
        le=0.5,
        title=N_("Noise"),
        description=N_("How far points are shifted at random. The shapes reach from −1 to 1."),
    )
    seed: int = Field(
        0, ge=0, le=2**31 - 1, title=N_("Seed of the points"), description=N_("Another seed gives other points.")
    )


class DataConfig(Settings):
    """The images of a run: data set, size, normalisation, split and augmentation."""

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
            "Resizes every image to this many pixels in height and width. Smaller is faster. Empty: no change."
        ),
    )
    mean: tuple[float, ...] = Field(
        (0.0,),
        min_length=1,
        max_length=3,
        title=N_("Mean"),
        description=N_("Is subtracted from every pixel value (0 to 1). One number, or one for each colour."),
    )
    std: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        (1.0,),
        min_length=1,
        max_length=3,
        title=N_("Standard deviation"),
        description=N_("Divides every pixel value, after the mean was subtracted. One number, or one for each colour."),
    )
    validation_fraction: float = Field(
        0.0,
        ge=0,
        le=0.5,
        title=N_("Share for validation"),
        description=N_(
            "The share of the training images that is set aside for validation. 0 uses the data set's own test images."
        ),
    )
    split_seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title=N_("Seed of the split"),
        description=N_(
            "Decides which images are set aside for validation. With the same seed, runs are tested on the same images."
        ),
    )
    per_class: int | None = Field(
        None,
        ge=1,
        le=100_000,
        title=N_("Images per class"),
        description=N_("Trains on so many images of each class. The images for validation stay the same. Empty: all."),
    )
    center_crop: int | None = Field(
        None,
        ge=4,
        le=320,
        title=N_("Centre crop"),
        description=N_(
            "Keeps only this many pixels in height and width from the middle of the resized image. In training, random "
            "resized crop takes its place. Empty: no crop."
        ),
    )
    augmentation: Augmentation = Field(
        Augmentation(),
        title=N_("Augmentation"),
        description=N_("How much to change training images at random."),
    )
    points: PointCloud = Field(
        PointCloud(),
        title=N_("Points"),
        description=N_("The points of the data set with this name. Other data sets don't use them."),
    )
    board: str = Field(
        "",
        pattern="^([0-9a-f]{12})?$",
        title=N_("Board"),
        description=N_("The board of the class, which keeps some images back. The class decides it."),
    )

    def with_pixels_of(self, other: "DataConfig") -> "DataConfig":
        """These images in the size, crop and normalisation of `other`."""
        fields = ("image_size", "center_crop", "mean", "std")
        return self.model_copy(update={field: getattr(other, field) for field in fields})
