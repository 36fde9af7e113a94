"""`train.py`: the run as a plain PyTorch script, which prints the same numbers as the app."""

from collections.abc import Sequence
from textwrap import wrap

from core.config import DataConfig, RunConfig
from core.data.catalog import has_points
from core.export import five_steps
from core.export.data import needs_list
from core.export.pictures import LIST
from core.training.device import threads
from core.training.records import EpochRecord

_SAME = "On the CPU of the app's machine it prints the results of the app:"
_BOARD = "The board of the class kept images back in the app, whose results were therefore others:"
_SEED = "\ntorch.manual_seed("


def train_script(name: str, config: RunConfig, epochs: Sequence[EpochRecord]) -> str:
    """The script: a description, the expected output, then the five steps.

    Args:
        name: The name of the run.
        config: Its configuration, which must have no problems.
        epochs: The results of the app, to compare with.
    """
    steps = [
        "\n".join([f"# {number}. {step.title}", *_comment(step.sentence), step.code])
        for number, step in enumerate(five_steps(config), 1)
    ]
    code = "\n\n".join(steps)
    line = f"torch.set_num_threads({threads(config)})  # as in the app: it decides the last digits of sums"
    code = code.replace(_SEED, f"\n{line}{_SEED}", 1)
    return "\n".join(['"""' + "\n".join(_about(name, config, epochs)), '"""', "", code, ""])


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in wrap(text, 100)]


def _about(name: str, config: RunConfig, epochs: Sequence[EpochRecord]) -> list[str]:
    """The docstring of the script. Names are cleaned so that they can't end it."""
    lines = [
        f"{_plain(name)}: one run of Torch Classroom as plain PyTorch.",
        "",
        *wrap(_needs(config.data), 100),
        "",
        "    python train.py",
    ]
    if config.data.augmentation.any:
        lines += [
            "",
            "Images are changed with other random numbers than in the app, so the losses differ a little.",
        ]
    if epochs:
        lines += ["", _BOARD if config.data.board else _SAME, ""]
        lines += [f"    {printed(epoch)}" for epoch in epochs[:5]]
        lines += ["    …"] if len(epochs) > 5 else []
    return lines


def _needs(data: DataConfig) -> str:
    if has_points(data):
        return "It needs torch and numpy, and draws its points itself:"
    if needs_list(data):
        return (
            f"It needs torch, torchvision and {LIST}. Copy the folders of images, as you brought them to the app, "
            "into a folder images beside it, and run it there:"
        )
    needs = "torch, torchvision and scikit-learn" if data.dataset == "digits" else "torch and torchvision"
    return f"It needs {needs}. Images are read from, or downloaded to, the folder it runs in:"


def printed(epoch: EpochRecord) -> str:
    """The line that the script prints after this epoch."""
    return (
        f"epoch {epoch.epoch}: loss {epoch.train_loss:.6f}, validation loss {epoch.val_loss:.6f}, "
        f"accuracy {epoch.val_accuracy:.6f}"
    )


def _plain(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable() and letter not in '"\\')
