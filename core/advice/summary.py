"""Summarises a run in a few sentences for beginners.

The sentences agree with the findings of the diagnosis and with the numbers on the charts.
"""

from collections.abc import Sequence

from core.advice.diagnosis import Finding
from core.advice.thresholds import AHEAD, ALIKE, DROP, UNMOVED
from core.messages import Message, say
from core.training.records import EpochRecord, Landmarks


def summarise(landmarks: Landmarks | None, findings: Sequence[Finding]) -> list[Message]:
    """Sentences about loss, accuracy and the main problem. Before the first epoch ends, what to look at."""
    if landmarks is None:
        return [_problem(findings[0])] if findings else _what_to_look_at()
    sentences = [_loss(landmarks, findings), _accuracy(landmarks)]
    if findings:
        return [*sentences, _problem(findings[0])]
    sentences.append(_gap(landmarks.last))
    if landmarks.first.val_accuracy - landmarks.first.train_accuracy >= AHEAD:
        sentences.append(_ahead())
    return sentences


def _what_to_look_at() -> list[Message]:
    return [
        say("Each point is the loss of one batch: how wrong the network is. It should fall."),
        say("An epoch ends when the network has seen every training image once. Then its accuracy is measured."),
    ]


def _loss(landmarks: Landmarks, findings: Sequence[Finding]) -> Message:
    start, last = landmarks.loss_at_start, landmarks.last
    values = {"start": f"{start:.3f}", "last": f"{last.train_loss:.3f}", "epoch": last.epoch}
    if last.train_loss >= UNMOVED * start:
        return say(
            "The training loss was {start} in the first step and is {last} on average in epoch {epoch}.", **values
        )
    if findings:
        return say(
            "The training loss changed from {start} in the first step to {last} on average in epoch {epoch}.", **values
        )
    return say(
        "The training loss fell from {start} in the first step to {last} on average in epoch {epoch}. So the network "
        "makes smaller and smaller errors.",
        **values,
    )


def _accuracy(landmarks: Landmarks) -> Message:
    best, last = landmarks.best, landmarks.last
    values = {"best": f"{100 * best.val_accuracy:.1f}", "epoch": best.epoch}
    if last.val_accuracy < best.val_accuracy - DROP:
        return say(
            "The best validation accuracy is {best} %, after epoch {epoch}. After epoch {now} it is only {last} %.",
            **values,
            now=last.epoch,
            last=f"{100 * last.val_accuracy:.1f}",
        )
    return say(
        "The best validation accuracy is {best} %, after epoch {epoch}. The network never learned from these images.",
        **values,
    )


def _problem(finding: Finding) -> Message:
    return say("{title}. {advice}", title=Message(finding.title), advice=finding.advice)


def _gap(last: EpochRecord) -> Message:
    gap = last.train_accuracy - last.val_accuracy
    if gap <= ALIKE:
        return say("The network does about as well on new images as on the training images.")
    return say(
        "The network does {points} percentage points better on the training images. A small gap is normal. If the gap "
        "grows while the validation loss rises, the network starts to overfit.",
        points=f"{100 * gap:.1f}",
    )


def _ahead() -> Message:
    return say(
        "In the first epoch, validation accuracy is above training accuracy. That is normal: training accuracy is the "
        "average over the epoch, but validation accuracy is measured at its end."
    )
