"""The page Predict, many images: a table, how many are right, and which are taken for which."""

import base64
import csv
import io
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import streamlit as st

from core.data.own.archives import archive
from core.data.own.sources import Limits, Skipped, Source, uploads
from core.evaluation import results
from core.evaluation.results import Evaluation
from core.messages import N_
from pages.components.predict.image_source import TYPES
from pages.components.predict.model import Model
from pages.components.shell.formats import count, percent
from pages.components.shell.i18n import _, escaped, plural, said
from pages.components.widgets.confusion import MOST_CLASSES, Cell, confusion_matrix

if TYPE_CHECKING:
    from PIL import Image

    from core.inference.predictor import Answer

MOST = 2_000  # images at once
_LIMITS = Limits(files=MOST)
_KEPT = "classroom.predict.many"
_TICK_SECONDS = 0.2
_WAYS = {"files": N_("Files"), "folder": N_("Folder of this computer"), "zip": N_("Zip archive")}


@dataclass(frozen=True)
class Row:
    """An image that was named: by each network a class and its probability."""

    name: str
    label: str  # the folder it lay in, "" for none
    named: tuple[int, ...]
    confidence: tuple[float, ...]
    picture: str  # a data URL


@dataclass(frozen=True)
class Named:
    """What came out, and which networks were asked."""

    asked: tuple[str, ...]
    rows: list[Row]
    skipped: list[Skipped]


def many_images(models: list[Model]) -> None:
    """Gather images, name them all, show what came out."""
    asked = tuple(model.key for model in models)
    st.markdown(
        _(
            "Up to {number} images. Where folders are called like the classes, the page also counts what is right.",
            number=MOST,
        )
    )
    source = _gather()
    if (
        st.button(
            _("Name them all"),
            type="primary",
            icon=":material/play_arrow:",
            key="name",
            disabled=source is None,
            help=_("Choose images first.") if source is None else None,
        )
        and source
    ):
        _name(models, asked, source)
    kept: Named | None = st.session_state.get(_KEPT)
    if kept and kept.asked == asked:
        _show(models, kept)


def _gather() -> Callable[[], Source] | None:
    way = st.segmented_control(
        _("Where from"), list(_WAYS), default="files", format_func=lambda way: _(_WAYS[way]), key="many", required=True
    )
    if way == "zip":
        file = st.file_uploader(_("Zip archive"), type=["zip"], key="many-zip", label_visibility="collapsed")
        return (lambda: archive(file, _LIMITS, labelled=False)) if file else None
    several: Literal[True, "directory"] = "directory" if way == "folder" else True
    files = st.file_uploader(
        _("Images"), type=TYPES, accept_multiple_files=several, key=f"many-{way}", label_visibility="collapsed"
    )
    if not files:
        return None
    return lambda: uploads(((file.name, file.getvalue()) for file in files), _LIMITS, labelled=False)


def _name(models: list[Model], asked: tuple[str, ...], gather: Callable[[], Source]) -> None:
    """Ask the networks, with progress. Pressing Cancel, or anything else, ends it; what was named by then is shown."""
    from core.inference.predictor import predict_files

    st.session_state.pop(_KEPT, None)
    source = gather()
    rows: list[Row] = []
    skipped = list(source.skipped)
    st.session_state[_KEPT] = Named(asked, rows, skipped)
    bar, cancel = st.progress(0.0, _("Reading the images")), st.empty()
    cancel.button(_("Cancel"), icon=":material/close:", key="cancel")
    told = time.monotonic()
    files = ((entry.name, entry.read) for entry in source.entries)
    with closing(source):
        answers = predict_files([model.trained for model in models], files)
        for number, (entry, answer) in enumerate(zip(source.entries, answers, strict=True), 1):
            if answer.error:
                skipped.append(Skipped(entry.name, answer.error))
            else:
                rows.append(_row(answer, entry.label))
            if time.monotonic() - told > _TICK_SECONDS:
                told = time.monotonic()
                text = _("{number} of {all} images", number=number, all=len(source.entries))
                bar.progress(number / len(source.entries), text)
    bar.empty()
    cancel.empty()


def _row(answer: "Answer", label: str) -> Row:
    assert answer.thumbnail
    return Row(
        answer.name,
        label,
        tuple(opinion.best for opinion in answer.opinions),
        tuple(opinion.confidence for opinion in answer.opinions),
        _url(answer.thumbnail),
    )


def _url(picture: "Image.Image") -> str:
    """A thumbnail as a JPEG of about a kilobyte, for the table."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=75)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()


# --- what came out ------------------------------------------------------------------------------------------------


def _show(models: list[Model], named: Named) -> None:
    if not named.rows:
        st.info(_("None of the files could be read as an image."))
    else:
        _metrics(models, named)
        cell = _judged(models[0], named) if _labelled(models[0], named) else None
        _table(models, named, cell)
    if named.skipped:
        text = plural("One file was left out", "{number} files were left out", len(named.skipped))
        with st.expander(text):
            st.markdown("\n".join(f"- {escaped(one.name)}: {said(one.reason)}" for one in named.skipped[:200]))


def _labelled(model: Model, named: Named) -> bool:
    """Whether every folder is called like a class."""
    known = {name.casefold() for name in model.trained.classes}
    return all(row.label.casefold() in known for row in named.rows)


def _label(model: Model, row: Row) -> int | None:
    folded = [name.casefold() for name in model.trained.classes]
    return folded.index(row.label.casefold()) if row.label.casefold() in folded else None


def _judged(model: Model, named: Named) -> Cell | None:
    """The confusion matrix, of which a cell may be clicked."""
    found = evaluation(model, named)
    if len(found.classes) > MOST_CLASSES:
        return None
    chosen = confusion_matrix(results.confusion(found), found.classes, key="many-matrix")
    st.caption(_("Blue is right, orange is wrong. Click on a cell to see its images alone."))
    if chosen and st.button(_("Show all images again"), icon=":material/close:", key="all"):
        return None
    return chosen


def evaluation(model: Model, named: Named) -> Evaluation:
    """The rows as the page Runs judges its own, by the first network."""
    confidence = np.array([row.confidence[0] for row in named.rows], np.float32)
    return Evaluation(
        0,
        model.trained.classes,
        np.array([_label(model, row) for row in named.rows], np.int64),
        np.array([row.named[0] for row in named.rows], np.int64),
        confidence,
        np.zeros_like(confidence),
    )


def _metrics(models: list[Model], named: Named) -> None:
    with st.container(horizontal=True, gap="large"):
        st.metric(_("Images"), count(len(named.rows)), width="content")
        for place, model in enumerate(models):
            if _labelled(model, named):
                right = sum(row.named[place] == _label(model, row) for row in named.rows)
                text = _("{right} of {all}", right=count(right), all=count(len(named.rows)))
                title = _("Right") if len(models) == 1 else _("Right: {name}", name=escaped(model.name))
                st.metric(
                    title, percent(right / len(named.rows)), text, delta_color="off", delta_arrow="off", width="content"
                )
        if len(models) == 2:
            same = sum(_names(models, row)[0] == _names(models, row)[1] for row in named.rows)
            st.metric(_("Both agree"), percent(same / len(named.rows)), width="content")


def _names(models: list[Model], row: Row) -> list[str]:
    return [model.trained.classes[place] for model, place in zip(models, row.named, strict=True)]


def _table(models: list[Model], named: Named, cell: Cell | None) -> None:
    """All rows, or those of a cell, to be sorted by a click on a column."""
    rows = [row for row in named.rows if cell is None or (_label(models[0], row), row.named[0]) == (cell[0], cell[1])]
    columns: dict[str, list[object]] = {_("Image"): [row.picture for row in rows]}
    config: dict[str, Any] = {_("Image"): st.column_config.ImageColumn(width=64)}
    for place, model in enumerate(models):
        suffix = "" if len(models) == 1 else f" ({place + 1})"
        columns[_("Named") + suffix] = [model.trained.classes[row.named[place]] for row in rows]
        sure = _("Confidence") + suffix
        columns[sure] = [100 * row.confidence[place] for row in rows]
        config[sure] = st.column_config.NumberColumn(format="%.1f %%")
    if any(row.label for row in named.rows):
        columns[_("Folder")] = [row.label for row in rows]
    if _labelled(models[0], named):
        columns[_("Right")] = ["✓" if _label(models[0], row) == row.named[0] else "✗" for row in rows]
    columns[_("File")] = [row.name for row in rows]
    if len(models) == 2:
        numbered = [f"({number}) {escaped(model.name)}" for number, model in enumerate(models, 1)]
        st.caption(" · ".join(numbered))
    st.dataframe(
        pd.DataFrame(columns), hide_index=True, row_height=56, height=520, column_config=config, key="many-table"
    )
    st.download_button(
        _("Download the table"),
        lambda: as_csv(models, named.rows),
        "predictions.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="csv",
    )


def as_csv(models: list[Model], rows: list[Row]) -> str:
    """One row an image. A name that a spreadsheet would take for a formula gets an apostrophe before it."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    numbers = range(1, len(models) + 1)
    suffixes = [""] if len(models) == 1 else [f"_{number}" for number in numbers]
    writer.writerow(["file", "folder", *(f"{name}{suffix}" for suffix in suffixes for name in ("named", "confidence"))])
    for row in rows:
        opinions = zip(_names(models, row), row.confidence, strict=True)
        values = [value for name, share in opinions for value in (_harmless(name), f"{share:.6f}")]
        writer.writerow([_harmless(row.name), _harmless(row.label), *values])
    return written.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text[:1] in "=+-@\t" and text else text
