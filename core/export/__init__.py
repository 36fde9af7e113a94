"""A configuration as plain PyTorch: the five steps that every model is made in.

The steps joined are a script that runs on its own and gives the app's numbers: same weights to begin with, same order
of images, same arithmetic.
"""

from dataclasses import dataclass

from core.config import Backbone, RunConfig
from core.export.network import network_code
from core.export.optimizer import optimizer_code
from core.export.training import criterion_code, loader_code, training_code
from core.messages import N_


@dataclass(frozen=True)
class Step:
    """One of the five: a title and a sentence to be translated, and its code."""

    title: str
    sentence: str
    code: str


def five_steps(config: RunConfig) -> list[Step]:
    """The run as five pieces of code, in the order in which they run. The configuration must have no problems."""
    return [
        Step(
            N_("Build the network"),
            N_("Layers one after the other. The seed makes their random first weights the same every time.")
            if not isinstance(config.model, Backbone)
            else N_("A network that others designed, with a new last layer for our classes."),
            network_code(config),
        ),
        Step(
            N_("Set up the optimizer"),
            N_("It will move every weight a little against its gradient."),
            optimizer_code(config),
        ),
        Step(
            N_("Set the criterion"),
            N_("The loss: one number that says how wrong the outputs are."),
            criterion_code(config),
        ),
        Step(N_("Set up the data"), N_("Images become normalised numbers and come in batches."), loader_code(config)),
        Step(
            N_("Train"),
            N_(
                "For each batch: forward, loss, backward, step. After each epoch, check on images it didn't learn from."
            ),
            training_code(config),
        ),
    ]


def script(config: RunConfig) -> str:
    """All five steps as one script."""
    parts = [f"# {number}. {step.title}\n{step.code}" for number, step in enumerate(five_steps(config), 1)]
    return "\n\n".join(parts) + "\n"
