"""Three things to try in each lesson, and whether a run shows that somebody did.

A task is judged by what the adviser knows of a run, its settings, state, curves and findings, against the lesson's own
settings. Any run that shows it counts, however it came about.
"""

from collections.abc import Callable
from dataclasses import dataclass

from core.advice.diagnosis import Kind, diagnose
from core.advice.facts import Facts
from core.config import Activation, Dropout, RunConfig
from core.messages import N_
from core.runs.state import State

Shows = Callable[[Facts, RunConfig], bool]  # what is known of a run, and the lesson's settings


@dataclass(frozen=True)
class Task:
    """What to try, with the question it answers, and what shows that it was tried."""

    text: str
    shows: Shows


def done(recipe: str, facts: Facts, lesson: RunConfig) -> tuple[bool, ...]:
    """Which tasks of a lesson a run of it shows, in their order."""
    return tuple(task.shows(facts, lesson) for task in TASKS.get(recipe, ()))


# --- what a run can show ------------------------------------------------------------------------------------------


def _learned(shows: Shows) -> Shows:
    """Only a run that was trained to its end shows it."""
    return lambda facts, lesson: facts.state == State.FINISHED and bool(facts.epochs) and shows(facts, lesson)


def _found(*kinds: Kind) -> Shows:
    return lambda facts, _lesson: any(finding.kind in kinds for finding in diagnose(facts))


def _rate(factor: float) -> Shows:
    """A learning rate at most this often the lesson's, with its optimizer."""

    def shows(facts: Facts, lesson: RunConfig) -> bool:
        ours, theirs = facts.config.optimizer, lesson.optimizer
        return ours.name == theirs.name and ours.lr <= factor * theirs.lr * (1 + 1e-9)

    return _learned(shows)


def _batches(factor: float) -> Shows:
    return _learned(lambda facts, lesson: facts.config.batch_size <= factor * lesson.batch_size)


def _optimizer(*names: str) -> Shows:
    return _learned(lambda facts, _lesson: facts.config.optimizer.name in names)


def _only(*kinds: str) -> Shows:
    """No other activation functions than these."""
    return _learned(lambda facts, _lesson: {*_functions(facts.config)} <= {*kinds} and bool(_functions(facts.config)))


def _alike(facts: Facts, _lesson: RunConfig) -> bool:
    return len({*_functions(facts.config)}) == 1 and len(_functions(facts.config)) > 1


def _functions(config: RunConfig) -> list[str]:
    return [layer.kind for layer in config.layers if isinstance(layer, Activation)]


def _momentum(facts: Facts, _lesson: RunConfig) -> bool:
    return getattr(facts.config.optimizer, "momentum", 0.0) > 0


def _drops(facts: Facts, _lesson: RunConfig) -> bool:
    return any(isinstance(layer, Dropout) for layer in facts.config.layers)


def _without_convolution(facts: Facts, _lesson: RunConfig) -> bool:
    return bool(facts.config.layers) and not facts.config.convolves


def _accuracy(share: float) -> Shows:
    """A validation accuracy of at least so much, 0..1."""
    return lambda facts, _lesson: any(record.val_accuracy >= share for record in facts.epochs)


def _trains_all(facts: Facts, _lesson: RunConfig) -> bool:
    return facts.config.transfer.trains == "all" and facts.config.transfer.weights != "random"


def _from_nothing(facts: Facts, _lesson: RunConfig) -> bool:
    return facts.config.transfer.weights == "random"


def _plain_images(facts: Facts, _lesson: RunConfig) -> bool:
    return not facts.config.data.augmentation.any


TASKS: dict[str, tuple[Task, Task, Task]] = {
    "digits": (
        Task(N_("Halve the learning rate. What do you expect? Try it."), _rate(0.5)),
        Task(N_("Find a learning rate that is too high: the loss jumps."), _found("divergence", "lr_high")),
        Task(N_("Choose Identity in all layers. How far does it get without a bend?"), _only("identity")),
    ),
    "fashion-mlp": (
        Task(N_("Train until it overfits: training improves, validation gets worse."), _found("overfitting")),
        Task(N_("Add a dropout layer. Is the gap smaller now?"), _learned(_drops)),
        Task(N_("Reach 89 % on images it never learned from."), _accuracy(0.89)),
    ),
    "mnist-mlp": (
        Task(N_("Take batches of 32 images or fewer. What becomes of the curve?"), _batches(0.25)),
        Task(N_("Take SGD instead of Adam. How much slower is it?"), _optimizer("sgd")),
        Task(N_("Find a learning rate that is too low: the loss hardly falls."), _found("lr_low")),
    ),
    "mnist-mixed-activations": (
        Task(N_("Take the same function in all layers. Does the mixture help?"), _learned(_alike)),
        Task(N_("Give SGD a momentum of 0.9. After how many epochs is it where it was?"), _learned(_momentum)),
        Task(N_("Take Sigmoid everywhere. Why does it begin so slowly?"), _only("sigmoid")),
    ),
    "mnist-cnn-8x8": (
        Task(N_("Take Adam with a learning rate of its own. Which is sooner at 98 %?"), _optimizer("adam", "adamw")),
        Task(N_("Remove the convolutions. What do they bring?"), _learned(_without_convolution)),
        Task(N_("Reach 98.5 % on 8×8 pixels."), _accuracy(0.985)),
    ),
    "cats-dogs-transfer": (
        Task(N_("Begin with random weights. How far does it get?"), _learned(_from_nothing)),
        Task(N_("Let all layers learn. Is it better, and what does it cost?"), _learned(_trains_all)),
        Task(N_("Switch augmentation off. Where does the difference show?"), _learned(_plain_images)),
    ),
}
