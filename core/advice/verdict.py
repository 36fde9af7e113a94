"""The result of a comparison of activation functions, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.advice.thresholds import CHANCE, GOAL
from core.messages import Message, say


@dataclass(frozen=True)
class Outcome:
    """The result of a variant so far."""

    name: str  # on the page
    accuracy: float  # best validation accuracy, 0..1
    epochs_to_goal: int | None  # epochs until it reached `GOAL`


def verdict(outcomes: Sequence[Outcome], epochs: int) -> list[Message]:
    """One to three sentences about a finished comparison."""
    if len(outcomes) < 2:
        return []
    first, second = sorted(outcomes, key=lambda outcome: -outcome.accuracy)[:2]
    names = {"best": first.name, "second": second.name}
    values = names | {"percent": f"{100 * first.accuracy:.1f}", "other": f"{100 * second.accuracy:.1f}"}
    if first.accuracy - second.accuracy >= CHANCE:
        said = [
            say("{best} has the best validation accuracy, {percent} %. {second} comes second with {other} %.", **values)
        ]
    else:
        said = [
            say(
                "{best} ({percent} %) and {second} ({other} %) are so close that another seed may change their order.",
                **values,
            )
        ]
    return said + _on_the_way(outcomes, epochs)


def _on_the_way(outcomes: Sequence[Outcome], epochs: int) -> list[Message]:
    """Which variants reached the goal first, and which never did."""
    goal = f"{100 * GOAL:.0f}"
    arrived = {outcome.name: outcome.epochs_to_goal for outcome in outcomes if outcome.epochs_to_goal is not None}
    missing = [outcome.name for outcome in outcomes if outcome.name not in arrived]
    said = []
    if arrived:
        earliest = min(arrived.values())
        names = ", ".join(name for name, epoch in arrived.items() if epoch == earliest)
        said.append(say("{names} reached {goal} % first, after epoch {epoch}.", goal=goal, names=names, epoch=earliest))
    if missing:
        names = ", ".join(missing)
        said.append(
            say("Didn't reach {goal} % within {epochs} epochs: {names}.", goal=goal, names=names, epochs=epochs)
        )
    return said
