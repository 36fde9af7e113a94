"""Lists of layers. Names and defaults are those of `torch.nn`."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from core.config import formula as formulas
from core.config.base import Settings, refused
from core.errors import ConfigError
from core.messages import N_

# Activation function → its parameters with PyTorch's defaults.
ACTIVATIONS: dict[str, dict[str, float]] = {
    "relu": {},
    "leaky_relu": {"negative_slope": 0.01},
    "prelu": {"init": 0.25},
    "relu6": {},
    "elu": {"alpha": 1.0},
    "celu": {"alpha": 1.0},
    "selu": {},
    "gelu": {},
    "silu": {},
    "mish": {},
    "softplus": {"beta": 1.0},
    "hardswish": {},
    "sigmoid": {},
    "hardsigmoid": {},
    "tanh": {},
    "hardtanh": {},
    "softsign": {},
    "identity": {},
}
FORMULA = "formula"  # the kind of an activation that is a formula of one's own
ACTIVATION_KINDS = (*ACTIVATIONS, FORMULA)
FIRST_FORMULA = "x * sigmoid(x)"  # until another one is written


class Linear(Settings):
    kind: Literal["linear"] = "linear"
    out_features: int = Field(ge=1, le=65_536)


class Conv2d(Settings):
    kind: Literal["conv2d"] = "conv2d"
    out_channels: int = Field(ge=1, le=4_096)
    kernel_size: int = Field(3, ge=1, le=64)
    stride: int = Field(1, ge=1, le=64)
    padding: int = Field(0, ge=0, le=64)


class MaxPool2d(Settings):
    kind: Literal["max_pool2d"] = "max_pool2d"
    kernel_size: int = Field(2, ge=1, le=64)
    stride: int | None = Field(None, ge=1, le=64)  # None: as large as the kernel


class AvgPool2d(Settings):
    kind: Literal["avg_pool2d"] = "avg_pool2d"
    kernel_size: int = Field(2, ge=1, le=64)
    stride: int | None = Field(None, ge=1, le=64)  # None: as large as the kernel


class BatchNorm(Settings):
    kind: Literal["batch_norm"] = "batch_norm"


class Dropout(Settings):
    kind: Literal["dropout"] = "dropout"
    p: float = Field(0.5, ge=0, lt=1)


class Flatten(Settings):
    kind: Literal["flatten"] = "flatten"


class LogSoftmax(Settings):
    kind: Literal["log_softmax"] = "log_softmax"


class Activation(Settings):
    """One of `ACTIVATIONS`, or a formula. Parameters that are None have PyTorch's default."""

    kind: Literal[ACTIVATION_KINDS]  # type: ignore[valid-type]
    negative_slope: float | None = Field(None, ge=-10, le=10)
    init: float | None = Field(None, ge=-10, le=10)
    alpha: float | None = Field(None, gt=0, le=100)
    beta: float | None = Field(None, gt=0, le=100)
    formula: str | None = Field(None, title=N_("Formula"))  # of x, see `core.config.formula`

    @property
    def parameters(self) -> dict[str, float]:
        """All parameters of the function, with defaults filled in."""
        return ACTIVATIONS.get(self.kind, {}) | self.given

    @property
    def given(self) -> dict[str, float]:
        """The parameters that aren't PyTorch's defaults."""
        return self.model_dump(exclude={"kind", "formula"}, exclude_none=True)

    @model_validator(mode="after")
    def _knows_its_parameters(self) -> Self:
        known = parameters_of(self.kind)
        for name in self.model_dump(exclude={"kind"}, exclude_none=True):
            if name not in known:
                raise refused(N_("{kind} has no {parameter}. Leave it out."), kind=self.kind, parameter=name)
        if self.kind == FORMULA and self.formula is None:
            raise refused(N_("{kind} needs a formula of x, such as {example}."), kind=FORMULA, example=FIRST_FORMULA)
        return self

    @field_validator("formula")
    @classmethod
    def _can_be_read(cls, text: str | None) -> str | None:
        """The formula, always written alike."""
        try:
            return None if text is None else formulas.written(text)
        except ConfigError as error:
            message = error.problems[0].message
            raise refused(message.template, **message.values) from None


def parameters_of(kind: str) -> set[str]:
    """The names of an activation function's parameters."""
    return {"formula"} if kind == FORMULA else set(ACTIVATIONS[kind])


Layer = Annotated[
    Linear | Conv2d | MaxPool2d | AvgPool2d | BatchNorm | Dropout | Flatten | LogSoftmax | Activation,
    Field(discriminator="kind"),
]


class LayerStack(Settings):
    """A network as a list of layers, one after the other. Input sizes are inferred (see `core.models.layers`)."""

    name: Literal["layers"] = "layers"
    layers: tuple[Layer, ...] = Field(min_length=1, max_length=64, title=N_("Layers"))
