"""`RunConfig`, the configuration of a run."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from core.config.base import Settings
from core.config.data import DataConfig
from core.config.layers import Layer, LayerStack
from core.config.optimizers import SGD, Constant, Optimizer, Scheduler
from core.config.transfer import Backbone, Transfer
from core.messages import N_


def _kind_of_model(model: Any) -> str:
    """Own layers need no name, so that a recipe can be just a list of layers."""
    name = model.get("name", "layers") if isinstance(model, dict) else getattr(model, "name", "layers")
    return "stack" if name == "layers" else "backbone"


Model = Annotated[
    Annotated[LayerStack, Tag("stack")] | Annotated[Backbone, Tag("backbone")], Discriminator(_kind_of_model)
]


class RunConfig(Settings):
    """The configuration of a run. The same configuration gives the same numbers on the same machine."""

    data: DataConfig = DataConfig()
    model: Model
    transfer: Transfer = Transfer()
    loss: Literal["cross_entropy", "nll", "mse"] = Field(
        "cross_entropy",
        title=N_("Loss"),
        description=N_(
            "Cross-entropy takes the raw outputs. NLL needs a log-softmax as last layer. MSE compares the outputs with "
            "1 for the right class and 0 for the others."
        ),
    )
    optimizer: Optimizer = SGD()
    scheduler: Scheduler = Constant()
    epochs: int = Field(
        5, ge=1, le=10_000, title=N_("Epochs"), description=N_("How many epochs to train. More take longer.")
    )
    batch_size: int = Field(
        64,
        ge=1,
        le=8_192,
        title=N_("Batch size"),
        description=N_(
            "How many images are in a batch. Larger batches need more memory. They make the steps smoother, but fewer."
        ),
    )
    shuffle: bool = Field(
        True,
        title=N_("Shuffle"),
        description=N_("Uses a new random order of the training images in every epoch."),
    )
    early_stopping: int | None = Field(
        None,
        ge=1,
        le=1_000,
        title=N_("Stop early after"),
        description=N_("Ends the run when validation accuracy hasn't improved for this many epochs. Empty: never."),
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title=N_("Seed"),
        description=N_("Decides the first weights and the order of the images."),
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "float32",
        title=N_("Number format"),
        description=N_(
            "bfloat16 needs less memory than float32 and is faster on some processors, but less exact. Auto uses "
            "bfloat16 for torchvision's networks if the processor supports it."
        ),
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        "auto",
        title=N_("Device"),
        description=N_("The processor to compute on. Auto uses a graphics processor if there is one."),
    )
    threads: int | None = Field(
        None,
        ge=1,
        le=64,
        title=N_("Threads"),
        description=N_(
            "How many processor threads this run uses. Empty: few for a small network, so that other runs have room."
        ),
    )
    probe: bool = Field(
        False,
        title=N_("Look inside"),
        description=N_(
            "After each epoch, saves the gradients of all layers and the inputs and outputs of the activation "
            "functions. The numbers of the run stay the same."
        ),
    )

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers of an own network. Empty for torchvision's networks."""
        return self.model.layers if isinstance(self.model, LayerStack) else ()

    @property
    def convolves(self) -> bool:
        """Whether an own network has a convolution."""
        return any(layer.kind == "conv2d" for layer in self.layers)

    def to_json(self) -> str:
        """The configuration as JSON. `from_json` reads it."""
        return self.model_dump_json()
