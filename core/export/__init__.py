"""Exports a configuration as plain PyTorch code, in the five steps of every training.

Together, the steps are a script that gives the same numbers as the app: same initial weights, same order of images,
same arithmetic.
"""

from dataclasses import dataclass

from core.config import Backbone, LayerStack, RunConfig
from core.export.network import network_code
from core.export.network_class import class_code
from core.export.optimizer import optimizer_code
from core.export.training import criterion_code, loader_code, training_code
from core.messages import N_


@dataclass(frozen=True)
class Step:
    """One of the five steps: title and sentence (translated when shown), and code."""

    title: str
    sentence: str
    code: str
    as_class: str = ""  # the same once more, as tutorials write it; "" where there is one way only


def five_steps(config: RunConfig) -> list[Step]:
    """The run as five pieces of code, in order. The configuration must have no problems."""
    return [
        Step(
            N_("Build the network"),
            N_("The layers in order. The seed gives the same random initial weights every time.")
            if not isinstance(config.model, Backbone)
            else N_("A network from torchvision, with a new last layer for our classes."),
            network_code(config),
            class_code(config) if isinstance(config.model, LayerStack) else "",
        ),
        Step(
            N_("Set up the optimizer"),
            N_("It will move every weight a little in the direction opposite to its gradient."),
            optimizer_code(config),
        ),
        Step(
            N_("Set the criterion"),
            N_("The criterion computes the loss: how wrong the outputs are."),
            criterion_code(config),
        ),
        Step(N_("Set up the data"), N_("The images are normalised and split into batches."), loader_code(config)),
        Step(
            N_("Train"),
            N_("For each batch: forward, loss, backward, step. After each epoch, the validation images are tested."),
            training_code(config),
        ),
    ]


def script(config: RunConfig) -> str:
    """All five steps as one script."""
    parts = [f"# {number}. {step.title}\n{step.code}" for number, step in enumerate(five_steps(config), 1)]
    return "\n\n".join(parts) + "\n"
