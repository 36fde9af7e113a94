"""What the inside of a network says, in words: vanishing gradients, dead units, saturation."""

from collections.abc import Sequence

from core.advice.thresholds import FEW_DEAD, GROWN, SATURATED, SHRUNK, VANISHED
from core.messages import Message, say
from core.training.records import ActivationProbe, ProbeRecord

# Functions that are zero on one side, where a unit can get stuck. Of the others none is ever zero for all images.
_CAN_DIE = ("relu", "relu6", "hardswish", "hardsigmoid")


def share_that_arrives(record: ProbeRecord) -> float | None:
    """The first layer's gradient norm divided by the last one's; None where there is nothing to divide."""
    norms = [layer.gradient for layer in record.weights]
    if len(norms) < 2 or norms[0] is None or not norms[-1]:
        return None
    return norms[0] / norms[-1]


def findings(name: str, record: ProbeRecord) -> list[Message]:
    """What is to be said about a variant that readers know as `name`, in one to three sentences."""
    if any(layer.gradient is None for layer in record.weights):
        return [say("{name}: its gradients aren't numbers any more. The steps were too large.", name=name)]
    return [*_gradient(name, record), *_dead(record), *_flat(record.activations)]


def _gradient(name: str, record: ProbeRecord) -> list[Message]:
    share = share_that_arrives(record)
    if share is None:
        return []
    if share == 0:
        return [say("{name}: no gradient at all reaches the first layer. It can't learn.", name=name)]
    if share < VANISHED:
        return [
            say(
                "{name}: the gradient vanishes. In the first layer it is under a thousandth of that in the last one, "
                "{factor} times smaller: the first layers hardly learn.",
                name=name,
                factor=_large(1 / share),
            )
        ]
    if share < SHRUNK:
        return [
            say(
                "{name}: the gradient shrinks on its way. In the first layer it is {factor} times smaller than in the "
                "last one.",
                name=name,
                factor=_large(1 / share),
            )
        ]
    if share > GROWN:
        return [
            say(
                "{name}: the gradient grows on its way. In the first layer it is {factor} times larger than in the "
                "last one.",
                name=name,
                factor=_large(share),
            )
        ]
    return [
        say(
            "{name}: the gradient arrives. In the first layer it is {share} times that in the last one.",
            name=name,
            share=f"{share:.2g}",
        )
    ]


def _dead(record: ProbeRecord) -> list[Message]:
    """The layer with most dead units."""
    layers = [(probe.dead, number) for number, probe in enumerate(record.activations, 1) if probe.kind in _CAN_DIE]
    if not layers:
        return []
    dead, number = max(layers, key=lambda layer: layer[0])
    if dead < FEW_DEAD:
        return [say("Hardly any unit is dead.")]
    return [
        say(
            "In activation layer {layer}, {percent} % of the units are dead: zero for each of the {images} images. "
            "No gradient passes through them, so their own weights stay as they are.",
            layer=number,
            percent=f"{100 * dead:.0f}",
            images=record.images,
        )
    ]


def _flat(activations: Sequence[ActivationProbe]) -> list[Message]:
    """The most saturated layer, of functions that are flat at their ends."""
    layers = [(probe.flat, number) for number, probe in enumerate(activations, 1) if probe.kind not in _CAN_DIE]
    if not layers:
        return []
    flat, number = max(layers, key=lambda layer: layer[0])
    if flat < SATURATED:
        return []
    return [
        say(
            "Activation layer {layer} is saturated: {percent} % of its values lie where the function is flat and less "
            "than a hundredth of the gradient passes.",
            layer=number,
            percent=f"{100 * flat:.0f}",
        )
    ]


def _large(number: float) -> str:
    """Two significant digits, thousands apart: 340,000,000."""
    return f"{float(f'{number:.2g}'):,.0f}" if number >= 10 else f"{number:.2g}"
