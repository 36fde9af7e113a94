"""Scores a submitted run on the images that its class's board keeps back: in a worker, never in a page.

What becomes of each image stays in this process, but for one bit an image of the public half, which the Ladder rule
needs for the next comparison. It is stored in the database and shown nowhere.
"""

from collections.abc import Iterator

import numpy as np

from core import environment
from core.classes import board
from core.messages import say
from core.progress import Progress
from core.runs.schema import connect


def score(run_id: str, submission: int) -> Iterator[Progress]:
    """Score the best weights of a run and record the two accuracies.

    Raises:
        NoWeightsError: the run's weights are gone.
        DataError: the images are gone, or this server doesn't know the board.
    """
    from core.data import datasets
    from core.data.batches import validation_batches
    from core.evaluation.predictions import predict, run_device
    from core.training import memory, weights

    found = weights.load(run_id)
    yield from datasets.prepare(found.config.data)
    images, public = datasets.held_back_images(found.config.data)
    at_once = memory.validation_batch_size(found.config, len(found.classes))
    batches = validation_batches(found.config, images, run_device(found.config), at_once)
    right = []
    for number, (labels, predicted, *_rest) in enumerate(predict(found, batches.epoch(), batches.labels.device)):
        right.append(labels == predicted)
        yield Progress(say("Scoring on the hidden images"), (number + 1) / len(batches))
    known = np.concatenate(right)
    board.record(connect(environment.database_url()), submission, known[public], known[~public])
