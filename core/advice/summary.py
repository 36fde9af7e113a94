"""What just happened, in three sentences a beginner understands."""

from core.messages import Message, say
from core.training.records import EpochRecord, Landmarks

# Accuracy on training images this much above validation is more than chance (share of 1).
GAP = 0.03
# A loss below this share of the first epoch's has fallen.
LESS = 0.95


def story(landmarks: Landmarks | None) -> list[Message]:
    """Loss, accuracy, and what their gap means; before the first epoch ends, what to look at."""
    if landmarks is None:
        return [
            say("Each point is the loss of one batch: how wrong the network was. It should fall."),
            say("When the network has seen every image once, an epoch is over and its accuracy is checked."),
        ]
    told = [_loss(landmarks), _accuracy(landmarks.best)]
    # Of a network that hasn't learned anything, what it learned can't be judged.
    return [*told, _gap(landmarks.last)] if _learned(landmarks) else told


def _learned(landmarks: Landmarks) -> bool:
    return landmarks.last.epoch == 1 or landmarks.last.train_loss < LESS * landmarks.first.train_loss


def _loss(landmarks: Landmarks) -> Message:
    first, last = landmarks.first.train_loss, landmarks.last.train_loss
    values = {"first": f"{first:.3f}", "last": f"{last:.3f}"}
    if landmarks.last.epoch == 1:
        return say("Over the first epoch the loss was {last} on average.", **values)
    if _learned(landmarks):
        return say("The loss fell from {first} to {last}: the network is wrong by less and less.", **values)
    if last > first / LESS:
        return say("The loss rose from {first} to {last}: the steps are too large. Lower the learning rate.", **values)
    return say("The loss stays near {last}: try another learning rate, or a larger network.", **values)


def _accuracy(best: EpochRecord) -> Message:
    values = {"percent": f"{100 * best.val_accuracy:.1f}", "epoch": best.epoch}
    return say(
        "At its best, after epoch {epoch}, it named {percent} % of the validation images right, "
        "which it never learned from.",
        **values,
    )


def _gap(last: EpochRecord) -> Message:
    gap = last.train_accuracy - last.val_accuracy
    values = {"points": f"{100 * gap:.1f}"}
    if gap > GAP:
        return say(
            "It does {points} points better on images it has learned from: it begins to know them by heart, "
            "which is called overfitting.",
            **values,
        )
    return say("It does about as well on new images as on those it learned from: what it learned is general.")
