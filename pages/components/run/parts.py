"""The parts of a network: which ones learn, and the memory that they need."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.config import RunConfig
from core.models.network import Part, Summary
from core.training.memory import learning_parameters, training_bytes
from core.training.transfer import learns
from pages.components.shell.formats import count
from pages.components.shell.i18n import _


def parts_view(config: RunConfig, summary: Summary) -> None:
    """The table of the network's parts, and the memory for training."""
    parts = [part for part in summary.parts if not part.depth]
    table = parts_table(config, summary, parts).drop(columns="learns")
    st.dataframe(table, **table_look(len(parts)))
    parts_cost(config, summary)


def parts_table(config: RunConfig, summary: Summary, parts: Sequence[Part]) -> pd.DataFrame:
    """A row for each part: whether it learns, name, kind and number of weights."""
    return pd.DataFrame(
        {
            "learns": [part_learns(config, summary, part.name) for part in parts],
            "state": [_state(config, summary, part.name) if part.parameters else "–" for part in parts],
            "name": ["\u2003" * part.depth + part.name for part in parts],
            "kind": [part.kind for part in parts],
            "weights": [count(part.parameters) if part.parameters else "" for part in parts],
        }
    )


def table_look(rows: int) -> dict[str, Any]:
    """Options of Streamlit's table for this number of rows."""
    return {"hide_index": True, "column_config": _columns(), "height": 35 * min(rows, 20) + 38}


def parts_cost(config: RunConfig, summary: Summary) -> None:
    """The number of weights that learn, and the memory for training."""
    learning = learning_parameters(config, summary)
    st.caption(
        _(
            "{learning} weights learn, {frozen} are frozen. Training takes about {megabytes} MB of memory.",
            learning=count(learning),
            frozen=count(summary.parameters - learning),
            megabytes=round(training_bytes(config, summary) / 1e6),
        )
    )


def _columns() -> dict[str, Any]:
    column = st.column_config
    return {
        "learns": column.CheckboxColumn(_("Learns"), help=_("Tick a part to let it learn."), width="small"),
        "state": column.TextColumn(_("State"), width="small"),
        "name": column.TextColumn(_("Part"), help=_("The name in PyTorch.")),
        "kind": column.TextColumn(_("Kind")),
        "weights": column.TextColumn(_("Weights"), width="small"),
    }


def part_learns(config: RunConfig, summary: Summary, name: str) -> bool:
    """Whether all of this part's weights learn."""
    return learns(config, f"{name}.weight") or (name == summary.head)


def _state(config: RunConfig, summary: Summary, name: str) -> str:
    if part_learns(config, summary, name):
        return _("learns")
    inside = [part for part in (*config.transfer.parts, summary.head) if part.startswith(f"{name}.")]
    return _("in part") if inside else _("❄ frozen")
