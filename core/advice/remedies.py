"""Changes to a network that the diagnosis proposes, as settings by dotted path."""

from typing import Any

from core.config import LayerStack, RunConfig

Layers = list[dict[str, Any]]

DROPPED = 0.5  # share of the units
TIMES = 4  # as many units in each hidden layer
MOST = {"linear": ("out_features", 4_096), "conv2d": ("out_channels", 512)}
FIRST_HIDDEN: Layers = [{"kind": "linear", "out_features": 128}, {"kind": "relu"}]


def with_dropout(config: RunConfig) -> dict[str, Any]:
    """Dropout before the last layer. Empty if there is dropout already, or if the network isn't a list of layers."""
    layers = _layers(config)
    if not layers or any(layer["kind"] == "dropout" for layer in layers):
        return {}
    place = _last_linear(layers)
    return {"model.layers": [*layers[:place], {"kind": "dropout", "p": DROPPED}, *layers[place:]]}


def wider(config: RunConfig) -> dict[str, Any]:
    """Four times the units in every hidden layer, or a first hidden layer. Empty for torchvision's networks."""
    layers = _layers(config)
    if not layers:
        return {}
    last = _last_linear(layers)
    changed = [dict(layer) for layer in layers]
    for place, layer in enumerate(changed):
        if place != last and layer["kind"] in MOST:
            name, most = MOST[layer["kind"]]
            layer[name] = max(layer[name], min(most, TIMES * layer[name]))
    if changed == layers:
        changed[last:last] = FIRST_HIDDEN
    return {"model.layers": changed}


def _layers(config: RunConfig) -> Layers:
    """The layers as plain settings. Empty for torchvision's networks."""
    if not isinstance(config.model, LayerStack):
        return []
    return [layer.model_dump(mode="json", exclude_none=True) for layer in config.model.layers]


def _last_linear(layers: Layers) -> int:
    return max((place for place, layer in enumerate(layers) if layer["kind"] == "linear"), default=len(layers))
