"""`RunConfig`: everything that describes one run, as data.

A recipe, a share link, a database row, a checkpoint and the exported script all hold the same object. Field names are
those of PyTorch wherever PyTorch has one, so a setting can be looked up in its documentation. `title` and `description`
of a field are what a page shows beside its widget.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from core.errors import ConfigError, Problem
from core.words import N_, Message, say

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


class Settings(BaseModel):
    """A frozen group of settings that refuses names it doesn't know."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


# --- data ---------------------------------------------------------------------------------------------------------


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
        le=256,
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
        le=256,
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


# --- layers -------------------------------------------------------------------------------------------------------


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
    """One of `ACTIVATIONS`; a parameter left out has PyTorch's default."""

    kind: Literal[tuple(ACTIVATIONS)]  # type: ignore[valid-type]
    negative_slope: float | None = Field(None, ge=-10, le=10)
    init: float | None = Field(None, ge=-10, le=10)
    alpha: float | None = Field(None, gt=0, le=100)
    beta: float | None = Field(None, gt=0, le=100)

    @property
    def parameters(self) -> dict[str, float]:
        """The function's parameters by PyTorch's names, defaults filled in."""
        given = self.model_dump(exclude={"kind"}, exclude_none=True)
        return ACTIVATIONS[self.kind] | given

    @model_validator(mode="after")
    def _knows_its_parameters(self) -> Self:
        for name in self.model_dump(exclude={"kind"}, exclude_none=True):
            if name not in ACTIVATIONS[self.kind]:
                raise _custom(N_("{kind} has no {parameter}. Leave it out."), kind=self.kind, parameter=name)
        return self


Layer = Annotated[
    Linear | Conv2d | MaxPool2d | AvgPool2d | BatchNorm | Dropout | Flatten | LogSoftmax | Activation,
    Field(discriminator="kind"),
]


class LayerStack(Settings):
    """A network as a list of layers, one after the other. Input sizes are inferred (see `core.models.layers`)."""

    layers: tuple[Layer, ...] = Field(min_length=1, max_length=64, title=N_("Layers"))


# --- optimizer and schedule ---------------------------------------------------------------------------------------

LEARNING_RATE_HELP = N_(
    "Step size: how far each step moves the weights. Too small learns slowly, too large overshoots and diverges."
)


def learning_rate(default: float) -> Any:
    """The learning rate's field, which every optimizer has with a default of its own."""
    return Field(default, gt=0, le=100, title=N_("Learning rate"), description=LEARNING_RATE_HELP)


def weight_decay(default: float) -> Any:
    """The weight decay's field, which every optimizer has with a default of its own."""
    return Field(
        default,
        ge=0,
        le=10,
        title=N_("Weight decay"),
        description=N_(
            "Pulls every weight towards zero a little at each step, against overfitting. 0 switches it off."
        ),
    )


def momentum() -> Any:
    """The field of momentum, off by default as in PyTorch."""
    return Field(
        0.0,
        ge=0,
        lt=1,
        title=N_("Momentum"),
        description=N_(
            "Share of the previous step that is kept, like a ball that rolls on. 0.9 is usual, 0 switches it off."
        ),
    )


class SGD(Settings):
    name: Literal["sgd"] = "sgd"
    lr: float = learning_rate(0.01)
    momentum: float = momentum()
    nesterov: bool = Field(
        False,
        title=N_("Nesterov"),
        description=N_("Look ahead along the momentum before measuring the gradient. Needs momentum."),
    )
    weight_decay: float = weight_decay(0.0)

    @model_validator(mode="after")
    def _nesterov_has_momentum(self) -> Self:
        if self.nesterov and self.momentum == 0:
            raise _custom(N_("Nesterov needs momentum. Set momentum to 0.9, or switch Nesterov off."))
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
        0.9, ge=0, lt=1, title=N_("Rho"), description=N_("How long past gradients are remembered. 0.9 is usual.")
    )
    weight_decay: float = weight_decay(0.0)


class RMSprop(Settings):
    name: Literal["rmsprop"] = "rmsprop"
    lr: float = learning_rate(0.01)
    alpha: float = Field(
        0.99, ge=0, lt=1, title=N_("Alpha"), description=N_("How long past gradients are remembered. 0.99 is usual.")
    )
    momentum: float = momentum()
    weight_decay: float = weight_decay(0.0)


Optimizer = Annotated[SGD | Adam | AdamW | Adadelta | RMSprop, Field(discriminator="name")]


class Constant(Settings):
    name: Literal["constant"] = "constant"


class StepLR(Settings):
    name: Literal["step"] = "step"
    step_size: int = Field(
        7, ge=1, le=10_000, title=N_("Every"), description=N_("After how many epochs the learning rate is reduced.")
    )
    gamma: float = Field(
        0.1, gt=0, le=1, title=N_("Factor"), description=N_("What the learning rate is multiplied with.")
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
        description=N_("Share of all steps in which the learning rate rises before it falls."),
    )


class Plateau(Settings):
    name: Literal["plateau"] = "plateau"
    factor: float = Field(
        0.1, gt=0, lt=1, title=N_("Factor"), description=N_("What the learning rate is multiplied with.")
    )
    patience: int = Field(
        2,
        ge=0,
        le=1_000,
        title=N_("Patience"),
        description=N_("Epochs without a better validation loss before the learning rate is reduced."),
    )


Scheduler = Annotated[Constant | StepLR | Cosine | OneCycle | Plateau, Field(discriminator="name")]

# --- the run ------------------------------------------------------------------------------------------------------


class RunConfig(Settings):
    """One run. The same configuration, seed and machine give the same numbers."""

    data: DataConfig = DataConfig()
    model: LayerStack
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
    precision: Literal["float32", "bfloat16"] = Field(
        "float32",
        title=N_("Precision"),
        description=N_("bfloat16 halves the memory of activations and is faster on some processors, and less exact."),
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

    def to_json(self) -> str:
        """The configuration as JSON; `parse(json.loads(...))` gives an equal one back."""
        return self.model_dump_json()


# --- reading ------------------------------------------------------------------------------------------------------


def parse(settings: Mapping[str, Any]) -> RunConfig:
    """Plain settings as a validated `RunConfig`.

    Raises:
        ConfigError: with every setting that is wrong, each with its remedy.
    """
    try:
        return RunConfig.model_validate(settings)
    except ValidationError as error:
        raise ConfigError(_problems(error)) from None


def parse_layers(layers: Sequence[Mapping[str, Any]]) -> tuple[Layer, ...]:
    """Plain settings as layers. Raises ConfigError."""
    try:
        return LayerStack.model_validate({"layers": layers}).layers
    except ValidationError as error:
        raise ConfigError(_problems(error)) from None


def from_json(text: str) -> RunConfig:
    """The configuration that `RunConfig.to_json` wrote. Raises ConfigError."""
    try:
        settings = json.loads(text)
    except json.JSONDecodeError:
        raise ConfigError([Problem("", say("This is not a configuration: it isn't JSON."))]) from None
    return parse(settings)


def read_setting(text: str) -> tuple[str, Any]:
    """`optimizer.lr=0.01` as path and value; a value that isn't JSON is text. ValueError without an equals sign."""
    path, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"{text} needs the form key=value, such as optimizer.lr=0.01")
    try:
        return path, json.loads(value)
    except (ValueError, RecursionError):  # no JSON, or JSON that nobody means: thousands of digits or brackets
        return path, value


def with_settings(config: RunConfig, changes: Mapping[str, Any]) -> RunConfig:
    """A copy with some settings changed, by dotted path, such as `{"optimizer.lr": 0.01, "epochs": 4}`.

    Another optimizer or schedule starts from its own defaults, whatever the order of the changes.

    Raises:
        ConfigError: for a path that doesn't exist or a value that doesn't fit.
    """
    settings = config.model_dump(mode="json")
    for path, value in sorted(changes.items(), key=lambda change: not change[0].endswith(".name")):
        *groups, last = path.split(".")
        target = settings
        for group in groups:
            target = target.get(group, {}) if isinstance(target, dict) else {}
        if (groups and not target) or not isinstance(target, dict):
            raise ConfigError([Problem(path, say("There is no setting {path}.", path=path))])
        if last == "name" and target.get("name") != value:
            target.clear()
        target[last] = value
    return parse(settings)


def differences(config: RunConfig, base: RunConfig) -> dict[str, Any]:
    """The settings in which `config` differs from `base`, by dotted path: `with_settings(base, …)` gives `config`."""
    return dict(_differences("", config.model_dump(mode="json"), base.model_dump(mode="json")))


def _differences(path: str, ours: Any, theirs: Any) -> Iterable[tuple[str, Any]]:
    if not (isinstance(ours, dict) and isinstance(theirs, dict)):
        if ours != theirs:
            yield path, ours
        return
    same_kind = ours.get("name") == theirs.get("name")
    for key, value in ours.items():
        # Of another optimizer only what isn't its default differs from what `with_settings` starts with.
        inner = f"{path}.{key}" if path else key
        yield from _differences(inner, value, theirs.get(key) if same_kind else _DEFAULTS.get((ours["name"], key)))


def _custom(template: str, **values: Any) -> PydanticCustomError:
    """A validator's own sentence on its way through pydantic."""
    return PydanticCustomError("classroom", "{message}", {"message": Message(template, values)})


def _problems(error: ValidationError) -> list[Problem]:
    """All of pydantic's errors but those that only follow from others: a list is short when its items are wrong."""
    details = error.errors()
    inside = {detail["loc"][:length] for detail in details for length in range(len(detail["loc"]))}
    return [_problem(detail) for detail in details if not (detail["type"] == "too_short" and detail["loc"] in inside)]


def _problem(detail: ErrorDetails) -> Problem:
    """Pydantic's error as a sentence with a remedy."""
    where = ".".join(str(part) for part in detail["loc"] if part not in _TAGS)
    context = detail.get("ctx", {})
    if detail["type"] == "classroom":
        return Problem(where, context["message"])
    name = where or N_("configuration")
    template = _SENTENCES.get(detail["type"], N_("{name}: {value} doesn't fit here. Choose another value."))
    limit = next((context[key] for key in ("ge", "gt", "le", "lt", "min_length", "max_length") if key in context), "")
    expected = context.get("expected") or context.get("expected_tags") or ""
    value = str(detail.get("input"))[:40]
    return Problem(where, say(template, name=name, value=value, limit=limit, expected=expected))


_SENTENCES = {
    "missing": N_("{name} is missing. Add it."),
    "extra_forbidden": N_("There is no setting {name}. Check its spelling."),
    "greater_than": N_("{name} is {value}. Choose a value above {limit}."),
    "greater_than_equal": N_("{name} is {value}. Choose at least {limit}."),
    "less_than": N_("{name} is {value}. Choose a value below {limit}."),
    "less_than_equal": N_("{name} is {value}. Choose at most {limit}."),
    "int_parsing": N_("{name} is {value}. It needs a whole number."),
    "int_type": N_("{name} is {value}. It needs a whole number."),
    "int_from_float": N_("{name} is {value}. It needs a whole number."),
    "float_parsing": N_("{name} is {value}. It needs a number."),
    "float_type": N_("{name} is {value}. It needs a number."),
    "finite_number": N_("{name} is {value}. It needs a finite number."),
    "bool_parsing": N_("{name} is {value}. It needs true or false."),
    "literal_error": N_("{name} is {value}. Choose one of {expected}."),
    "union_tag_invalid": N_("{name} is {value}. Choose one of {expected}."),
    "union_tag_not_found": N_("{name} needs a kind. Choose one of {expected}."),
    "too_short": N_("{name} is too short. It needs at least {limit}."),
    "too_long": N_("{name} is too long. It may have at most {limit}."),
}


def _choices(union: Any) -> tuple[type[Settings], ...]:
    """The classes of a union of settings."""
    return get_args(get_args(union)[0])


OPTIMIZERS: dict[str, type[Settings]] = {choice.model_fields["name"].default: choice for choice in _choices(Optimizer)}
SCHEDULERS: dict[str, type[Settings]] = {choice.model_fields["name"].default: choice for choice in _choices(Scheduler)}
LAYERS: dict[str, type[Settings]] = {
    kind: choice for choice in _choices(Layer) for kind in get_args(choice.model_fields["kind"].annotation)
}
_DEFAULTS = {
    (name, field): info.default
    for choices in (OPTIMIZERS, SCHEDULERS)
    for name, choice in choices.items()
    for field, info in choice.model_fields.items()
    if field != "name"
}
# Pydantic puts the chosen kind into an error's path; the setting's own path has no such part.
_TAGS = {*OPTIMIZERS, *SCHEDULERS, *LAYERS}
