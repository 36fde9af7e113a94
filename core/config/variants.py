"""A controlled experiment: the same network with another activation function, and nothing else changed.

Same seed, so the same first weights; same order of images, so the same batches. Activation functions draw no random
numbers, so whatever differs afterwards is theirs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.config import ACTIVATIONS, Activation, Backbone, Flatten, Layer, LayerStack, Linear, RunConfig
from core.messages import Message, say

OWN = "own"  # the variant with the activations that the network came with
VARIANTS_AT_ONCE = 8  # more lines than that nobody tells apart
DEEPEST = 12
WIDTH = 64  # units in each layer of a network of another depth
GOAL = 0.9  # the validation accuracy (0..1) to be reached soon
CHANCE = 0.01  # a difference in accuracy (0..1) that another seed may well turn round

# What a comparison begins with. Lesson 3's network has its own mixture to defend.
FIRST_KINDS = ("relu", "tanh", "sigmoid")


def activations_of(model: LayerStack | Backbone) -> tuple[Activation, ...]:
    """The activation layers, from input to output. Those of torchvision's networks are their own affair."""
    layers = model.layers if isinstance(model, LayerStack) else ()
    return tuple(layer for layer in layers if isinstance(layer, Activation))


def variant_of(model: LayerStack | Backbone) -> str:
    """The activation that all layers share with PyTorch's parameters, or `OWN`."""
    used = {(layer.kind, tuple(layer.parameters.items())) for layer in activations_of(model)}
    if len(used) != 1:
        return OWN
    kind, parameters = used.pop()
    return str(kind) if dict(parameters) == ACTIVATIONS[kind] else OWN


def variants(config: RunConfig, names: Iterable[str]) -> dict[str, RunConfig]:
    """The configuration once for each name: a kind of activation for all layers, or `OWN` for those it has.

    Two names for one network give one variant: that of a perceptron with ReLU is "relu", also where `OWN` is asked for.
    """
    found = {}
    for name in sorted(names, key=place):
        variant = config if name == OWN else with_activation(config, name)
        found[variant_of(variant.model)] = variant
    return {name: found[name] for name in sorted(found, key=place)}


def place(name: str) -> int:
    """Where a variant stands among others: first the network as it came, then as in `ACTIVATIONS`."""
    return [OWN, *ACTIVATIONS].index(name)


def with_activation(config: RunConfig, kind: str) -> RunConfig:
    """The same run with this function for every activation of its layers, with PyTorch's parameters."""
    layers = tuple(Activation(kind=kind) if isinstance(layer, Activation) else layer for layer in config.layers)
    return config.model_copy(update={"model": LayerStack(layers=layers)})


def of_depth(config: RunConfig, depth: int) -> RunConfig:
    """The run with a perceptron of `depth` hidden layers, 1 to 12, in place of its network; the outputs stay.

    Its own activations are taken in turn, from the first on.
    """
    own: Sequence[Activation] = activations_of(config.model) or (Activation(kind="relu"),)
    layers = config.layers
    last = max(index for index, layer in enumerate(layers) if isinstance(layer, Linear))
    hidden: list[Layer] = [Flatten()]
    for number in range(depth):
        hidden += [Linear(out_features=WIDTH), own[number % len(own)]]
    return config.model_copy(update={"model": LayerStack(layers=(*hidden, *layers[last:]))})


def three_ways(config: RunConfig, parts: str) -> dict[str, RunConfig]:
    """Transfer learning as lesson 4 compares it, by what trains: only the head, chosen parts as well, everything.

    Seed, data and their order are the same.
    """
    ways = {"head": "head", "parts": parts, "all": "all"}
    return {
        name: config.model_copy(update={"transfer": config.transfer.model_copy(update={"trains": trains})})
        for name, trains in ways.items()
    }


def comparable(config: RunConfig) -> bool:
    """Whether there is an activation to replace."""
    return bool(activations_of(config.model))


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
