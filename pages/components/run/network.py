"""Shows a configuration: layers with shapes and parameters, and settings."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
import streamlit as st
from pydantic import BaseModel

from core.config import (
    Activation,
    AvgPool2d,
    Conv2d,
    DataConfig,
    Dropout,
    Layer,
    LayerStack,
    Linear,
    MaxPool2d,
    RunConfig,
    Transfer,
)
from core.data.catalog import has_points, info, input_shape
from core.models import network
from core.models.layers import LayerInfo, summarise
from pages.components.run.parts import parts_view
from pages.components.shell import labels
from pages.components.shell.formats import count, shape
from pages.components.shell.i18n import _, plural


def network_table(config: RunConfig) -> None:
    """One row for each layer, with its output shape and number of weights."""
    if not isinstance(config.model, LayerStack):
        parts_view(config, network.summarise(config, len(info(config.data.dataset).classes)))
        return
    rows, _problem = summarise(config.model, input_shape(config.data))
    table = pd.DataFrame(
        {
            _("Layer"): [layer_text(spec) for spec in config.layers],
            _("Output"): [shape(row.output_shape) for row in rows],
            _("Parameters"): [count(row.parameters) if row.parameters else "" for row in rows],
        },
        index=pd.RangeIndex(1, len(rows) + 1),
    )
    st.table(table)
    st.caption(parameters_text(rows))


def parameters_text(rows: list[LayerInfo]) -> str:
    """The number of weights in words."""
    total = sum(row.parameters for row in rows)
    return plural("One weight to learn.", "{number} weights to learn.", total).replace(str(total), count(total))


def layer_text(spec: Layer) -> str:
    """A layer as short text, such as `Conv2d 32, 3×3`."""
    name = labels.LAYERS[spec.kind]
    match spec:
        case Linear():
            return f"{name} {spec.out_features}"
        case Conv2d():
            return f"{name} {spec.out_channels}, {spec.kernel_size}×{spec.kernel_size}"
        case MaxPool2d() | AvgPool2d():
            return f"{name} {spec.kernel_size}×{spec.kernel_size}"
        case Dropout():
            return f"{name} {spec.p:g}"
        case Activation():
            return " ".join([labels.activation_name(spec), *(f"{value:g}" for value in spec.given.values())])
    return name


def settings_table(config: RunConfig) -> None:
    """All settings except the layers, with the labels of the form."""
    st.table(pd.DataFrame(list(_settings(config)), columns=[_("Setting"), _("Value")]).set_index(_("Setting")))


def _settings(settings: BaseModel) -> Iterator[tuple[str, str]]:
    """Titles and values of all settings and groups."""
    for name, described in type(settings).model_fields.items():
        value = getattr(settings, name)
        if name == "model" or value == Transfer() or (isinstance(settings, DataConfig) and _unused(settings, name)):
            continue
        if isinstance(value, BaseModel):
            if kind := getattr(value, "name", None):
                title = _("Optimizer") if name == "optimizer" else _("Schedule")
                yield title, _((labels.OPTIMIZERS | labels.SCHEDULERS)[kind])
            yield from _settings(value)
        elif described.title:
            yield _(described.title), _shown(value)


def _unused(data: DataConfig, name: str) -> bool:
    """Whether this data set has no such setting: points have no pixels, and images aren't drawn from settings."""
    return name in ({"image_size", "center_crop", "augmentation"} if has_points(data) else {"points"})


def _shown(value: Any) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return _("yes") if value else _("no")
        case tuple():
            return ", ".join(f"{number:g}" for number in value)
        case str():
            return _((labels.LOSSES | labels.DEVICES).get(value, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
