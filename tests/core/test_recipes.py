"""The recipes on real data: published figures, no diagnosis, and the same accuracy for images sent to Predict.

Each recipe is trained once, as the app trains it, for all tests of this file.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.advice.diagnosis import diagnose
from core.advice.facts import Facts
from core.data import datasets
from core.inference.predictor import Read, predict_files
from core.inference.preparation import AS_IT_IS, Steps
from core.runs import history
from core.runs.run import Run
from core.runs.store import Store
from core.training import weights
from tests import runs
from tests.core.inference.made import photo, png

pytestmark = [pytest.mark.recipes, pytest.mark.usefixtures("shared_folders")]

EPOCHS = {"fashion-mlp": 5, "mnist-mlp": 3, "mnist-mixed-activations": 4, "mnist-cnn-8x8": 10}
Finished = Callable[[str], Run]
Accuracies = Callable[[Run], list[float]]


@pytest.fixture
def finished(store: Store, real_data: Path) -> Finished:
    """A function that gives the finished run of a recipe."""

    def finished(name: str) -> Run:
        known = {run.recipe: run for run in store.recent()}
        return known.get(name) or runs.trained(store, recipe=name, epochs=EPOCHS[name])

    return finished


@pytest.fixture
def accuracies(store: Store, figure: Callable[[str], None]) -> Accuracies:
    """A function that gives a run's validation accuracies by epoch."""

    def accuracies(run: Run) -> list[float]:
        found = [record.val_accuracy for record in history.epoch_records(store.database, run.id)]
        figure(f"{run.recipe}: validation accuracy by epoch {[round(share, 4) for share in found]}")
        return found

    return accuracies


def given_bytes(data: bytes) -> Read:
    return lambda: data


# --- published figures --------------------------------------------------------------------------------------------


def test_digits(store: Store, accuracies: Accuracies) -> None:
    run = runs.trained(store, epochs=40)
    assert max(accuracies(run)) >= 0.97


def test_fashion_mlp(finished: Finished, accuracies: Accuracies) -> None:
    assert max(accuracies(finished("fashion-mlp"))) >= 0.855


def test_mnist_mlp(finished: Finished, accuracies: Accuracies) -> None:
    assert accuracies(finished("mnist-mlp"))[-1] >= 0.95


def test_mnist_mixed_activations(finished: Finished, accuracies: Accuracies) -> None:
    published = [0.8112, 0.8854, 0.9041, 0.9162]
    assert accuracies(finished("mnist-mixed-activations")) == pytest.approx(published, abs=0.02)


def test_mnist_cnn_8x8(finished: Finished, accuracies: Accuracies) -> None:
    found = accuracies(finished("mnist-cnn-8x8"))
    assert found[0] >= 0.87
    assert found[-1] >= 0.96


# --- what the app says of them ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EPOCHS)
def test_nothing_is_diagnosed(name: str, store: Store, finished: Finished) -> None:
    run = finished(name)
    records = history.epoch_records(store.database, run.id)
    _first, losses = history.step_losses(store.database, run.id)
    assert len(records) == EPOCHS[name]
    assert diagnose(Facts(run.config, run.state, records, losses)) == []


@pytest.mark.parametrize("name", ["fashion-mlp", "mnist-cnn-8x8"])
def test_the_whole_validation_split_sent_as_files_gives_exactly_the_accuracy_of_training(
    name: str, finished: Finished
) -> None:
    run = finished(name)
    found = weights.load(run.id)
    split = datasets.load(found.config.data).validation
    files = (("", given_bytes(png(image.numpy()))) for image in split.images)
    answers = predict_files([found], files)
    right = sum(answer.opinions[0].best == label for answer, label in zip(answers, split.labels.tolist(), strict=True))
    assert right / len(split) == run.best_val_accuracy


def test_photographed_digits_are_read_with_the_automatic_steps_and_not_without(finished: Finished) -> None:
    found = weights.load(finished("mnist-cnn-8x8").id)
    whole_images = found.config.data.model_copy(update={"image_size": None})
    for _ in datasets.prepare(whole_images):
        pass
    whole = datasets.load(whole_images).validation
    random = np.random.default_rng(0)
    chosen = [int((whole.labels == digit).nonzero()[7]) for digit in range(10)]
    photos = [photo(whole.images[place, 0].numpy(), random) for place in chosen]

    def read(steps: Steps | None) -> int:
        answers = predict_files([found], [("", given_bytes(data)) for data in photos], steps)
        return sum(answer.opinions[0].best == digit for digit, answer in enumerate(answers))

    assert read(None) >= 8
    assert read(AS_IT_IS) <= 4
