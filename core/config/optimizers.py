"""Optimizers and learning rate schedules. Names and defaults are those of `torch.optim`."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from core.config.base import Settings, refused
from core.messages import N_


def learning_rate(default: float) -> Any:
    """The field of the learning rate. Each optimizer has its own default."""
    return Field(
        default,
        gt=0,
        le=100,
        title=N_("Learning rate"),
        description=N_("Change it by a factor of 3 or 10 to see what it does."),
    )


def weight_decay(default: float) -> Any:
    """The field of weight decay. Each optimizer has its own default."""
    return Field(
        default,
        ge=0,
        le=10,
        title=N_("Weight decay"),
        description=N_(
            "Pulls every weight a little towards zero at each step, against overfitting. 0 switches it off."
        ),
    )


def momentum() -> Any:
    """The field of momentum, off by default as in PyTorch."""
    return Field(
        0.0,
        ge=0,
        lt=1,
        title=N_("Momentum"),
        description=N_("0.9 is usual. 0 switches it off."),
    )


class SGD(Settings):
    name: Literal["sgd"] = "sgd"
    lr: float = learning_rate(0.01)
    momentum: float = momentum()
    nesterov: bool = Field(
        False,
        title=N_("Nesterov"),
        description=N_("Computes the gradient where the momentum will take the weights. Needs momentum."),
    )
    weight_decay: float = weight_decay(0.0)

    @model_validator(mode="after")
    def _nesterov_has_momentum(self) -> Self:
        if self.nesterov and self.momentum == 0:
            raise refused(N_("Nesterov needs momentum. Set momentum to 0.9, or switch Nesterov off."))
        return self


class Adam(Settings):
    name: Literal["adam"] = "adam"
    lr: float = learning_rate(0.001)
    weight_decay: float = weight_decay(0.0)


class AdamW(Settings):
    name: Literal["adamw"] = "adamw"
    lr: float = learning_rate(0.001)
    weight_decay: float = weight_decay(0.01)


class Adadelta(Settings):
    name: Literal["adadelta"] = "adadelta"
    lr: float = learning_rate(1.0)
    rho: float = Field(
        0.9, ge=0, lt=1, title=N_("Rho"), description=N_("How strongly past gradients count. 0.9 is usual.")
    )
    weight_decay: float = weight_decay(0.0)


class RMSprop(Settings):
    name: Literal["rmsprop"] = "rmsprop"
    lr: float = learning_rate(0.01)
    alpha: float = Field(
        0.99, ge=0, lt=1, title=N_("Alpha"), description=N_("How strongly past gradients count. 0.99 is usual.")
    )
    momentum: float = momentum()
    weight_decay: float = weight_decay(0.0)


Optimizer = Annotated[SGD | Adam | AdamW | Adadelta | RMSprop, Field(discriminator="name")]


class Constant(Settings):
    name: Literal["constant"] = "constant"


class StepLR(Settings):
    name: Literal["step"] = "step"
    step_size: int = Field(
        7,
        ge=1,
        le=10_000,
        title=N_("Every"),
        description=N_("The number of epochs after which the learning rate is reduced."),
    )
    gamma: float = Field(
        0.1, gt=0, le=1, title=N_("Factor"), description=N_("The learning rate is multiplied by this number.")
    )


class Cosine(Settings):
    name: Literal["cosine"] = "cosine"


class OneCycle(Settings):
    name: Literal["one_cycle"] = "one_cycle"
    pct_start: float = Field(
        0.3,
        gt=0,
        lt=1,
        title=N_("Warm-up share"),
        description=N_("The share of all steps in which the learning rate rises. After that it falls."),
    )


class Plateau(Settings):
    name: Literal["plateau"] = "plateau"
    factor: float = Field(
        0.1, gt=0, lt=1, title=N_("Factor"), description=N_("The learning rate is multiplied by this number.")
    )
    patience: int = Field(
        2,
        ge=0,
        le=1_000,
        title=N_("Patience"),
        description=N_("How many epochs the validation loss may fail to improve before the learning rate is reduced."),
    )


Scheduler = Annotated[Constant | StepLR | Cosine | OneCycle | Plateau, Field(discriminator="name")]
