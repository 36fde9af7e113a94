"""The page of a run, tab Evaluate: confusion matrix, scores, mistakes and calibration."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import NoWeightsError
from core.evaluation import EVALUATE, results
from core.evaluation.results import Evaluation
from core.figures.runs import calibration_chart
from core.runs.run import Run
from core.runs.tasks import Task
from pages.components.shell import address
from pages.components.shell.formats import count, percent
from pages.components.shell.glossary import GLOSSARY, explained
from pages.components.shell.i18n import _, escaped, plural, translate
from pages.components.shell.images import images_of, prepare_images
from pages.components.shell.tasks import wait_for
from pages.components.widgets.confusion import MOST_CLASSES, Cell, confusion_matrix
from pages.components.widgets.image_grid import image_grid, largest_tile

if TYPE_CHECKING:  # importing torch takes two seconds: not before the page is on the screen
    from numpy.typing import NDArray

AT_ONCE = 100  # images on the screen
CELL, EPOCH = "cell", "epoch"  # in the address


def evaluate_tab(run: Run) -> None:
    """The whole tab."""
    epochs = results.epochs(run.id)
    if not epochs:
        st.info(translate(NoWeightsError().message), icon=":material/hourglass_empty:")
        return
    epoch = _choose_epoch(run, epochs)
    found = results.kept(run.id, epoch)
    if found is None:
        wait_for(Task(EVALUATE, run.id, (epoch,)))
        return
    _summary(run, found)
    left, right = st.columns([3, 2], gap="large")
    with left:
        cell = _matrix(found)
    with right:
        _scores(found)
    _images_of(run, found, cell)
    _mistakes(run, found)
    _calibration(found)


def _choose_epoch(run: Run, epochs: list[int]) -> int:
    """The epoch from the link, or the best one."""
    best = run.best_epoch if run.best_epoch in epochs else epochs[-1]
    if len(epochs) == 1:
        st.caption(_("With the weights of the best epoch, {epoch}.", epoch=epochs[0]))
        return epochs[0]
    wanted = address.whole(EPOCH)
    start = wanted if wanted in epochs else best
    epoch: int = st.select_slider(
        _("Weights after epoch"),
        epochs,
        start,
        format_func=lambda one: _("{epoch} (best)", epoch=one) if one == best else str(one),
        key="epoch-slider",
        width=420,
        help=_("The weights of some epochs are saved, so you can see how the mistakes change during training."),
    )
    if epoch != start:
        address.put(EPOCH, str(epoch))
    return epoch


def _summary(run: Run, found: Evaluation) -> None:
    wrong = int((found.labels != found.predicted).sum())
    with st.container(horizontal=True, gap="large"):
        st.metric(_("Validation accuracy"), percent(found.accuracy), width="content")
        st.metric(
            _("Wrong predictions"),
            _("{wrong} of {all}", wrong=count(wrong), all=count(len(found.labels))),
            width="content",
        )
        st.metric(
            _("Calibration error"),
            percent(results.calibration_error(found)),
            width="content",
            help=explained(
                _(
                    "The average difference between confidence and accuracy. At 0 %, of all images predicted with 80 % "
                    "confidence, 80 % are right."
                ),
                "Confidence",
            ),
        )


def _matrix(found: Evaluation) -> Cell | None:
    """The confusion matrix. For very many classes, a menu of the most frequent mistakes."""
    counts = results.confusion(found)
    chosen = _cell_of_link(len(found.classes))
    if len(found.classes) > MOST_CLASSES:
        cell = _choose_pair(found, chosen)
    else:
        as_rates = (
            st.segmented_control(
                _("Confusion matrix"),
                ["counts", "rates"],
                default="counts",
                required=True,
                format_func=lambda one: _("Images") if one == "counts" else _("Percent of the class"),
                key="matrix-shows",
                help=_(GLOSSARY["Confusion matrix"]),
            )
            == "rates"
        )
        cell = confusion_matrix(counts, found.classes, key="matrix", as_rates=as_rates, chosen=chosen)
        st.caption(_("Blue is right, orange is wrong. Click on a cell to see its images."))
    if cell and cell != chosen:
        address.put(CELL, f"{cell[0]}-{cell[1]}")
    return cell


def _cell_of_link(classes: int) -> Cell | None:
    """The cell from the address, if it is valid."""
    row, column = (address.number_of(part) for part in address.text(CELL).partition("-")[::2])
    if row is None or column is None or max(row, column) >= classes:
        return None
    return row, column


def _choose_pair(found: Evaluation, chosen: Cell | None) -> Cell | None:
    pairs = {(label, predicted): number for label, predicted, number in results.confused_pairs(found, 50)}
    options = list(pairs)
    return st.selectbox(
        _("Most frequent mistakes"),
        options,
        options.index(chosen) if chosen in options else None,
        format_func=lambda pair: (
            f"{found.classes[pair[0]]} → {found.classes[pair[1]]} ({pairs[pair]})" if pair in pairs else ""
        ),
        key="pair",
        placeholder=_("Choose a pair to see its images"),
    )


def _scores(found: Evaluation) -> None:
    """Precision, recall and F1 of each class."""
    scores = results.class_scores(found)
    shares = {
        _("Precision"): ([one.precision for one in scores], _(GLOSSARY["Precision"])),
        _("Recall"): ([one.recall for one in scores], _(GLOSSARY["Recall"])),
        _("F1"): ([one.f1 for one in scores], _("Precision and recall in one number: their harmonic mean.")),
    }
    names = _("Class")
    st.dataframe(
        pd.DataFrame(
            {names: [one.name for one in scores]}
            | {
                title: [None if one is None else 100 * one for one in values]
                for title, (values, _help) in shares.items()
            }
            | {_("Images"): [one.images for one in scores]}
        ),
        hide_index=True,
        height=min(500, 37 + 35 * len(scores)),
        column_config={names: st.column_config.TextColumn(pinned=True)}
        | {
            title: st.column_config.NumberColumn(format="%.1f %%", help=explanation)
            for title, (_values, explanation) in shares.items()
        },
        placeholder="–",
        key="scores",
        alt=_("Precision, recall and F1 of each class"),
    )


def _images_of(run: Run, found: Evaluation, cell: Cell | None) -> None:
    """The images of the clicked cell."""
    if cell is None:
        return
    positions = results.cell(found, *cell)
    label, predicted = (escaped(found.classes[place]) for place in cell)
    if cell[0] == cell[1]:
        title = plural(
            "{number} image of {label}, predicted correctly",
            "{number} images of {label}, predicted correctly",
            len(positions),
            label=label,
        )
    else:
        title = plural(
            "{number} image of {label}, predicted as {predicted}",
            "{number} images of {label}, predicted as {predicted}",
            len(positions),
            label=label,
            predicted=predicted,
        )
    st.markdown(f"**{title}** · {_('highest loss first')}")
    if len(positions):
        _grid(run, found, positions, key="cell-images", names=False)


def _mistakes(run: Run, found: Evaluation) -> None:
    with st.expander(_("Most confident mistakes"), key="mistakes", on_change="rerun") as part:
        if not part.open:
            return
        positions = results.mistakes(found)
        if not len(positions):
            st.success(_("No mistakes."), icon=":material/check_circle:")
            return
        st.caption(_("Wrong predictions with the highest confidence. Some of their labels may be wrong."))
        _grid(run, found, positions[:AT_ONCE], key="mistake-images", names=True)


def _calibration(found: Evaluation) -> None:
    with st.expander(_("Calibration"), key="calibration", on_change="rerun") as part:
        if not part.open:
            return
        st.caption(
            _(
                "Does confidence match accuracy? On the dotted line, of all images predicted with 80 % confidence, 80 "
                "% are right. Below the line, the network is more confident than it should be."
            )
        )
        figure = calibration_chart(
            results.calibration(found),
            _("confidence"),
            _("accuracy"),
            ideal=_("perfectly calibrated"),
            images=_("images"),
        )
        st.plotly_chart(figure, key="calibration-chart", alt=_("Accuracy over confidence"))


def _grid(run: Run, found: Evaluation, positions: results.Integers, *, key: str, names: bool) -> None:
    """The images at these positions, on several pages if needed."""
    pages = -(-len(positions) // AT_ONCE)
    first = 0
    if pages > 1:
        page = st.number_input(_("Page, {number} in all", number=pages), 1, pages, key=f"{key}-page", width=200)
        first = (int(page) - 1) * AT_ONCE
    shown = positions[first : first + AT_ONCE]
    pictures = _pictures(run, shown)
    if pictures is None:
        return
    captions = [
        f"{found.classes[found.labels[place]]} → {found.classes[found.predicted[place]]}"
        if names
        else percent(float(found.confidence[place]))
        for place in shown
    ]
    image_grid(pictures, captions, [_detail(found, int(place)) for place in shown], key=key, tile=88)


def _detail(found: Evaluation, place: int) -> str:
    return _(
        "image {position}: {label}, predicted as {predicted} with {confidence} confidence, loss {loss}",
        position=place,
        label=found.classes[found.labels[place]],
        predicted=found.classes[found.predicted[place]],
        confidence=percent(float(found.confidence[place])),
        loss=f"{found.losses[place]:.3f}",
    )


def _pictures(run: Run, positions: results.Integers) -> "NDArray[np.uint8] | None":
    """The network's inputs without normalisation. None while the images are being prepared."""
    import torch

    from core.data import preview
    from core.data.batches import validation_batches

    if not prepare_images(run.config.data):
        return None
    batches = validation_batches(run.config, images_of(run.config.data).validation, torch.device("cpu"))
    images, _labels = batches.batch(torch.from_numpy(positions))
    return preview.smaller(preview.pictures_of(images, run.config.data), largest_tile(len(positions))).numpy()
