"""The editable table of layers, with their output shapes."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from core.config import (
    ACTIVATION_KINDS,
    FIRST_FORMULA,
    FORMULA,
    LAYERS,
    Layer,
    LayerStack,
    RunConfig,
    parameters_of,
    parse_layers,
)
from core.data.catalog import input_shape
from core.errors import ConfigError
from core.models.layers import summarise
from pages.components.run.network import parameters_text
from pages.components.shell import labels
from pages.components.shell.formats import count, shape
from pages.components.shell.glossary import GLOSSARY, explained
from pages.components.shell.i18n import _
from pages.components.shell.labels import FORMULA_HELP
from pages.components.shell.layout import show_error
from pages.components.shell.state import Draft

# Column → the fields that it edits, depending on the kind of layer.
_COLUMNS = {
    "size": ("out_features", "out_channels"),
    "kernel": ("kernel_size",),
    "stride": ("stride",),
    "padding": ("padding",),
    "formula": ("formula",),
    "value": ("p", "alpha", "beta", "negative_slope", "init"),
}
# Size of a new layer, if its field has no default.
_FIRST_SIZE = 32


def layer_editor(draft: Draft, config: RunConfig) -> None:
    """Show the layers of `config`, and write changes into the draft."""
    assert isinstance(config.model, LayerStack)
    rows, _problem = summarise(config.model, input_shape(config.data))
    shapes = [shape(row.output_shape) for row in rows]
    parameters = [count(row.parameters) if row.parameters else "" for row in rows]
    missing = len(config.layers) - len(rows)
    table = pd.DataFrame([_row(spec) for spec in config.layers])
    table.insert(0, "place", range(1, len(table) + 1))
    table["shape"] = shapes + ["–"] * missing
    table["parameters"] = parameters + [""] * missing
    key = _table_key(draft)
    st.data_editor(
        table,
        key=key,
        num_rows="dynamic",
        hide_index=True,
        column_config=_column_config(),
        # Only columns that a layer uses: a perceptron needs no kernel.
        column_order=[name for name in table if name not in _COLUMNS or table[name].notna().any()],
        placeholder="",
        on_change=_apply,
        args=(key, draft, config),
        height="content",
    )
    if draft.refused:
        show_error(draft.refused)
        draft.refused = None
    st.caption(parameters_text(rows))


def _column_config() -> dict[str, Any]:
    column = st.column_config
    whole = partial(column.NumberColumn, min_value=1, step=1, format="%d")
    return {
        "place": whole(_("No."), help=_("Enter another number to move the layer."), width=60),
        "kind": column.SelectboxColumn(
            _("Layer"),
            help=_("The kind of layer. Activation functions such as ReLU come after Linear or Conv2d."),
            options=list(labels.LAYERS),
            format_func=lambda kind: _(labels.LAYERS[str(kind)]),
            required=True,
        ),
        "size": whole(_("Size"), help=_("The number of outputs of Linear, or of channels of Conv2d.")),
        "kernel": whole(_("Kernel"), help=explained(_("Its height and width."), "Kernel")),
        "stride": whole(_("Stride"), help=_("How many pixels the kernel moves at a time.")),
        "padding": column.NumberColumn(
            _("Padding"), help=_("How many pixels of zeros are added around the image."), min_value=0, step=1
        ),
        "value": column.NumberColumn(
            _("Value"),
            help=_("The share of values that dropout sets to zero, or the parameter of ELU, LeakyReLU and others."),
        ),
        "formula": column.TextColumn(_("Formula"), help=_(FORMULA_HELP)),
        "shape": column.TextColumn(
            _("Output"), help=_("The shape of the layer's output for one image."), disabled=True
        ),
        "parameters": column.TextColumn(_("Weights"), help=_(GLOSSARY["Weights"]), disabled=True),
    }


def _row(spec: Layer) -> dict[str, Any]:
    values = spec.model_dump()
    row: dict[str, Any] = {"kind": spec.kind}
    for column, fields in _COLUMNS.items():
        shown = (values[field] for field in fields if values.get(field) is not None)
        row[column] = next(shown, None)
    return row


def _apply(key: str, draft: Draft, config: RunConfig) -> None:
    """Write the edits into the draft, and start a new table that shows the result."""
    if key != _table_key(draft):
        return  # the browser sent the edits of an old table again
    edits = st.session_state[key]
    rows = [{"place": index, **_row(spec)} for index, spec in enumerate(config.layers, 1)]
    for index, changes in edits["edited_rows"].items():
        rows[index] |= changes
        if "place" in changes:
            place = changes["place"] or index + 1
            # A layer that moves down goes after the layer at its new place, one that moves up goes before it.
            rows[index]["place"] = place + (0.5 if place > index else -0.5)
    kept = [row for index, row in enumerate(rows) if index not in edits["deleted_rows"]]
    added = [row for row in edits["added_rows"] if row.get("kind")]
    kept += [{**row, "place": (row.get("place") or len(rows) + 1) - 0.5} for row in added]
    draft.generation += 1
    try:
        layers = parse_layers([_layer(row) for row in sorted(kept, key=lambda row: row["place"])])
    except ConfigError as error:
        draft.refused = error  # shown later, because Streamlit drops what a callback draws
        return
    draft.config = config.model_copy(update={"model": LayerStack(layers=layers)})


def _table_key(draft: Draft) -> str:
    return f"layers-{draft.generation}"


def _layer(row: dict[str, Any]) -> dict[str, Any]:
    """A row as settings: the columns of its kind of layer, and required fields."""
    kind = row["kind"]
    known = parameters_of(kind) if kind in ACTIVATION_KINDS else set(LAYERS[kind].model_fields)
    layer: dict[str, Any] = {"kind": kind}
    for column, fields in _COLUMNS.items():
        for field in fields:
            if field in known and row.get(column) is not None:
                layer[field] = row[column]
    for field in ("out_features", "out_channels"):
        if field in known:
            layer.setdefault(field, _FIRST_SIZE)
    if kind == FORMULA:
        layer.setdefault("formula", FIRST_FORMULA)
    return layer
