"""A confusion matrix with cells to click. `confusion.js` is the browser's part."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.evaluation.results import rates
from pages.components.shell.i18n import _, plural
from pages.components.widgets import assets

MOST_CLASSES = 40  # more than that nobody reads as a table

Cell = tuple[int, int]  # the true class and the predicted one


def confusion_matrix(
    counts: NDArray[np.int64], classes: Sequence[str], *, key: str, as_rates: bool = False, chosen: Cell | None = None
) -> Cell | None:
    """Draw a confusion matrix, [C, C] with a row for each true class. Returns the last clicked cell.

    Args:
        counts: How often images of the row's class were predicted as the column's class.
        classes: Their names, shown as text, never read as HTML.
        key: The component's key.
        as_rates: Show shares of each row instead of counts.
        chosen: The cell to mark until another is clicked.
    """
    shares = rates(counts)
    # Read before it is drawn, so that the clicked cell stays marked if Streamlit makes the element again.
    chosen = _clicked(st.session_state.get(key), len(classes)) or chosen
    message = {
        "classes": list(classes),
        "texts": _rate_texts(shares, counts) if as_rates else [[str(count) for count in row] for row in counts],
        "shares": shares.round(4).tolist(),
        "empty": (counts == 0).tolist(),
        "titles": [
            [_title(int(counts[row, column]), classes[row], classes[column]) for column in range(len(classes))]
            for row in range(len(classes))
        ],
        "chosen": chosen,
        "label": _("Confusion matrix: a row for each true class, a column for each predicted one"),
        "true": _("true ↓"),
        "predicted": _("predicted →"),
    }
    _component(key=key, data=message, on_cell_change=lambda: None)
    return chosen


def _clicked(state: Mapping[str, Any] | None, classes: int) -> Cell | None:
    """The clicked cell, if it is valid."""
    cell = state.get("cell") if state else None
    return (int(cell[0]), int(cell[1])) if cell and max(cell) < classes else None


def _rate_texts(shares: NDArray[np.float64], counts: NDArray[np.int64]) -> list[list[str]]:
    """Formats as percent; never rounds a non-zero share to 0."""
    return [
        [f"{100 * share:.0f}" if share >= 0.005 or not count else "<1" for share, count in zip(row, line, strict=True)]
        for row, line in zip(shares, counts, strict=True)
    ]


def _title(count: int, label: str, predicted: str) -> str:
    if label == predicted:
        return plural(
            "{number} image of {label}, predicted correctly",
            "{number} images of {label}, predicted correctly",
            count,
            label=label,
        )
    return plural(
        "{number} image of {label}, predicted as {predicted}",
        "{number} images of {label}, predicted as {predicted}",
        count,
        label=label,
        predicted=predicted,
    )


_component = st.components.v2.component("classroom_confusion", js=assets.loader(__file__), isolate_styles=False)
