"""The training images that are most alike to an image, and whether any is."""

import pytest
import torch

from core.data import datasets
from core.data.batches import Randomness, training_batches
from core.errors import RunError
from core.inference import DESCRIBE_TRAINING_IMAGES, neighbours
from core.runs import tasks
from core.runs.store import Store
from core.runs.tasks import Task
from core.training import run_files, weights
from core.training.weights import Trained
from tests import runs


@pytest.fixture
def known(store: Store) -> tuple[str, Trained, neighbours.Index]:
    run = runs.trained(store, epochs=8)
    tasks.perform(Task(DESCRIBE_TRAINING_IMAGES, run.id))
    index = neighbours.kept(run.id)
    assert index
    return run.id, weights.load(run.id), index


def learned(found: Trained, positions: list[int]) -> torch.Tensor:
    config = found.config.model_copy(update={"shuffle": False})
    images = datasets.load(config.data).train
    return training_batches(config, images, torch.device("cpu"), Randomness.of(0)).batch(torch.tensor(positions))[0]


def test_a_training_image_is_most_alike_to_itself(known: tuple[str, Trained, neighbours.Index]) -> None:
    _run, found, index = known
    for position, image in zip([3, 700, 1_200], learned(found, [3, 700, 1_200]), strict=True):
        nearest = neighbours.nearest(index, found, image, 4)
        assert nearest[0].position == position
        assert nearest[0].similarity == pytest.approx(1, abs=1e-5)
        assert [one.similarity for one in nearest] == sorted((one.similarity for one in nearest), reverse=True)
        assert not neighbours.is_far(index, found, image)


def test_held_out_images_are_near_and_noise_is_far(known: tuple[str, Trained, neighbours.Index]) -> None:
    _run, found, index = known
    validation = datasets.load(found.config.data).validation
    held_out = validation.at(slice(None)).float() / 255
    held_out = (held_out - found.config.data.mean[0]) / found.config.data.std[0]
    assert sum(neighbours.is_far(index, found, image) for image in held_out) / len(held_out) < 0.03
    noise = (torch.rand(50, 1, 8, 8, generator=torch.Generator().manual_seed(0)) - 0.3) / 0.38
    assert sum(neighbours.is_far(index, found, image) for image in noise) > 45
    assert neighbours.is_far(index, found, torch.zeros(1, 8, 8))


def test_the_index_is_made_again_for_better_weights(known: tuple[str, Trained, neighbours.Index]) -> None:
    run_id, _found, _index = known
    weights = run_files.best_weights(run_id)
    weights.touch()
    assert neighbours.kept(run_id) is None


def test_a_broken_index_is_none_and_a_run_without_weights_says_so(store: Store) -> None:
    run_id = runs.queue(store)
    assert neighbours.kept(run_id) is None
    with pytest.raises(RunError, match="no weights"):
        list(neighbours.build(run_id))
