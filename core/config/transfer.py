"""Torchvision's networks, and what a run takes over from a trained network."""

from typing import Literal

from pydantic import Field

from core.config.base import Settings
from core.messages import N_

BackboneName = Literal[
    "efficientnet_lite0",
    "resnet18",
    "resnet34",
    "resnet50",
    "alexnet",
    "vgg16",
    "inception_v3",
    "mobilenet_v3_small",
    "mobilenet_v3_large",
    "efficientnet_b0",
    "convnext_tiny",
    "squeezenet1_1",
]


class Backbone(Settings):
    """One of torchvision's networks, with a new last layer for the classes of the data set."""

    name: BackboneName


class Transfer(Settings):
    """Starting weights, and which of them learn. The last layer, the head, is always new and always learns."""

    weights: str = Field(
        "random",
        pattern="^(random|imagenet|[0-9a-f]{12})$",
        title=N_("Starting weights"),
        description=N_("Random weights, or those learned from ImageNet's million photos or in another run."),
    )
    trains: str = Field(
        "all",
        pattern=r"^[\w.]+(,[\w.]+)*$",
        title=N_("What trains"),
        description=N_(
            "Which parts learn: all, head, or the names of parts, such as layer3,layer4. The others are frozen: their "
            "weights don't change and need no memory for gradients."
        ),
    )
    views: int = Field(
        0,
        ge=0,
        le=20,
        title=N_("Versions of each image"),
        description=N_(
            "How many random versions of each image to prepare, for a frozen network with augmentation. Each epoch "
            "uses the next version. 0 makes a new version in every epoch, which is much slower."
        ),
    )

    @property
    def of_run(self) -> bool:
        """Whether it starts with what another run learned; `weights` is that run's id then."""
        return self.weights not in ("random", "imagenet")

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the modules that learn besides the head. Empty if all learn, or only the head."""
        return () if self.trains in ("all", "head") else tuple(self.trains.split(","))
