"""The settings of the smallest network, the script that trains it, and the optimizers of the race. Needs no torch."""

from pydantic import Field

from core.config import SGD, Adadelta, Adam, AdamW, Optimizer, RMSprop, Settings
from core.messages import N_

# The optimizers of the race: title and settings. The learning rate comes from the surface or from the student.
RACERS: dict[str, tuple[str, Optimizer]] = {
    "sgd": ("SGD", SGD()),
    "momentum": ("SGD + momentum", SGD(momentum=0.9)),
    "nesterov": ("SGD + Nesterov", SGD(momentum=0.9, nesterov=True)),
    "adam": ("Adam", Adam()),
    "adamw": ("AdamW", AdamW()),
    "adadelta": ("Adadelta", Adadelta()),
    "rmsprop": ("RMSprop", RMSprop()),
}

TUTORIAL = (0.33, 0.19, 0.11, 0.07, 0.04, 0.02, 0.01, 0.01, 0.0, 0.0)  # the losses that the tutorial prints
PRINTED = "round(loss.item(), 2)"  # what the script prints after each step


class HelloWorld(Settings):
    """The smallest network, `nn.Linear(1, 1)`, which learns to answer 0. Values that are None depend on the seed."""

    optimizer: Optimizer = SGD(lr=0.1)
    steps: int = Field(10, ge=1, le=100, title=N_("Steps"), description=N_("How many steps to take."))
    seed: int = Field(
        607,  # prints `TUTORIAL`
        ge=0,
        le=2**31 - 1,
        title=N_("Seed"),
        description=N_("Decides the weight, the bias and the input."),
    )
    weight: float | None = Field(
        None,
        ge=-3,
        le=3,
        title=N_("Weight"),
        description=N_("The input is multiplied by it. This is its value before the first step."),
    )
    bias: float | None = Field(
        None,
        ge=-3,
        le=3,
        title=N_("Bias"),
        description=N_("It is added to weight × input. This is its value before the first step."),
    )
    input: float | None = Field(
        None,
        ge=-3,
        le=3,
        title=N_("Input"),
        description=N_(
            "The one number that the network gets. A larger input makes the bowl steeper and its limit lower."
        ),
    )
    zero_grad: bool = Field(
        True,
        title=N_("Zero the gradients"),
        description=N_(
            "PyTorch adds each new gradient to the old one until somebody sets it to zero. Switch this off to see what "
            "becomes of the walk then."
        ),
    )


def script(settings: HelloWorld) -> str:
    """A plain script of the same training, in the five steps of every training."""
    lines = [
        "import torch",
        "",
        f"torch.manual_seed({settings.seed})",
        "model = torch.nn.Linear(1, 1)  # 1. build the network",
        f"optimizer = torch.optim.{_call(settings.optimizer)}  # 2. set up the optimizer",
        "criterion = torch.nn.MSELoss()  # 3. set the criterion",
        "x, target = torch.randn(1), torch.zeros(1)  # 4. set up the data",
        *(
            f"{name}.data.fill_({value})"
            for name, value in (("model.weight", settings.weight), ("model.bias", settings.bias), ("x", settings.input))
            if value is not None
        ),
        f"for step in range({settings.steps}):  # 5. train",
        *(["    optimizer.zero_grad()"] if settings.zero_grad else []),
        "    loss = criterion(model(x), target)",
        "    loss.backward()",
        "    optimizer.step()",
        f"    print({PRINTED})",
    ]
    return "\n".join(lines)


def _call(settings: Optimizer) -> str:
    """The optimizer as a line of Python, without PyTorch's defaults."""
    options = {"lr": settings.lr} | settings.model_dump(exclude={"name", "lr"}, exclude_defaults=True)
    arguments = ", ".join(f"{name}={value}" for name, value in options.items())
    return f"{type(settings).__name__}(model.parameters(), {arguments})"
