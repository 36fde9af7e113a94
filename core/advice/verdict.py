"""What a comparison of activation functions shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.advice.thresholds import CHANCE, GOAL
from core.messages import Message, say


@dataclass(frozen=True)
class Outcome:
    """How one variant did so far."""

    name: str  # as a reader knows it
    accuracy: float  # its best on validation images, 0..1
    epochs_to_goal: int | None  # after which it first had `GOAL`


def verdict(outcomes: Sequence[Outcome], epochs: int) -> list[Message]:
    """What the finished comparison says, in one to three sentences."""
    if len(outcomes) < 2:
        return []
    first, second = sorted(outcomes, key=lambda outcome: -outcome.accuracy)[:2]
    names = {"best": first.name, "second": second.name}
    values = names | {"percent": f"{100 * first.accuracy:.1f}", "other": f"{100 * second.accuracy:.1f}"}
    if first.accuracy - second.accuracy >= CHANCE:
        said = [say("{best} names most images right: {percent} %, {second} {other} %.", **values)]
    else:
        said = [
            say(
                "{best} ({percent} %) and {second} ({other} %) are so close that another seed may swap them.",
                **values,
            )
        ]
    return said + _on_the_way(outcomes, epochs)


def _on_the_way(outcomes: Sequence[Outcome], epochs: int) -> list[Message]:
    """Who came to the goal first, and who never did."""
    goal = f"{100 * GOAL:.0f}"
    arrived = {outcome.name: outcome.epochs_to_goal for outcome in outcomes if outcome.epochs_to_goal is not None}
    missing = [outcome.name for outcome in outcomes if outcome.name not in arrived]
    said = []
    if arrived:
        earliest = min(arrived.values())
        names = ", ".join(name for name, epoch in arrived.items() if epoch == earliest)
        said.append(say("First at {goal} %: {names}, after epoch {epoch}.", goal=goal, names=names, epoch=earliest))
    if missing:
        names = ", ".join(missing)
        said.append(say("Not at {goal} % within {epochs} epochs: {names}.", goal=goal, names=names, epochs=epochs))
    return said
