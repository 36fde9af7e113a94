"""What a trained network said about every image: counts, the images of a cell, and the very accuracy of the run."""

from typing import Any

import numpy as np
import pytest
import torch

from core.data import datasets
from core.errors import RunError
from core.evaluation import results
from core.evaluation.predictions import evaluate, judge
from core.evaluation.results import Evaluation
from core.runs import history, owner_actions
from core.runs.run import Run
from core.runs.store import Store
from core.training import run_files
from core.training.losses import LOSSES
from tests.runs import ME, trained


def made_up(labels: list[int], predicted: list[int], confidence: list[float], losses: list[float]) -> Evaluation:
    return Evaluation(
        1,
        ("cat", "dog", "owl"),
        np.array(labels, dtype=np.int64),
        np.array(predicted, dtype=np.int64),
        np.array(confidence, dtype=np.float32),
        np.array(losses, dtype=np.float32),
    )


FEW = made_up([0, 0, 0, 1, 1, 0], [0, 1, 1, 1, 0, 1], [0.9, 0.6, 0.8, 1.0, 0.7, 0.8], [0.1, 0.9, 1.5, 0.0, 1.1, 3.0])


def evaluated(run: Run, epoch: int) -> Evaluation:
    for _ in evaluate(run.id, epoch):
        pass
    found = results.kept(run.id, epoch)
    assert found is not None
    return found


def test_rows_are_the_true_classes() -> None:
    assert results.confusion(FEW).tolist() == [[1, 3, 0], [1, 1, 0], [0, 0, 0]]
    assert results.rates(results.confusion(FEW)).tolist() == [[0.25, 0.75, 0], [0.5, 0.5, 0], [0, 0, 0]]


def test_a_cell_lists_its_own_images_highest_loss_first() -> None:
    assert results.cell(FEW, 0, 1).tolist() == [5, 2, 1]
    assert results.cell(FEW, 1, 0).tolist() == [4]
    assert results.cell(FEW, 2, 2).tolist() == []


def test_mistakes_begin_with_the_most_confident_and_ties_keep_their_order() -> None:
    assert results.mistakes(FEW).tolist() == [2, 5, 4, 1]
    assert results.confused_pairs(FEW) == [(0, 1, 3), (1, 0, 1)]


def test_scores_of_each_class_and_none_where_there_is_nothing_to_divide_by() -> None:
    cat, dog, owl = results.class_scores(FEW)
    assert (cat.precision, cat.recall, cat.images) == (0.5, 0.25, 4)
    assert cat.f1 == pytest.approx(2 * 0.5 * 0.25 / 0.75)
    assert (dog.precision, dog.recall) == (0.25, 0.5)
    assert (owl.precision, owl.recall, owl.f1, owl.images) == (None, None, None, 0)


def test_scores_are_scikit_learns() -> None:
    from sklearn.metrics import precision_recall_fscore_support

    random = np.random.default_rng(0)
    labels, predicted = random.integers(0, 3, 500), random.integers(0, 3, 500)
    found = made_up(labels.tolist(), predicted.tolist(), [1.0] * 500, [0.0] * 500)
    theirs = precision_recall_fscore_support(labels, predicted)
    ours = [(one.precision, one.recall, one.f1, one.images) for one in results.class_scores(found)]
    assert np.allclose(np.array(ours, dtype=float).T, np.array(theirs, dtype=float))


def test_calibration_compares_what_was_claimed_with_what_was_right() -> None:
    bins = results.calibration(FEW)
    assert [one.images for one in bins] == [1, 1, 2, 2]
    assert [one.accuracy for one in bins] == [0.0, 0.0, 0.0, 1.0]
    assert results.calibration_error(FEW) == pytest.approx((0.6 + 0.7 + 2 * 0.8 + 2 * 0.05) / 6, abs=1e-6)
    always = made_up([0] * 4, [0, 0, 0, 1], [0.75] * 4, [0.0] * 4)
    assert results.calibration_error(always) == pytest.approx(0.0)


@pytest.mark.parametrize("changes", [{}, {"loss": "mse"}, {"precision": "bfloat16"}], ids=["usual", "mse", "bfloat16"])
def test_every_epoch_is_judged_as_the_run_judged_it(store: Store, changes: dict[str, Any]) -> None:
    run = trained(store, **changes)
    assert results.epochs(run.id) == [1, 2, 3]
    validation = datasets.load(run.config.data).validation
    for record in history.epoch_records(store.database, run.id):
        found = evaluated(run, record.epoch)
        assert found.accuracy == record.val_accuracy
        assert found.losses.mean() == pytest.approx(record.val_loss, rel=1e-2 if "precision" in changes else 1e-5)
        assert found.labels.tolist() == validation.labels.tolist()
        counts = results.confusion(found)
        assert counts.sum(axis=1).tolist() == torch.bincount(validation.labels, minlength=10).tolist()
        assert counts.sum() == len(validation)
        listed = np.concatenate([results.cell(found, row, column) for row in range(10) for column in range(10)])
        assert sorted(listed.tolist()) == list(range(len(validation))), "every image is in exactly one cell"


@pytest.mark.parametrize("loss", ["cross_entropy", "nll", "mse"])
def test_the_loss_of_each_image_is_the_one_the_network_was_trained_with(loss: str) -> None:
    outputs, labels = torch.randn(7, 4, generator=torch.Generator().manual_seed(0)), torch.arange(7) % 4
    if loss == "nll":
        outputs = outputs.log_softmax(1)
    probabilities, losses = judge(outputs, labels, loss)
    assert torch.allclose(losses.mean(), LOSSES[loss](outputs, labels))
    assert probabilities.min() >= 0
    assert probabilities.max() <= 1


def test_an_epoch_whose_weights_were_not_kept_says_so(store: Store) -> None:
    run = trained(store)
    with pytest.raises(RunError, match="after epoch 7 weren't saved"):
        list(evaluate(run.id, 7))


def test_the_best_epoch_is_there_without_weights_of_every_epoch(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.training.checkpoint.EPOCHS_BYTES", 0)
    run = trained(store)
    assert results.epochs(run.id) == [run.best_epoch]
    assert evaluated(run, run.best_epoch or 0).accuracy == run.best_val_accuracy


def test_a_broken_file_is_as_good_as_none(store: Store) -> None:
    run = trained(store)
    evaluated(run, 1)
    run_files.evaluation(run.id, 1).write_bytes(b"half a fi")
    assert results.kept(run.id, 1) is None
    assert results.kept(run.id, 2) is None


def test_a_run_deleted_meanwhile_stays_deleted(store: Store) -> None:
    run = trained(store)
    steps = evaluate(run.id, 1)
    next(steps)
    owner_actions.delete(store, run.id, owner=ME)
    list(steps)
    assert not run_files.evaluation(run.id, 1).parent.exists()
