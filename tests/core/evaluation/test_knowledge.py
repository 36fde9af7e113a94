"""What a frozen network makes of one's own images: the strongest concepts, the map, and labels that don't fit."""

import numpy as np
import pytest

from core.errors import RunError
from core.evaluation import knowledge
from core.evaluation.borrowing import borrow
from core.recipes import configure
from core.runs.store import Store
from core.training import run_files
from tests.runs import trained


def test_the_strongest_concepts_of_each_class_come_with_the_image_that_shows_them_most() -> None:
    probabilities = np.zeros((5, 8), np.float32)
    probabilities[[0, 1], 3] = 0.9, 0.5
    probabilities[[0, 1], 7] = 0.1, 0.4
    probabilities[[2, 3], 1] = 0.2, 0.6
    labels = np.array([0, 0, 2, 2, 2])
    concepts, strengths, examples = knowledge.strongest(probabilities, labels, 3)
    assert concepts.shape == strengths.shape == examples.shape == (3, knowledge.STRONGEST)
    assert (concepts[0, :2].tolist(), examples[0, :2].tolist()) == ([3, 7], [0, 1])
    np.testing.assert_allclose(strengths[:, 0], [0.7, 0.0, 0.8 / 3], rtol=1e-6)
    assert (concepts[2, 0], examples[2, 0]) == (1, 3)


def test_the_map_keeps_the_two_directions_in_which_images_differ_most() -> None:
    random = np.random.default_rng(0)
    plane = random.normal(size=(40, 2)) * (5, 2)
    turned = plane @ np.linalg.qr(random.normal(size=(10, 10)))[0][:2] + 3
    places = knowledge.two_components(turned.astype(np.float32))
    distances = np.linalg.norm(plane[:, None] - plane[None], axis=2)
    np.testing.assert_allclose(np.linalg.norm(places[:, None] - places[None], axis=2), distances, atol=1e-4)
    assert places[:, 0].var() > places[:, 1].var()
    assert knowledge.two_components(turned[:1].astype(np.float32)).tolist() == [[0, 0]]


def test_an_image_among_those_of_another_class_is_odd() -> None:
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], 10)
    features = random.normal(size=(20, 6)).astype(np.float32) * 0.1 + np.eye(6, dtype=np.float32)[labels]
    assert not knowledge.odd_ones(features, labels).any()
    labels[4] = 1
    assert np.flatnonzero(knowledge.odd_ones(features, labels)).tolist() == [4]
    assert not knowledge.odd_ones(features[:1], labels[:1]).any()


@pytest.mark.parametrize(
    ("change", "expected"),
    [({}, True), ({"transfer.trains": "all"}, False), ({"transfer.weights": "random"}, False)],
    ids=["frozen", "all learns", "random"],
)
def test_only_a_frozen_network_that_knows_imagenet_has_something_to_tell(
    change: dict[str, str], expected: bool
) -> None:
    assert knowledge.known(configure("cats-dogs-transfer", change)) == expected
    assert not knowledge.known(configure("digits", {}))


def test_another_run_is_refused(store: Store) -> None:
    run = trained(store, epochs=1)
    with pytest.raises(RunError, match="doesn't use a frozen network"):
        list(borrow(run.id))


def test_a_damaged_file_counts_as_none() -> None:
    run_files.folder("run").mkdir(parents=True)
    run_files.knowledge("run").write_bytes(b"PK")
    assert knowledge.kept("run") is None
