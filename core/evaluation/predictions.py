"""Predicts the class of every validation image, in the same batches as in the run."""

from collections.abc import Iterator

import numpy as np
import torch
from safetensors.torch import load_file
from torch.nn import functional

from core.config import RunConfig
from core.data import datasets
from core.data.batches import validation_batches
from core.errors import RunError
from core.evaluation import results
from core.evaluation.results import Evaluation
from core.messages import say
from core.progress import Progress
from core.training import device, memory, run_files, weights
from core.training.losses import probabilities
from core.training.weights import Trained


def evaluate(run_id: str, epoch: int) -> Iterator[Progress]:
    """Evaluate a run after `epoch` and save the result in the run's folder.

    Raises:
        RunError: the weights of this epoch weren't saved.
        DataError: the images are gone.
    """
    found = weights_after(run_id, epoch)
    yield from datasets.prepare(found.config.data)
    images = datasets.load(found.config.data).validation
    at_once = memory.validation_batch_size(found.config, len(found.classes))
    batches = validation_batches(found.config, images, run_device(found.config), at_once)
    parts = []
    for number, part in enumerate(predict(found, batches.epoch(), batches.labels.device)):
        parts.append(part)
        yield Progress(say("Evaluating {number} images", number=len(images)), (number + 1) / len(batches))
    values = [np.concatenate([part[place] for part in parts]) for place in range(4)]
    results.keep(run_id, Evaluation(epoch, found.classes, *values))


def weights_after(run_id: str, epoch: int) -> Trained:
    """A run's network with the weights after this epoch. Raises RunError if they weren't saved."""
    found = weights.load(run_id)
    path = run_files.epoch_weights(run_id, epoch)
    if path.exists():
        found.model.load_state_dict(load_file(path))
    elif epoch != results.best_epoch(run_id):
        raise RunError(say("The weights after epoch {epoch} weren't saved. Choose another epoch.", epoch=epoch))
    return found


Part = tuple[results.Integers, results.Integers, results.Floats, results.Floats]


@torch.no_grad()
def predict(
    found: Trained, batches: Iterator[tuple[torch.Tensor, torch.Tensor]], where: torch.device
) -> Iterator[Part]:
    """Labels, predicted classes, confidences and losses of each batch."""
    model = found.model.to(where)
    reduced = device.precision(found.config, where) == "bfloat16"
    for images, labels in batches:
        with torch.autocast(where.type, dtype=torch.bfloat16, enabled=reduced):
            outputs = model(images)
        probabilities, losses = judge(outputs.float(), labels, found.config.loss)
        # Use the largest output, as in training: different outputs can be rounded to the same probability.
        predicted = outputs.argmax(1)
        confidence = probabilities.gather(1, predicted[:, None])[:, 0]
        yield tuple(values.cpu().numpy() for values in (labels, predicted, confidence, losses))  # type: ignore[misc]


def judge(outputs: torch.Tensor, labels: torch.Tensor, loss: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Probabilities [B, C] and the loss of each image [B], according to the loss of the training."""
    if loss == "mse":
        wanted = functional.one_hot(labels, outputs.shape[1]).to(outputs.dtype)
        return probabilities(outputs, loss), ((outputs - wanted) ** 2).mean(1)
    logarithms = functional.log_softmax(outputs, dim=1)
    return probabilities(outputs, loss), functional.nll_loss(logarithms, labels, reduction="none")


def run_device(config: RunConfig) -> torch.device:
    """The run's device if this machine has it, else the CPU."""
    device.use_threads(config)
    return torch.device("cpu") if device.problems(config) else device.choose_device(config)
