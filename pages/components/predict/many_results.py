"""The page Predict, many images: metrics, confusion matrix, table and CSV of the predictions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.data.own.entries import Skipped
from core.data.own.names import alike
from core.evaluation import results
from core.evaluation.results import Evaluation
from core.spreadsheet import SHEETS, as_csv, usual_sheet
from pages.components.predict.model import Model
from pages.components.shell.formats import count, percent
from pages.components.shell.i18n import _, escaped, plural, said
from pages.components.widgets.confusion import MOST_CLASSES, Cell, confusion_matrix


@dataclass(frozen=True)
class Row:
    """An image with each network's prediction and its probability (0..1)."""

    name: str
    label: str  # its folder, "" for none
    predicted: tuple[int, ...]  # class indices
    confidence: tuple[float, ...]
    picture: str  # data URL


@dataclass(frozen=True)
class Predictions:
    """The results of some networks, by their keys."""

    models: tuple[str, ...]
    rows: list[Row]
    skipped: list[Skipped]


def results_view(models: list[Model], predictions: Predictions) -> None:
    """Metrics, confusion matrix, table and the files that were left out."""
    if not predictions.rows:
        st.info(_("None of the files could be read as an image."))
    else:
        _metrics(models, predictions)
        _why_not_counted(models[0], predictions)
        cell = _confusion(models[0], predictions) if _labelled(models[0], predictions) else None
        _table(models, predictions, cell)
    if predictions.skipped:
        text = plural("One file was left out", "{number} files were left out", len(predictions.skipped))
        with st.expander(text):
            st.markdown("\n".join(f"- {escaped(one.name)}: {said(one.reason)}" for one in predictions.skipped[:200]))


def _labelled(model: Model, predictions: Predictions) -> bool:
    """Whether every folder has the name of a class."""
    return not _unknown(model, predictions)


def _unknown(model: Model, predictions: Predictions) -> list[str]:
    """The folders that name no class of the network."""
    folders = sorted({row.label for row in predictions.rows})
    return [folder for folder in folders if matched(folder, model.trained.classes) is None]


def _label(model: Model, row: Row) -> int | None:
    return matched(row.label, model.trained.classes)


def matched(folder: str, classes: tuple[str, ...]) -> int | None:
    """The class that a folder means: of that name, else the only one that differs just by case, accents or plural."""
    if folder in classes:
        return classes.index(folder)
    for form in (str.casefold, alike):
        found = [place for place, name in enumerate(classes) if form(name) == form(folder)]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _why_not_counted(model: Model, predictions: Predictions) -> None:
    unknown = [name for name in _unknown(model, predictions) if name]
    if unknown:
        names = ", ".join(map(escaped, unknown[:5])) + (", …" if len(unknown) > 5 else "")
        st.caption(
            _("Right answers aren't counted: the network knows no class for these folders: {names}.", names=names)
        )


def _confusion(model: Model, predictions: Predictions) -> Cell | None:
    """The confusion matrix; returns the cell that was clicked."""
    evaluated = evaluation(model, predictions)
    if len(evaluated.classes) > MOST_CLASSES:
        return None
    chosen = confusion_matrix(results.confusion(evaluated), evaluated.classes, key="many-matrix")
    st.caption(_("Blue is right, orange is wrong. Click on a cell to see only its images."))
    if chosen and st.button(_("Show all images again"), icon=":material/close:", key="all"):
        return None
    return chosen


def evaluation(model: Model, predictions: Predictions) -> Evaluation:
    """The first network's predictions, in the form that the page Runs evaluates."""
    confidence = np.array([row.confidence[0] for row in predictions.rows], np.float32)
    return Evaluation(
        0,
        model.trained.classes,
        np.array([_label(model, row) for row in predictions.rows], np.int64),
        np.array([row.predicted[0] for row in predictions.rows], np.int64),
        confidence,
        np.zeros_like(confidence),
    )


def _metrics(models: list[Model], predictions: Predictions) -> None:
    with st.container(horizontal=True, gap="large"):
        st.metric(_("Images"), count(len(predictions.rows)), width="content")
        for place, model in enumerate(models):
            if _labelled(model, predictions):
                right = sum(row.predicted[place] == _label(model, row) for row in predictions.rows)
                text = _("{right} of {all}", right=count(right), all=count(len(predictions.rows)))
                title = _("Right") if len(models) == 1 else _("Right: {name}", name=escaped(model.name))
                st.metric(
                    title,
                    percent(right / len(predictions.rows)),
                    text,
                    delta_color="off",
                    delta_arrow="off",
                    width="content",
                )
        if len(models) == 2:
            same = sum(_names(models, row)[0] == _names(models, row)[1] for row in predictions.rows)
            st.metric(_("Both agree"), percent(same / len(predictions.rows)), width="content")


def _names(models: list[Model], row: Row) -> list[str]:
    return [model.trained.classes[place] for model, place in zip(models, row.predicted, strict=True)]


def _table(models: list[Model], predictions: Predictions, cell: Cell | None) -> None:
    """All rows, or those of a cell of the confusion matrix."""
    rows = [
        row
        for row in predictions.rows
        if cell is None or (_label(models[0], row), row.predicted[0]) == (cell[0], cell[1])
    ]
    columns: dict[str, list[object]] = {_("Image"): [row.picture for row in rows]}
    config: dict[str, Any] = {_("Image"): st.column_config.ImageColumn(width=64)}
    for place, model in enumerate(models):
        suffix = "" if len(models) == 1 else f" ({place + 1})"
        columns[_("Predicted") + suffix] = [model.trained.classes[row.predicted[place]] for row in rows]
        confidence = _("Confidence") + suffix
        columns[confidence] = [100 * row.confidence[place] for row in rows]
        config[confidence] = st.column_config.NumberColumn(format="%.1f %%")
    if any(row.label for row in predictions.rows):
        columns[_("Folder")] = [row.label for row in rows]
    if _labelled(models[0], predictions):
        columns[_("Right")] = ["✓" if _label(models[0], row) == row.predicted[0] else "✗" for row in rows]
    columns[_("File")] = [row.name for row in rows]
    if len(models) == 2:
        numbered = [f"({number}) {escaped(model.name)}" for number, model in enumerate(models, 1)]
        st.caption(" · ".join(numbered))
    st.dataframe(
        pd.DataFrame(columns), hide_index=True, row_height=56, height=520, column_config=config, key="many-table"
    )
    _download(models, predictions.rows)


def _download(models: list[Model], rows: list[Row]) -> None:
    """The button for the CSV file, and the choice of its signs."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox(
            _("Spreadsheet"),
            list(SHEETS),
            index=list(SHEETS).index(usual_sheet(str(st.context.locale or ""))),
            format_func=lambda kind: _(SHEETS[kind].title),
            key="csv-kind",
            width=340,
            help=_("Excel takes the signs of your computer's language. Python and R read commas and points."),
        )
        st.download_button(
            _("Download the table"),
            lambda: as_csv(columns_of(models), table_rows(models, rows), SHEETS[kind]),
            "predictions.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="csv",
        )


def columns_of(models: list[Model]) -> list[str]:
    """The names of the file's columns, which are the same in every language."""
    suffixes = [""] if len(models) == 1 else [f"_{number}" for number in range(1, len(models) + 1)]
    return ["file", "folder", *(f"{name}{suffix}" for suffix in suffixes for name in ("predicted", "confidence"))]


def table_rows(models: list[Model], rows: list[Row]) -> list[list[str | float]]:
    """One row for each image: its file, its folder, and what each network says."""
    table: list[list[str | float]] = []
    for row in rows:
        opinions = zip(_names(models, row), row.confidence, strict=True)
        table.append([row.name, row.label, *(value for opinion in opinions for value in opinion)])
    return table
