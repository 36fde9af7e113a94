"""Checkpoints: the state for resuming a run, and the weights of its best epoch.

The last checkpoint is this app's own file for resuming (see `state_file`); the one before it is kept in case the last
is damaged. `best.safetensors` holds the weights of the best epoch with the configuration in its header: no code can
hide in it, so this is the file to exchange. All are written aside, synced and renamed: a kill at any moment leaves the
old file or the new one, whole.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import save_file

from core import faults
from core.errors import RunError
from core.messages import Message, say
from core.storage import replacing, sweep
from core.training import run_files, state_file
from core.training.loop import Trainer

SAVED_BY_0_1 = say(
    "It was saved by an earlier version of this app. It was trained again from its first step, with the same numbers."
)
_log = logging.getLogger(__package__)


def save(trainer: Trainer, run_id: str) -> None:
    """Write both files. To be called between two records. Raises RunError where they can't be written."""
    run_files.folder(run_id).mkdir(parents=True, exist_ok=True)
    if trainer.best_weights is not None:
        tensors = {name: tensor.contiguous() for name, tensor in trainer.best_weights.items()}
        header = {
            "config": trainer.config.to_json(),
            "classes": json.dumps(trainer.classes),
            "epoch": str(trainer.position.best_epoch),
        }
        with _saving(run_files.best_weights(run_id)) as aside:
            save_file(tensors, aside, metadata=header)
    with _saving(run_files.last_checkpoint(run_id), previous=run_files.previous_checkpoint(run_id)) as aside:
        state_file.write(aside, trainer.state_dict(), owner=run_id)


def restore(trainer: Trainer, run_id: str) -> Message | None:
    """Go on from the last checkpoint that is whole, if there is one. `trainer.position` says where that is.

    Returns what the run's owner should know: that a file was damaged, and where the run goes on instead.
    """
    sweep(run_files.folder(run_id))
    state, damaged = _newest(run_id)
    if state is not None:
        trainer.load_state_dict(state)
    if not damaged:
        unread = state is None and run_files.checkpoint_of_0_1(run_id).exists()
        return SAVED_BY_0_1 if unread else None
    if state is None:
        return say("Its saved state was damaged. It was trained again from its first step, with the same numbers.")
    return say("Its last saved state was damaged. It went on from the one before, with the same numbers.")


def _newest(run_id: str) -> tuple[dict[str, Any] | None, bool]:
    """The newest state that is whole, and whether a newer one was damaged."""
    damaged = False
    for path in (run_files.last_checkpoint(run_id), run_files.previous_checkpoint(run_id)):
        try:
            return state_file.read(path, owner=run_id), damaged
        except FileNotFoundError:  # a kill came between the two renames, or nothing was saved yet
            continue
        except state_file.DamagedError as error:
            _log.warning("run %s: %s is damaged: %s", run_id, path.name, error)
            damaged = True
    return None, damaged


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
    run_files.folder(run_id).mkdir(parents=True, exist_ok=True)
    with _saving(run_files.epoch_weights(run_id, epoch), sync=False) as aside:  # no loss where a power cut breaks it
        save_file(tensors, aside)


@contextmanager
def _saving(path: Path, *, sync: bool = True, previous: Path | None = None) -> Iterator[Path]:
    """A path to write, from `storage.replacing`. Raises RunError if it can't be written."""
    try:
        with replacing(path, sync=sync, previous=previous) as aside:
            yield aside
    except (OSError, SafetensorError) as error:  # safetensors' own words for a full disk
        reason = str(error).splitlines()[0]
        told = say("The weights can't be saved ({reason}). Free some disk space, then resume the run.", reason=reason)
        raise RunError(faults.cause(error) or told) from error
