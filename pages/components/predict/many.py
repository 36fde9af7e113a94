"""The page Predict, many images: choose images and classify them all."""

import base64
import io
import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

import streamlit as st

from core.data.own.archives import archive
from core.data.own.entries import Limits, Skipped, Source
from core.data.own.sources import uploads as from_uploads
from core.messages import N_
from pages.components.predict.many_results import Predictions, Row, results_view
from pages.components.predict.model import Model
from pages.components.shell import uploads
from pages.components.shell.formats import count
from pages.components.shell.i18n import _
from pages.components.widgets.folder import folder_field

if TYPE_CHECKING:
    from PIL import Image

    from core.inference.predictor import Answer

MOST = 2_000  # images at once
_LIMITS = Limits(files=MOST)
_KEPT = "classroom.predict.many"
_TICK_SECONDS = 0.2
_WAYS = {"files": N_("Files"), "folder": N_("Folder on this computer"), "zip": N_("Zip archive")}


def many_images(models: list[Model]) -> None:
    """Choose images, classify them, show the results."""
    keys = tuple(model.key for model in models)
    st.markdown(
        _(
            "Classify up to {number} images. If they lie in folders named after the classes, the page also counts the "
            "right answers.",
            number=count(MOST),
        )
    )
    source = _choose_source()
    if (
        st.button(
            _("Classify all"),
            type="primary",
            icon=":material/play_arrow:",
            key="name",
            disabled=source is None,
            help=_("Choose images first.") if source is None else None,
        )
        and source
    ):
        _classify(models, keys, source)
    predictions: Predictions | None = st.session_state.get(_KEPT)
    if predictions and predictions.models == keys:
        results_view(models, predictions)


def _choose_source() -> Callable[[], Source] | None:
    way = st.segmented_control(
        _("Source"), list(_WAYS), default="files", format_func=lambda way: _(_WAYS[way]), key="many", required=True
    )
    if way == "zip":
        st.caption(uploads.limits())
        uploads.explain_refusal("many-zip", uploads.LARGE_MB, _("Take fewer or smaller images."))
        file = st.file_uploader(
            _("Zip archive"),
            key=uploads.field_key("many-zip"),
            label_visibility="collapsed",
            max_upload_size=uploads.LARGE_MB,
        )
        return (lambda: archive(file, _LIMITS, labelled=False)) if file else None
    if way == "folder":
        st.caption(uploads.limits())
        packed = folder_field("many-folder", most_files=MOST)
        return (lambda: archive(packed, _LIMITS, labelled=False)) if packed else None
    st.caption(uploads.several_files())
    uploads.explain_refusal("many-files", uploads.PICTURE_MB, _("Make the image smaller."))
    files = st.file_uploader(
        _("Images"),
        accept_multiple_files=True,
        key=uploads.field_key("many-files"),
        label_visibility="collapsed",
        max_upload_size=uploads.PICTURE_MB,
    )
    if not files:
        return None
    return lambda: from_uploads(((file.name, file.getvalue()) for file in files), _LIMITS, labelled=False)


def _classify(models: list[Model], keys: tuple[str, ...], open_source: Callable[[], Source]) -> None:
    """Classify with a progress bar. Cancel or any other widget stops it; the results until then are kept."""
    from core.inference.predictor import predict_files

    st.session_state.pop(_KEPT, None)
    source = open_source()
    rows: list[Row] = []
    skipped = list(source.skipped)
    st.session_state[_KEPT] = Predictions(keys, rows, skipped)
    bar, cancel = st.progress(0.0, _("Reading the images")), st.empty()
    cancel.button(_("Cancel"), icon=":material/close:", key="cancel")
    updated = time.monotonic()
    files = ((entry.name, entry.read) for entry in source.entries)
    with closing(source):
        answers = predict_files([model.trained for model in models], files)
        for number, (entry, answer) in enumerate(zip(source.entries, answers, strict=True), 1):
            if answer.error:
                skipped.append(Skipped(entry.name, answer.error))
            else:
                rows.append(_row(answer, entry.label))
            if time.monotonic() - updated > _TICK_SECONDS:
                updated = time.monotonic()
                text = _("{number} of {all} images", number=number, all=len(source.entries))
                bar.progress(number / len(source.entries), text)
    bar.empty()
    cancel.empty()
    uploads.give_back()
    st.rerun()


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
    """A thumbnail for the table, as the data URL of a JPEG of about a kilobyte."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=75)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
