"""The page of a run, tab Borrowed knowledge: ImageNet's concepts that its classes use, and a map of its images."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import NoWeightsError
from core.evaluation import BORROW, knowledge
from core.evaluation.knowledge import Knowledge
from core.figures.knowledge import concept_flow, feature_map
from core.runs.run import Run
from core.runs.tasks import Task
from core.training import run_files
from pages.components.shell.formats import count, percent
from pages.components.shell.i18n import _, escaped, plural, translate
from pages.components.shell.images import images_of, prepare_images
from pages.components.shell.tasks import wait_for
from pages.components.widgets.image_grid import image_grid

if TYPE_CHECKING:  # importing torch takes two seconds: not before the page is on the screen
    from numpy.typing import NDArray

    from core.data.datasets import ImageData

_TILE = 112  # CSS pixels of a picture
_LARGE = 320  # of the picture that was clicked
_AT_FIRST = 4  # classes in the diagram; with more it can't be read
_MOST_ODD = 24  # pictures whose label may be wrong


def knowledge_tab(run: Run) -> None:
    """The whole tab."""
    if not run_files.best_weights(run.id).exists():
        st.info(translate(NoWeightsError().message), icon=":material/hourglass_empty:")
        return
    if not prepare_images(run.config.data):
        return
    data = images_of(run.config.data)
    found = knowledge.kept(run.id)
    if found is None:
        wait_for(Task(BORROW, run.id))
        return
    _concepts(data, found)
    _map(data, found)


# --- concepts -----------------------------------------------------------------------------------------------------


def _concepts(data: "ImageData", found: Knowledge) -> None:
    from core.evaluation.borrowing import concept_names

    st.subheader(_("Which of ImageNet's concepts do your classes use?"), anchor=False)
    st.markdown(
        _(
            "The frozen network once learned to tell a thousand concepts of ImageNet apart. Your new last layer builds "
            "on what it learned for them. Here your images pass through the old last layer instead: the wider a band, "
            "the more the concept fires for the class."
        )
    )
    every = list(range(len(data.classes)))
    shown = every
    if len(every) > _AT_FIRST:
        shown = st.multiselect(
            _("Classes"),
            every,
            every[:_AT_FIRST],
            format_func=lambda label: data.classes[label],
            key="knowledge-classes",
            max_selections=2 * _AT_FIRST,
        )
        if not shown:
            st.info(_("Choose a class."))
            return
    every_name = concept_names()
    names = [[every_name[concept] for concept in found.concepts[label]] for label in shown]
    dark = st.context.theme.type == "dark"
    figure = concept_flow([data.classes[label] for label in shown], names, found.strengths[shown].tolist(), dark=dark)
    st.plotly_chart(figure, key="concepts", alt=_flow_text(data.classes, found, shown, names))
    rows, captions = [], []
    for label, row in zip(shown, names, strict=True):
        for place, name in enumerate(row):
            rows.append(int(found.examples[label, place]))
            captions.append(f"{data.classes[label]}: {name}, {percent(float(found.strengths[label, place]))}")
    st.caption(_("For each class, the five concepts that fire most, with the image that shows each of them most."))
    image_grid(_pictures(data, found, rows, 2 * _TILE), captions, captions, key="examples", tile=_TILE, lines=3)
    with st.expander(_("As a table")):
        table = {
            data.classes[label]: [
                f"{name} · {percent(float(share))}" for name, share in zip(row, found.strengths[label], strict=True)
            ]
            for label, row in zip(shown, names, strict=True)
        }
        st.table(pd.DataFrame(table, index=range(1, knowledge.STRONGEST + 1)).rename(columns=escaped))


def _flow_text(classes: tuple[str, ...], found: Knowledge, shown: list[int], names: list[list[str]]) -> str:
    """The diagram in words."""
    sentences = [
        f"{classes[label]}: "
        + ", ".join(f"{name} {percent(float(share))}" for name, share in zip(row, found.strengths[label], strict=True))
        for label, row in zip(shown, names, strict=True)
    ]
    return _("Diagram of the concepts that fire for each class.") + " " + "; ".join(sentences)


# --- the map ------------------------------------------------------------------------------------------------------


def _map(data: "ImageData", found: Knowledge) -> None:
    st.subheader(_("A map of your images"), anchor=False)
    st.markdown(
        _(
            "Each point is an image. Images that look alike to the network lie close together. A ring marks an image "
            "whose neighbours have another label: perhaps its label is wrong. Click on a point to see the image."
        )
    )
    odd = np.flatnonzero(found.odd)
    texts = [data.classes[label] for label in found.labels]
    left, right = st.columns([3, 2], gap="large")
    with left:
        figure = feature_map(
            found.places, found.labels, found.odd, data.classes, _("neighbours have another label"), texts
        )
        sentence = plural(
            "{number} image lies among those of another class", "{number} images lie among those of another class",
            len(odd),
        )  # fmt: skip
        event = st.plotly_chart(
            figure,
            key="map",
            on_select="rerun",
            selection_mode="points",
            alt=_("Map of {number} images by their features.", number=len(texts)) + f" {sentence}.",
        )
        st.caption(
            _(
                "The two directions in which the features of {number} of {all} images differ most.",
                number=count(len(texts)),
                all=count(found.images),
            )
        )
    with right:
        if row := _clicked(event, len(texts)):
            st.image(
                _pictures(data, found, row, _LARGE)[0].transpose(1, 2, 0),
                caption=escaped(texts[row[0]]),
                width=_LARGE,
                alt=escaped(texts[row[0]]),
            )
        st.markdown(f"**{sentence}**" if len(odd) else _("No image lies among those of another class."))
        if len(odd):
            captions = [texts[row] for row in odd[:_MOST_ODD]]
            image_grid(
                _pictures(data, found, odd[:_MOST_ODD].tolist(), 2 * _TILE), captions, captions, key="odd", tile=_TILE
            )


def _clicked(event: object, images: int) -> list[int]:
    """The row of the image that was clicked last, in a list; empty for none."""
    points = event["selection"]["points"] if isinstance(event, dict) else []
    rows = [point.get("customdata") for point in points]
    rows = [row[0] if isinstance(row, list) else row for row in rows]
    return [row for row in rows if isinstance(row, int) and row < images][-1:]


def _pictures(data: "ImageData", found: Knowledge, rows: list[int], size: int) -> "NDArray[np.uint8]":
    """The images of these rows, uint8 [N, C, H, W], `size` pixels at most."""
    import torch

    from core.data import preview

    shown = []
    for position in found.positions[rows].tolist():
        learned = position < len(data.train)
        part, place = (data.train, position) if learned else (data.validation, position - len(data.train))
        shown.append(part.at(slice(place, place + 1)))
    return preview.smaller(torch.cat(shown), size).numpy()
