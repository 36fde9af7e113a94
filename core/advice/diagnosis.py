"""Finds what went wrong in a run. Each finding has its evidence and one change to try.

Each rule looks for a known pattern in the curves, and finds nothing if it isn't sure.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from core.advice import remedies
from core.advice.facts import Facts
from core.advice.thresholds import (
    COLLAPSE,
    FLAT,
    FLAT_EPOCHS,
    FULL_ACCURACY,
    GAPS,
    HARDLY,
    JUMP,
    LOW_ACCURACY,
    PACE,
    REPEATED,
    UNEQUAL,
    UNMOVED,
)
from core.messages import N_, Message, say
from core.runs.state import State

Kind = Literal["divergence", "lr_high", "lr_low", "no_shuffling", "imbalance", "overfitting", "underfitting", "plateau"]


@dataclass(frozen=True)
class Finding:
    """A problem of a run, the evidence, and what to try."""

    kind: Kind
    title: str
    evidence: Message
    advice: Message
    change: dict[str, Any]  # settings by dotted path; empty if no setting helps


def diagnose(facts: Facts) -> list[Finding]:
    """The findings, most urgent first. Empty for a healthy run, or one that is too short to judge."""
    found: list[Finding] = []
    for rule, unless in _RULES:
        if not any(finding.kind in unless for finding in found) and (finding := rule(facts)):
            found.append(finding)
    return found


# --- the learning rate --------------------------------------------------------------------------------------------


def _divergence(facts: Facts) -> Finding | None:
    if facts.state != State.DIVERGED:
        return None
    rate = facts.config.optimizer.lr
    values = {"step": len(facts.losses), "rate": f"{rate:g}"}
    if len(facts.losses):
        evidence = say(
            "The loss started at {first}, rose to {highest} and wasn't a number any more after step {step}. "
            "The learning rate was {rate}.",
            first=_short(facts.losses[0]),
            highest=_short(facts.losses.max()),
            **values,
        )
    else:
        evidence = say("The loss wasn't a number from the first step on. The learning rate was {rate}.", **values)
    return Finding("divergence", N_("Divergence"), evidence, *_other_rate(facts, 0.1))


def _lr_high(facts: Facts) -> Finding | None:
    evidence = _jump(facts) or _collapse(facts)
    if evidence is None:
        return None
    return Finding("lr_high", N_("The learning rate is too high"), evidence, *_other_rate(facts, 0.1))


def _jump(facts: Facts) -> Message | None:
    """A loss in the first epoch that is far above the first loss."""
    if not facts.epochs or len(facts.losses) < 2:
        return None
    early = facts.losses[: max(2, facts.epochs[0].step)]
    step = int(early.argmax())
    if early[step] < JUMP * early[0]:
        return None
    return say(
        "In step {step} the loss jumped to {highest}. That is {times} times the first loss, {first}. The steps are too "
        "large.",
        step=step + 1,
        highest=_short(early[step]),
        times=_short(early[step] / early[0]),
        first=_short(early[0]),
    )


def _collapse(facts: Facts) -> Message | None:
    """A training accuracy that was reached and then lost again."""
    best = None
    for record in facts.epochs:
        if best is not None and record.train_accuracy < best.train_accuracy - COLLAPSE:
            return say(
                "The training accuracy fell from {before} % after epoch {reached} to {after} % after epoch {lost}: "
                "the steps overshoot.",
                before=f"{100 * best.train_accuracy:.1f}",
                reached=best.epoch,
                after=f"{100 * record.train_accuracy:.1f}",
                lost=record.epoch,
            )
        if best is None or record.train_accuracy > best.train_accuracy:
            best = record
    return None


def _lr_low(facts: Facts) -> Finding | None:
    if len(facts.epochs) < 2 or not len(facts.losses):
        return None
    first, last = float(facts.losses[0]), facts.epochs[-1].train_loss
    if last < HARDLY * first:
        return None
    gains = [earlier.train_loss - later.train_loss for earlier, later in pairwise(facts.epochs)]
    steady = min(gains) > 0 and gains[-1] >= PACE * sum(gains) / len(gains)
    if not steady and last < UNMOVED * first:
        return None
    evidence = say(
        "The loss started at {first}. After {epochs} epochs it is still {last}, which is {percent} % of the start, "
        "and it isn't falling faster than at the beginning.",
        epochs=len(facts.epochs),
        last=_short(last),
        first=_short(first),
        percent=f"{100 * last / first:.0f}",
    )
    return Finding("lr_low", N_("The learning rate is too low"), evidence, *_other_rate(facts, 10.0))


def _other_rate(facts: Facts, factor: float) -> tuple[Message, dict[str, Any]]:
    rate = facts.config.optimizer.lr
    wanted = float(f"{min(100.0, rate * factor):.3g}")
    advice = say("Try the learning rate {wanted} instead of {rate}.", wanted=f"{wanted:g}", rate=f"{rate:g}")
    return advice, {"optimizer.lr": wanted}


# --- the data -----------------------------------------------------------------------------------------------------


def _no_shuffling(facts: Facts) -> Finding | None:
    if facts.config.shuffle:
        return None
    repeated = repetition(facts)
    if repeated is not None and repeated >= REPEATED:
        evidence = say(
            "Every epoch has the same batches in the same order. So the losses of the last two epochs go up and down "
            "together (correlation {correlation}).",
            correlation=f"{repeated:.2f}",
        )
    else:
        evidence = say(
            "Every epoch has the same batches in the same order: {number} steps, each with the same {images} images.",
            number=facts.epochs[0].step if facts.epochs else len(facts.losses),
            images=facts.config.batch_size,
        )
    advice = say("Switch shuffling on. Then every epoch has new batches, and the network can't learn a batch by heart.")
    return Finding("no_shuffling", N_("No shuffling"), evidence, advice, {"shuffle": True})


def repetition(facts: Facts) -> float | None:
    """Correlation of the last two epochs' losses: about 0 with shuffling, close to 1 with the same batches."""
    if len(facts.epochs) < 2 or (size := facts.epochs[0].step) < 8:
        return None
    end = facts.epochs[-1].step
    before, last = facts.losses[end - 2 * size : end - size], facts.losses[end - size : end]
    if len(before) != size or len(last) != size or before.std() == 0 or last.std() == 0:
        return None
    return float(np.corrcoef(before, last)[0, 1])


def _imbalance(facts: Facts) -> Finding | None:
    there = {name: count for name, count in facts.class_counts.items() if count}
    if len(there) < 2:
        return None
    most, fewest = max(there, key=lambda name: there[name]), min(there, key=lambda name: there[name])
    times = there[most] / there[fewest]
    if times < UNEQUAL:
        return None
    evidence = say(
        "There are {many} images of {most} and {few} of {fewest}, so {times} times as many. A network that always "
        "predicts {most} is right for {percent} % of the images.",
        many=there[most],
        most=most,
        few=there[fewest],
        fewest=fewest,
        times=f"{times:.1f}",
        percent=f"{100 * there[most] / sum(there.values()):.0f}",
    )
    advice = say("Add images of {fewest}, or leave out some of {most}.", fewest=fewest, most=most)
    return Finding("imbalance", N_("Imbalance"), evidence, advice, {})


# --- the network --------------------------------------------------------------------------------------------------


def _overfitting(facts: Facts) -> Finding | None:
    if len(facts.epochs) < 3:
        return None
    last = facts.epochs[-1]
    lowest = min(facts.epochs, key=lambda record: record.val_loss)
    gap = last.train_accuracy - last.val_accuracy
    rise = last.val_loss / lowest.val_loss - 1 if lowest.val_loss > 0 else 0.0
    if not any(gap >= least and rise >= with_rise for least, with_rise in GAPS):
        return None
    evidence = say(
        "The network is right for {train} % of the training images, but only for {validation} % of the validation "
        "images. The validation loss was lowest after epoch {epoch} ({lowest}) and is {last} now.",
        train=f"{100 * last.train_accuracy:.1f}",
        validation=f"{100 * last.val_accuracy:.1f}",
        epoch=lowest.epoch,
        lowest=_short(lowest.val_loss),
        last=_short(last.val_loss),
    )
    change = remedies.with_dropout(facts.config)
    if change:
        advice = say("Add dropout before the last layer. Then no unit can rely on a single other unit.")
    else:
        decay = facts.config.optimizer.weight_decay
        wanted = min(10.0, 10 * decay) if decay else 0.001
        change = {"optimizer.weight_decay": wanted}
        advice = say("Set weight decay to {wanted}. It keeps the weights small.", wanted=f"{wanted:g}")
    return Finding("overfitting", N_("Overfitting"), evidence, advice, change)


def _underfitting(facts: Facts) -> Finding | None:
    if not _is_flat(facts) or facts.epochs[-1].train_accuracy >= LOW_ACCURACY:
        return None
    last = facts.epochs[-1]
    evidence = say(
        "Even for the training images, only {train} % are right (validation {validation} %), and the last {epochs} "
        "epochs changed the loss by only {percent} %. The network can't learn more.",
        train=f"{100 * last.train_accuracy:.1f}",
        validation=f"{100 * last.val_accuracy:.1f}",
        **_flatness(facts),
    )
    change = remedies.wider(facts.config)
    if change:
        advice = say("Use a larger network: four times as many units in every hidden layer, or a first hidden layer.")
    else:
        change = {"epochs": min(10_000, 2 * facts.config.epochs)}
        advice = say("Train for twice as many epochs.")
    return Finding("underfitting", N_("Underfitting"), evidence, advice, change)


def _plateau(facts: Facts) -> Finding | None:
    if not _is_flat(facts) or not LOW_ACCURACY <= facts.epochs[-1].train_accuracy < FULL_ACCURACY:
        return None
    evidence = say(
        "The last {epochs} epochs changed the training loss by only {percent} %. It stays close to {last}, although "
        "{wrong} % of the training images are still wrong.",
        last=_short(facts.epochs[-1].train_loss),
        wrong=f"{100 * (1 - facts.epochs[-1].train_accuracy):.1f}",
        **_flatness(facts),
    )
    if facts.config.scheduler.name == "constant":
        change: dict[str, Any] = {"scheduler.name": "plateau"}
        advice = say(
            "Lower the learning rate automatically when the loss is stuck. Smaller steps can settle in a minimum."
        )
        return Finding("plateau", N_("Plateau"), evidence, advice, change)
    return Finding("plateau", N_("Plateau"), evidence, *_other_rate(facts, 0.1))


def _last_part(facts: Facts) -> int:
    """The number of epochs in the last third."""
    return max(2, len(facts.epochs) // 3)


def _change_at_the_end(facts: Facts) -> float:
    """The share by which the training loss fell in the last third of the epochs."""
    before, last = facts.epochs[-1 - _last_part(facts)].train_loss, facts.epochs[-1].train_loss
    return (before - last) / before if before > 0 else 0.0


def _is_flat(facts: Facts) -> bool:
    return len(facts.epochs) >= FLAT_EPOCHS and abs(_change_at_the_end(facts)) < FLAT


def _flatness(facts: Facts) -> dict[str, object]:
    return {"epochs": _last_part(facts), "percent": f"{100 * abs(_change_at_the_end(facts)):.1f}"}


def _short(number: float) -> str:
    return f"{number:.3g}"


_LEARNING_RATE: tuple[Kind, ...] = ("divergence", "lr_high", "lr_low")
# Rules in order. Each is skipped if a finding of these kinds already explains it.
_RULES: tuple[tuple[Callable[[Facts], Finding | None], tuple[Kind, ...]], ...] = (
    (_divergence, ()),
    (_lr_high, _LEARNING_RATE),
    (_lr_low, _LEARNING_RATE),
    (_no_shuffling, ()),
    (_imbalance, ()),
    (_overfitting, _LEARNING_RATE),
    (_underfitting, (*_LEARNING_RATE, "overfitting")),
    (_plateau, (*_LEARNING_RATE, "overfitting")),
)
