"""The files of a hand-in: tables, TensorBoard events, environment and ONNX."""

import csv
import io
import platform
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from core import environment
from core.errors import RunError
from core.handin import tensorboard
from core.handin.snapshot import Snapshot
from core.handin.tensorboard import Scalar
from core.messages import Message, say

PACKAGES = ("torch", "torchvision", "numpy", "pillow", "safetensors")
ONNX_PACKAGES = ("onnx", "onnxscript")
EVENT_STEPS = 5_000  # losses in an event file: TensorBoard itself shows a thousand


def metrics_csv(snapshot: Snapshot) -> str:
    """One row for each epoch: losses, accuracies (0..1), learning rate, seconds of training so far."""
    names = ("epoch", "step", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "lr", "seconds", "best")
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(names)
    for record in snapshot.epochs:
        values = asdict(record)
        writer.writerow([values[name] for name in names])
    return written.getvalue()


def losses_csv(snapshot: Snapshot) -> str:
    """One row for each step: its number, counted from 0, and its training loss."""
    rows = (f"{step},{loss:.9g}\n" for step, loss in enumerate(snapshot.losses.tolist()))
    return "step,train_loss\n" + "".join(rows)


def event_file(snapshot: Snapshot) -> bytes:
    """The curves for TensorBoard. Times ignore interruptions of the run."""
    return tensorboard.event_file(_scalars(snapshot))


def _scalars(snapshot: Snapshot) -> Iterator[Scalar]:
    """The loss by step (every n-th step of a long run), then losses, accuracies and learning rate by epoch."""
    run, losses = snapshot.run, snapshot.losses
    began = run.started_at or run.queued_at
    pace = run.seconds / max(1, len(losses))
    every = -(-len(losses) // EVENT_STEPS)
    for step in range(0, len(losses), every or 1):
        yield "loss/step", step, float(losses[step]), began + pace * step
    for record in snapshot.epochs:
        when = began + record.seconds
        yield "loss/training", record.epoch, record.train_loss, when
        yield "loss/validation", record.epoch, record.val_loss, when
        yield "accuracy/training", record.epoch, record.train_accuracy, when
        yield "accuracy/validation", record.epoch, record.val_accuracy, when
        yield "learning_rate", record.epoch, record.lr, when


def environment_text(snapshot: Snapshot) -> str:
    """Versions, system and processors of this machine. Contains no names of people or folders."""
    lines = [
        f"Python {platform.python_version()}",
        *(f"{name} {metadata.version(name)}" for name in PACKAGES),
        f"system: {platform.system()} {platform.machine()}",
        f"processors: {environment.processors()}",
        f"device: {snapshot.run.device or 'unknown'}",
    ]
    return "\n".join(lines) + "\n"


def onnx_missing() -> Message | None:
    """A message if the packages for the export to ONNX are missing. They take some 100 MB."""
    missing = [name for name in ONNX_PACKAGES if find_spec(name) is None]
    if not missing:
        return None
    return say("To export ONNX, the server needs more packages: pip install {packages}", packages=" ".join(missing))


def onnx(snapshot: Snapshot) -> bytes:
    """The network with its best weights as ONNX. Input: a batch of images. Output: one number for each class.

    Raises:
        RunError: there are no weights yet, or packages are missing.
    """
    if missing := onnx_missing():
        raise RunError(missing)
    import torch

    from core.data.catalog import input_shape
    from core.training import weights

    with tempfile.TemporaryDirectory() as folder:
        saved, exported = Path(folder) / "best.safetensors", Path(folder) / "model.onnx"
        saved.write_bytes(snapshot.needed_weights().content)
        found = weights.from_file(saved)
        torch.onnx.export(
            found.model,
            (torch.zeros(2, *input_shape(found.config.data)),),
            str(exported),
            input_names=["images"],
            output_names=["outputs"],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            external_data=False,
            verbose=False,
        )
        return exported.read_bytes()
