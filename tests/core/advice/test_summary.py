"""Three sentences about a run, each chosen by its numbers."""

from dataclasses import replace

import pytest

from core.advice.summary import story
from core.training.records import EpochRecord, Landmarks

FIRST = EpochRecord(
    1, step=10, train_loss=2.0, train_accuracy=0.4, val_loss=1.9, val_accuracy=0.45, lr=0.1, seconds=1.0, best=True
)  # fmt: skip


def told(train_loss: float, train_accuracy: float, val_accuracy: float) -> list[str]:
    last = replace(FIRST, epoch=9, train_loss=train_loss, train_accuracy=train_accuracy, val_accuracy=val_accuracy)
    return [str(sentence) for sentence in story(Landmarks(FIRST, last, last))]


def test_before_the_first_epoch_it_says_what_to_look_at() -> None:
    assert "loss of one batch" in str(story(None)[0])


@pytest.mark.parametrize(
    ("loss", "sentence"),
    [(0.5, "fell from 2.000 to 0.500"), (2.0, "stays near 2.000"), (2.5, "rose from 2.000 to 2.500")],
)
def test_the_loss_falls_stays_or_rises(loss: float, sentence: str) -> None:
    assert sentence in told(loss, 0.9, 0.9)[0]


def test_the_accuracy_is_that_of_the_best_epoch() -> None:
    best = replace(FIRST, epoch=4, val_accuracy=0.877)
    assert "after epoch 4, it named 87.7 %" in str(story(Landmarks(FIRST, best, FIRST))[1])


def test_a_gap_between_training_and_validation_is_called_overfitting() -> None:
    assert "5.0 points better" in told(0.5, 0.95, 0.90)[2]
    assert "overfitting" not in told(0.5, 0.91, 0.90)[2]


@pytest.mark.parametrize("loss", [2.0, 2.5])
def test_what_a_network_learned_that_learned_nothing_is_not_judged(loss: float) -> None:
    assert len(told(loss, 0.5, 0.5)) == 2
