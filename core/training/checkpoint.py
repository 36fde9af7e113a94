"""Checkpoints: everything to go on with, and the best weights for everyone else.

`last.pt` is this app's own file for resuming, and is only ever read from its own folder. `best.safetensors` holds the
weights of the best epoch with the configuration in its header: no code can hide in it, so this is the file to exchange.
Both are written aside, synced and renamed: a kill at any moment leaves the old file or the new one, whole.
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
    """Where a run keeps its files."""
    return environment.run_folder(run_id)


def save(trainer: Trainer, run_id: str) -> None:
    """Write both files. To be called between two records."""
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
    """Go on from the last checkpoint. Returns False if there is none yet."""
    sweep(folder(run_id))
    path = folder(run_id) / "last.pt"
    if not path.exists():
        return False
    trainer.load_state_dict(torch.load(path, map_location=trainer.device, weights_only=True))
    return True


# What the weights of single epochs may take on the disk, for each run.
EPOCHS_BYTES = 10_000_000


def keep_epoch(trainer: Trainer, run_id: str) -> None:
    """Write the weights of the epoch that just ended, to be looked at later: all of a short run, some of a long one."""
    tensors = {name: tensor.contiguous() for name, tensor in trainer.model.state_dict().items()}
    size = sum(tensor.nbytes for tensor in tensors.values())
    room = EPOCHS_BYTES // max(1, size)
    every = -(-trainer.config.epochs // room) if room else 0
    epoch = trainer.position.epoch
    if not every or (epoch > 1 and epoch % every and epoch < trainer.config.epochs):
        return
    folder(run_id).mkdir(parents=True, exist_ok=True)
    with _saving(weights.epoch_path(run_id, epoch), sync=False) as aside:  # no loss where a power cut breaks it
        save_file(tensors, aside)


@contextmanager
def _saving(path: Path, *, sync: bool = True) -> Iterator[Path]:
    """A path to write, as `storage.replacing` gives it. Raises RunError if it can't be written."""
    try:
        with replacing(path, sync=sync) as aside:
            yield aside
    except (OSError, RuntimeError, SafetensorError) as error:  # torch's and safetensors' own words for a full disk
        reason = str(error).splitlines()[0]
        raise RunError(
            say("What was learned can't be saved ({reason}). Free some disk space, then resume.", reason=reason)
        ) from error
