"""Checkpoints: the state for resuming a run, and the weights of its best epoch.

`last.pt` has the state for resuming. The app reads it only from its own folder. `best.safetensors` has the weights of
the best epoch, and the configuration in its header. It can't contain code, so it is the file to exchange. Both files
are replaced as a whole: after a kill at any moment, either the old or the new one is there.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from core import environment
from core.errors import RunError
from core.messages import say
from core.storage import replacing, sweep
from core.training import weights
from core.training.loop import Trainer


def folder(run_id: str) -> Path:
    """The folder with the files of a run."""
    return environment.run_folder(run_id)


def save(trainer: Trainer, run_id: str) -> None:
    """Write both files. Call it between two records."""
    where = folder(run_id)
    where.mkdir(parents=True, exist_ok=True)
    if trainer.best_weights is not None:
        tensors = {name: tensor.contiguous() for name, tensor in trainer.best_weights.items()}
        header = {
            "config": trainer.config.to_json(),
            "classes": json.dumps(trainer.classes),
            "epoch": str(trainer.position.best_epoch),
        }
        with _saving(environment.weights_file(run_id)) as aside:
            save_file(tensors, aside, metadata=header)
    with _saving(where / "last.pt") as aside:
        torch.save(trainer.state_dict(), aside)


def restore(trainer: Trainer, run_id: str) -> bool:
    """Load the last checkpoint. Returns False if there is none."""
    sweep(folder(run_id))
    path = folder(run_id) / "last.pt"
    if not path.exists():
        return False
    trainer.load_state_dict(torch.load(path, map_location=trainer.device, weights_only=True))
    return True


# Disk space for the weights of single epochs, in each run.
EPOCHS_BYTES = 10_000_000


def keep_epoch(trainer: Trainer, run_id: str) -> None:
    """Save the weights of the epoch that just ended, for Evaluate. In long runs, only some epochs are saved."""
    tensors = {name: tensor.contiguous() for name, tensor in trainer.model.state_dict().items()}
    size = sum(tensor.nbytes for tensor in tensors.values())
    room = EPOCHS_BYTES // max(1, size)
    every = -(-trainer.config.epochs // room) if room else 0
    epoch = trainer.position.epoch
    if not every or (epoch > 1 and epoch % every and epoch < trainer.config.epochs):
        return
    folder(run_id).mkdir(parents=True, exist_ok=True)
    with _saving(weights.epoch_path(run_id, epoch), sync=False) as aside:  # losing it in a power cut does no harm
        save_file(tensors, aside)


@contextmanager
def _saving(path: Path, *, sync: bool = True) -> Iterator[Path]:
    """A path to write, from `storage.replacing`. Raises RunError if it can't be written."""
    try:
        with replacing(path, sync=sync) as aside:
            yield aside
    except (OSError, RuntimeError, SafetensorError) as error:  # torch and safetensors raise these if the disk is full
        reason = str(error).splitlines()[0]
        raise RunError(
            say("The weights can't be saved ({reason}). Free some disk space, then resume the run.", reason=reason)
        ) from error
