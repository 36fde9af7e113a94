"""`RunConfig`: everything that describes one run."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from core.config.base import Settings
from core.config.data import DataConfig
from core.config.layers import Layer, LayerStack
from core.config.optimizers import SGD, Constant, Optimizer, Scheduler
from core.config.transfer import Backbone, Transfer
from core.messages import N_


def _kind_of_model(model: Any) -> str:
    """Layers of one's own need no name, so that a recipe is just a list of them."""
    name = model.get("name", "layers") if isinstance(model, dict) else getattr(model, "name", "layers")
    return "stack" if name == "layers" else "backbone"


Model = Annotated[
    Annotated[LayerStack, Tag("stack")] | Annotated[Backbone, Tag("backbone")], Discriminator(_kind_of_model)
]


class RunConfig(Settings):
    """One run. The same configuration, seed and machine give the same numbers."""

    data: DataConfig = DataConfig()
    model: Model
    transfer: Transfer = Transfer()
    loss: Literal["cross_entropy", "nll", "mse"] = Field(
        "cross_entropy",
        title=N_("Loss"),
        description=N_(
            "How wrong the network is, as one number. Cross-entropy takes the raw outputs; NLL expects a log-softmax "
            "as last layer; MSE compares the outputs with 1 for the right class and 0 for the others."
        ),
    )
    optimizer: Optimizer = SGD()
    scheduler: Scheduler = Constant()
    epochs: int = Field(
        5, ge=1, le=10_000, title=N_("Epochs"), description=N_("How many times the network sees every training image.")
    )
    batch_size: int = Field(
        64,
        ge=1,
        le=8_192,
        title=N_("Batch size"),
        description=N_("Images for each step. Larger batches take more memory and give smoother, but fewer, steps."),
    )
    shuffle: bool = Field(
        True,
        title=N_("Shuffle"),
        description=N_("Visit the training images in a new random order in every epoch."),
    )
    early_stopping: int | None = Field(
        None,
        ge=1,
        le=1_000,
        title=N_("Stop early after"),
        description=N_("End when validation accuracy hasn't improved for this many epochs. Empty: never."),
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title=N_("Seed"),
        description=N_("Start of the random numbers. The same seed gives the same run again."),
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "float32",
        title=N_("Precision"),
        description=N_(
            "bfloat16 halves the memory of activations and is faster on some processors, and less exact. Auto takes "
            "it for torchvision's networks where the processor computes with it."
        ),
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        "auto",
        title=N_("Device"),
        description=N_("Where to compute. Auto takes a graphics processor where there is one."),
    )
    threads: int | None = Field(
        None,
        ge=1,
        le=64,
        title=N_("Threads"),
        description=N_(
            "Processor threads for this run. Empty: few for a small network, so that several runs share the machine."
        ),
    )
    probe: bool = Field(
        False,
        title=N_("Look inside"),
        description=N_(
            "After each epoch, keep the gradients of all layers, and what goes into and comes out of the activation "
            "functions. The numbers of the run stay the same."
        ),
    )

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers of one's own network; none of torchvision's."""
        return self.model.layers if isinstance(self.model, LayerStack) else ()

    @property
    def convolves(self) -> bool:
        """Whether one's own layers have a convolution among them."""
        return any(layer.kind == "conv2d" for layer in self.layers)

    def to_json(self) -> str:
        """The configuration as JSON; `parse(json.loads(...))` gives an equal one back."""
        return self.model_dump_json()
