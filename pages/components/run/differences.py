"""In which settings runs differ, in words: for legends, names and the line that says what was changed."""

from collections.abc import Sequence
from typing import Any

from core.config import RunConfig, title_of
from core.messages import N_
from core.runs.comparison import different_settings
from pages.components.shell import labels
from pages.components.shell.i18n import _

# Settings whose title doesn't say enough by itself, or that have none.
_TITLES = {
    "model.layers": N_("Layers"),
    "model.name": N_("Network"),
    "optimizer.name": N_("Optimizer"),
    "scheduler.name": N_("Schedule"),
    "transfer.trains": N_("What trains"),
    "transfer.weights": N_("Starting weights"),
}
_TOLD = 2  # differences in a name; more would be a paragraph


def setting_title(path: str) -> str:
    """What a setting is called."""
    title = _TITLES.get(path) or title_of(path)
    return _(title) if title else path


def setting_value(path: str, value: object) -> str:
    """A value as a reader knows it."""
    match value:
        case None:
            return "–"
        case bool():
            return _("yes") if value else _("no")
        case float():
            return f"{value:g}"
        case list() if path == "model.layers":
            return " → ".join(_layer(layer) for layer in value)
        case list():
            return ", ".join(f"{part:g}" if isinstance(part, float) else str(part) for part in value)
    known = labels.OPTIMIZERS | labels.SCHEDULERS | labels.LOSSES
    return _(known[value]) if value in known else str(value)


def what_differs(configs: Sequence[RunConfig]) -> list[str]:
    """For each of these configurations what tells it from the others, such as "Learning rate 0.1"; "" for none."""
    found = told(different_settings(configs))
    return [
        ", ".join(f"{setting_title(path)} {setting_value(path, values[place])}" for path, values in found.items())
        for place in range(len(configs))
    ]


def changes(before: RunConfig, after: RunConfig) -> str:
    """What was changed, such as "Learning rate 0.001 → 0.1"; "" for nothing."""
    found = different_settings([before, after])
    lines = [
        f"{setting_title(path)} {setting_value(path, old)} → {setting_value(path, new)}"
        for path, (old, new) in told(found, 4).items()
    ]
    return " · ".join(lines)


def told(found: dict[str, list[Any]], most: int = _TOLD) -> dict[str, list[Any]]:
    """The differences that a name has room for. Another optimizer brings settings of its own, which follow from it."""
    brought = {path.rpartition(".")[0] for path in found if path.endswith(".name")}
    plain = {
        path: values
        for path, values in found.items()
        if path.endswith(".name") or path == "model.layers" or path.rpartition(".")[0] not in brought
    }
    short = {path: values for path, values in plain.items() if path != "model.layers"} or plain
    return dict(list(short.items())[:most])


def _layer(layer: dict[str, object]) -> str:
    if layer.get("formula"):
        return str(layer["formula"])
    size = next((str(layer[name]) for name in ("out_features", "out_channels", "p") if name in layer), "")
    return f"{labels.LAYERS.get(str(layer['kind']), str(layer['kind']))} {size}".strip()
