"""The parts of a run as files: tables, events, weights, environment, and the network for other programs."""

import csv
import io
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict
from importlib import metadata
from importlib.util import find_spec

from core import environment
from core.errors import NoWeightsError, RunError
from core.handin.tensorboard import events
from core.messages import Message, say
from core.runs import history
from core.runs.run import Run
from core.runs.store import Store

PACKAGES = ("torch", "torchvision", "numpy", "pillow", "safetensors")
ONNX_PACKAGES = ("onnx", "onnxscript")
EVENT_STEPS = 5_000  # losses in an event file: TensorBoard itself shows a thousand


def metrics_csv(store: Store, run: Run) -> str:
    """One row an epoch: losses, accuracies (0..1), learning rate, seconds of training so far."""
    names = ("epoch", "step", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "lr", "seconds", "best")
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(names)
    for record in history.epoch_records(store.database, run.id):
        values = asdict(record)
        writer.writerow([values[name] for name in names])
    return written.getvalue()


def losses_csv(store: Store, run: Run) -> str:
    """One row a step: its number, counted from 0, and its training loss."""
    _first, losses = history.step_losses(store.database, run.id)
    rows = (f"{step},{loss:.9g}\n" for step, loss in enumerate(losses.tolist()))
    return "step,train_loss\n" + "".join(rows)


def event_file(store: Store, run: Run) -> bytes:
    """The curves for TensorBoard. Times are the run's own, as if it hadn't been interrupted."""
    return events(_scalars(store, run))


def _scalars(store: Store, run: Run) -> Iterator[tuple[str, int, float, float]]:
    began = run.started_at or run.queued_at
    _first, losses = history.step_losses(store.database, run.id)
    pace = run.seconds / max(1, len(losses))
    every = -(-len(losses) // EVENT_STEPS)
    for step in range(0, len(losses), every or 1):
        yield "loss/step", step, float(losses[step]), began + pace * step
    for record in history.epoch_records(store.database, run.id):
        when = began + record.seconds
        yield "loss/training", record.epoch, record.train_loss, when
        yield "loss/validation", record.epoch, record.val_loss, when
        yield "accuracy/training", record.epoch, record.train_accuracy, when
        yield "accuracy/validation", record.epoch, record.val_accuracy, when
        yield "learning_rate", record.epoch, record.lr, when


def environment_text(run: Run) -> str:
    """What the run was made with: versions, system, processors. No names of people or folders."""
    lines = [
        f"Python {platform.python_version()}",
        *(f"{name} {metadata.version(name)}" for name in PACKAGES),
        f"system: {platform.system()} {platform.machine()}",
        f"processors: {environment.processors()}",
        f"device: {run.device or 'unknown'}",
    ]
    return "\n".join(lines) + "\n"


def weights(run: Run) -> bytes:
    """The weights of the best epoch as safetensors, its configuration and classes in the header.

    Raises:
        RunError: there are none yet.
    """
    try:
        return environment.weights_file(run.id).read_bytes()
    except FileNotFoundError:
        raise NoWeightsError from None


def onnx_missing() -> Message | None:
    """What is needed to export to ONNX and isn't there: PyTorch leaves it to two packages of some 100 MB."""
    missing = [name for name in ONNX_PACKAGES if find_spec(name) is None]
    if not missing:
        return None
    return say(
        "PyTorch's export to ONNX needs {packages} on the server: pip install {packages}", packages=" ".join(missing)
    )


def onnx(run: Run) -> bytes:
    """The network with its best weights for other programs: one batch of images in, one number a class out.

    Raises:
        RunError: there are no weights yet, or PyTorch lacks what it needs.
    """
    if missing := onnx_missing():
        raise RunError(missing)
    import tempfile

    import torch

    from core.data.catalog import input_shape
    from core.training import weights

    found = weights.load(run.id)
    example = torch.zeros(2, *input_shape(found.config.data))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.onnx")
        torch.onnx.export(
            found.model,
            (example,),
            path,
            input_names=["images"],
            output_names=["outputs"],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            external_data=False,
            verbose=False,
        )
        with open(path, "rb") as file:
            return file.read()
