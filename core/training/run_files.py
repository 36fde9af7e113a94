"""What a run's folder holds: the one list of its files. All of them go when the run is deleted."""

from pathlib import Path

from core import environment


def folder(run_id: str) -> Path:
    """Where a run keeps its files; with an empty id, where all runs keep theirs."""
    return environment.state_dir() / "runs" / run_id


def best_weights(run_id: str) -> Path:
    """The weights of its best epoch, for everyone to use."""
    return folder(run_id) / "best.safetensors"


def last_checkpoint(run_id: str) -> Path:
    """Everything to go on with."""
    return folder(run_id) / "last.safetensors"


def previous_checkpoint(run_id: str) -> Path:
    """The checkpoint before the last, for the case that the last is damaged."""
    return folder(run_id) / "previous.safetensors"


def checkpoint_of_0_1(run_id: str) -> Path:
    """What version 0.1 went on with: a pickle, which isn't read any more."""
    return folder(run_id) / "last.pt"


def epoch_weights(run_id: str, epoch: int) -> Path:
    """The weights after one epoch, to be looked at later."""
    return folder(run_id) / f"epoch-{epoch}.safetensors"


def epochs_with_weights(run_id: str) -> set[int]:
    """The epochs after which `epoch_weights` were kept."""
    return {int(file.stem.removeprefix("epoch-")) for file in folder(run_id).glob("epoch-*.safetensors")}


def evaluation(run_id: str, epoch: int) -> Path:
    """What every validation image was taken for after this epoch (see `core.evaluation.results`)."""
    return folder(run_id) / f"evaluation-{epoch}.npz"


def neighbours(run_id: str) -> Path:
    """The index of similar training images (see `core.inference.neighbours`)."""
    return folder(run_id) / "neighbours.npz"


def knowledge(run_id: str) -> Path:
    """What a frozen network makes of the images (see `core.evaluation.knowledge`)."""
    return folder(run_id) / "knowledge.npz"


def snapshots(run_id: str) -> Path:
    """The folder of what the network saw while it learned (see `core.training.snapshots`)."""
    return folder(run_id) / "snapshots"


def learning_rates(run_id: str) -> Path:
    """What the search for a learning rate found (see `core.training.lr_finder`)."""
    return folder(run_id) / "learning-rates.json"


def task_status(run_id: str, task: str) -> Path:
    """How far a task is (see `core.runs.tasks`)."""
    return folder(run_id) / f"task-{task}.json"


def trace(run_id: str) -> Path:
    """Where the app's own error that ended the run is written down."""
    return folder(run_id) / "error.txt"
