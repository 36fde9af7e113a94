"""Sentences about a run, each chosen by its numbers and by what the diagnosis found."""

from dataclasses import replace

from core.advice.summary import summarise
from core.training.records import EpochRecord, Landmarks

FIRST = EpochRecord(
    1, step=10, train_loss=2.0, train_accuracy=0.4, val_loss=1.9, val_accuracy=0.42, lr=0.1, seconds=1.0, best=True
)  # fmt: skip


def sentences(train_loss: float, train_accuracy: float, val_accuracy: float) -> list[str]:
    last = replace(FIRST, epoch=9, train_loss=train_loss, train_accuracy=train_accuracy, val_accuracy=val_accuracy)
    return [str(sentence) for sentence in summarise(Landmarks(2.31, FIRST, last, last), [])]


def test_before_the_first_epoch_it_says_what_to_look_at() -> None:
    assert "loss of one batch" in str(summarise(None, [])[0])


def test_the_loss_is_compared_with_the_first_step_as_on_the_chart() -> None:
    assert "fell from 2.310 in the first step to 0.500 on average in epoch 9" in sentences(0.5, 0.9, 0.9)[0]
    assert "fell" not in sentences(2.31, 0.9, 0.9)[0]


def test_the_accuracy_is_that_of_the_best_epoch_and_a_drop_after_it_is_named() -> None:
    best = replace(FIRST, epoch=4, val_accuracy=0.877)
    later = replace(FIRST, epoch=9, val_accuracy=0.60)
    assert "is 87.7 %, after epoch 4. After epoch 9 it is only 60.0 %." in str(
        summarise(Landmarks(2.3, FIRST, best, later), [])[1]
    )
    assert "only" not in str(summarise(Landmarks(2.3, FIRST, best, best), [])[1])


def test_a_gap_is_named() -> None:
    assert "5.0 percentage points better" in sentences(0.5, 0.95, 0.90)[2]
    assert "about as well on new images" in sentences(0.5, 0.91, 0.90)[2]


def test_validation_above_training_in_the_first_epoch_is_explained() -> None:
    ahead = replace(FIRST, train_accuracy=0.53, val_accuracy=0.82)
    assert "average over the epoch" in str(summarise(Landmarks(2.3, ahead, ahead, ahead), [])[-1])
    assert not any("average over the epoch" in sentence for sentence in sentences(0.5, 0.9, 0.9))
