"""A controlled experiment: the same network with another activation function, and nothing else changed.

Same seed, so the same first weights; same order of images, so the same batches. Activation functions draw no random
numbers, so whatever differs afterwards is theirs.
"""

from collections.abc import Iterable, Sequence

from core.config import ACTIVATIONS, Activation, Backbone, Flatten, Layer, LayerStack, Linear, RunConfig

OWN = "own"  # the variant with the activations that the network came with
VARIANTS_AT_ONCE = 8  # more lines than that nobody tells apart
DEEPEST = 12
WIDTH = 64  # units in each layer of a network of another depth

# What a comparison begins with. mnist-mixed-activations has its own mixture to defend.
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
    """Three runs for transfer learning: training only the head, chosen parts as well, or everything.

    Seed, images and their order are the same.
    """
    ways = {"head": "head", "parts": parts, "all": "all"}
    return {
        name: config.model_copy(update={"transfer": config.transfer.model_copy(update={"trains": trains})})
        for name, trains in ways.items()
    }


def comparable(config: RunConfig) -> bool:
    """Whether there is an activation to replace."""
    return bool(activations_of(config.model))
