"""A few validation images with the predictions of a trained network."""

from dataclasses import dataclass

import torch

from core.data import datasets, preview
from core.data.batches import validation_batches
from core.errors import DataError
from core.messages import say
from core.training import weights
from core.training.probe import probe_positions


@dataclass(frozen=True)
class Seen:
    """An image and its prediction."""

    picture: torch.Tensor  # uint8 [C, H, W], the network's input without the normalisation
    label: str
    predicted: str
    confidence: float  # 0..1

    @property
    def right(self) -> bool:
        """Whether the prediction is correct."""
        return self.label == self.predicted


def glance(run_id: str, number: int = 6) -> list[Seen]:
    """Predict some validation images with the best weights. They are spread over the classes and always the same.

    Raises:
        RunError: there are no weights yet.
        DataError: the images are gone.
    """
    found = weights.load(run_id)
    if not datasets.ready(found.config.data):
        raise DataError(say("The images of this run aren't on this server any more."))
    data = datasets.load(found.config.data)
    batches = validation_batches(found.config, data.validation, torch.device("cpu"))
    order = torch.argsort(data.validation.labels, stable=True)
    images, labels = batches.batch(order[probe_positions(len(order), number, 1)])
    with torch.no_grad():
        outputs = found.model(images)
    # Softmax of a log-softmax gives the probabilities, too.
    confidences, classes = outputs.softmax(1).max(1)
    pictures = preview.pictures_of(images, found.config.data)
    return [
        Seen(picture, found.classes[label], found.classes[best], float(confidence))
        for picture, label, best, confidence in zip(
            pictures, labels.tolist(), classes.tolist(), confidences, strict=True
        )
    ]
