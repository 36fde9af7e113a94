"""Networks that others have designed, and what a run takes over from a trained one."""

from typing import Literal

from pydantic import Field

from core.config.base import Settings
from core.messages import N_

BackboneName = Literal[
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
    """One of torchvision's networks, its last layer replaced by one for the classes of the run's data."""

    name: BackboneName


class Transfer(Settings):
    """Where the weights begin, and which of them learn. The last layer, the head, is always new and always learns."""

    weights: str = Field(
        "random",
        pattern="^(random|imagenet|[0-9a-f]{12})$",
        title=N_("Starting weights"),
        description=N_(
            "What the network knows already: nothing, ImageNet's million photos, or what a run has learned."
        ),
    )
    trains: str = Field(
        "all",
        pattern=r"^[\w.]+(,[\w.]+)*$",
        title=N_("What trains"),
        description=N_(
            "Which parts learn: all, head, or names of parts such as layer3,layer4. What is frozen stays as it is, bit "
            "by bit, and costs no memory for gradients."
        ),
    )
    views: int = Field(
        0,
        ge=0,
        le=20,
        title=N_("Kept views"),
        description=N_(
            "With a frozen network and augmentation: change each image so many times at random, pass it through once "
            "each, and learn from these in turn. 0 passes every image anew in every epoch, which is much slower."
        ),
    )

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that learn beside the head, by their names in the module; empty where all do, or none."""
        return () if self.trains in ("all", "head") else tuple(self.trains.split(","))
