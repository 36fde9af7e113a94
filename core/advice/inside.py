"""Describes measurements inside a network in words: vanishing gradients, dead units, saturation."""

from collections.abc import Sequence

from core.advice.thresholds import FEW_DEAD, GROWN, SATURATED, SHRUNK, VANISHED
from core.messages import Message, say
from core.training.records import ActivationProbe, ProbeRecord

# Functions that are zero on one side, so units can die. Other functions are never zero for all images.
_CAN_DIE = ("relu", "relu6", "hardswish", "hardsigmoid")


def share_that_arrives(record: ProbeRecord) -> float | None:
    """The first layer's gradient norm divided by the last one's. None if it can't be computed."""
    norms = [layer.gradient for layer in record.weights]
    if len(norms) < 2 or norms[0] is None or not norms[-1]:
        return None
    return norms[0] / norms[-1]


def findings(name: str, record: ProbeRecord) -> list[Message]:
    """One to three sentences about a variant. `name` is its name on the page."""
    if any(layer.gradient is None for layer in record.weights):
        return [say("{name}: the gradients aren't numbers any more, because the steps were too large.", name=name)]
    return [*_gradient(name, record), *_dead(record), *_flat(record.activations)]


def _gradient(name: str, record: ProbeRecord) -> list[Message]:
    share = share_that_arrives(record)
    if share is None:
        return []
    if share == 0:
        return [say("{name}: no gradient reaches the first layer, so it can't learn.", name=name)]
    if share < VANISHED:
        return [
            say(
                "{name}: the gradient vanishes. It is {factor} times smaller in the first layer than in the last one, "
                "so the first layers hardly learn.",
                name=name,
                factor=_large(1 / share),
            )
        ]
    if share < SHRUNK:
        return [
            say(
                "{name}: the gradient shrinks. It is {factor} times smaller in the first layer than in the last one.",
                name=name,
                factor=_large(1 / share),
            )
        ]
    if share > GROWN:
        return [
            say(
                "{name}: the gradient grows. It is {factor} times larger in the first layer than in the last one.",
                name=name,
                factor=_large(share),
            )
        ]
    return [
        say(
            "{name}: the gradient arrives. In the first layer it is {share} times as large as in the last one.",
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
            "In activation layer {layer}, {percent} % of the units are dead: they are zero for all {images} images. "
            "No gradient passes through them, so their weights don't change.",
            layer=number,
            percent=f"{100 * dead:.0f}",
            images=record.images,
        )
    ]


def _flat(activations: Sequence[ActivationProbe]) -> list[Message]:
    """The most saturated layer, for functions that are flat at their ends."""
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
