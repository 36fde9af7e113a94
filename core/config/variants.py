"""Variants of a configuration with other activation functions, depths, frozen parts or fewer images.

Variants have the same seed, so the same initial weights and batches. Activation functions draw no random numbers, so
all differences are their effect.
"""

from collections.abc import Iterable, Sequence

from core.config import ACTIVATIONS, Activation, Backbone, Flatten, Layer, LayerStack, Linear, RunConfig, parse_layers

OWN = "own"  # the variant with the recipe's own activations
VARIANTS_AT_ONCE = 8  # nobody can distinguish more lines
DEEPEST = 12
WIDTH = 64  # units in each layer of a network of another depth

# The functions that are selected at first.
FIRST_KINDS = ("relu", "tanh", "sigmoid")


def activations_of(model: LayerStack | Backbone) -> tuple[Activation, ...]:
    """The activation layers, from input to output. Empty for torchvision's networks."""
    layers = model.layers if isinstance(model, LayerStack) else ()
    return tuple(layer for layer in layers if isinstance(layer, Activation))


def variant_of(model: LayerStack | Backbone) -> str:
    """The activation function, if all layers have the same one with default parameters. Otherwise `OWN`."""
    used = {(layer.kind, tuple(layer.parameters.items())) for layer in activations_of(model)}
    if len(used) != 1:
        return OWN
    kind, parameters = used.pop()
    return str(kind) if dict(parameters) == ACTIVATIONS.get(kind) else OWN


def variants(config: RunConfig, names: Iterable[str]) -> dict[str, RunConfig]:
    """A configuration for each name: a kind of activation for all layers, or `OWN` for the recipe's own.

    Two names for the same network give one variant. If the network already has only ReLU, `OWN` gives "relu".
    """
    found = {}
    for name in sorted(names, key=place):
        variant = config if name == OWN else with_activation(config, name)
        found[variant_of(variant.model)] = variant
    return {name: found[name] for name in sorted(found, key=place)}


def place(name: str) -> int:
    """The position of a variant: first `OWN`, then as in `ACTIVATIONS`."""
    return [OWN, *ACTIVATIONS].index(name)


def with_activation(config: RunConfig, kind: str, formula: str | None = None) -> RunConfig:
    """The run with this function in all activation layers, with default parameters. Raises ConfigError."""
    chosen = parse_layers([{"kind": kind, "formula": formula}])[0]
    layers = tuple(chosen if isinstance(layer, Activation) else layer for layer in config.layers)
    return config.model_copy(update={"model": LayerStack(layers=layers)})


def of_depth(config: RunConfig, depth: int) -> RunConfig:
    """The run with a perceptron of `depth` hidden layers, 1 to 12, instead of its network. The outputs are the same.

    Its hidden layers use the network's activations in turn.
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


def of_few_images(config: RunConfig, numbers: Iterable[int]) -> dict[int, RunConfig]:
    """A run for each of these numbers of training images per class. Smaller ones are parts of the larger ones."""
    return {
        number: config.model_copy(update={"data": config.data.model_copy(update={"per_class": number})})
        for number in numbers
    }


def comparable(config: RunConfig) -> bool:
    """Whether the network has an activation layer that can be replaced."""
    return bool(activations_of(config.model))
