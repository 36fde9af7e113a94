"""The tab Numbers: how many images, how bright, and what normalising makes of them."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from core.config import RunConfig
from core.data import catalog
from core.data.own import stored
from core.figures.data import class_bars, histogram
from pages.components.data.view import View, change
from pages.components.shell.formats import count, shape
from pages.components.shell.i18n import _, plural
from pages.components.shell.images import images_of, mapped

if TYPE_CHECKING:
    from core.data.statistics import PixelFacts


@st.cache_data(max_entries=50, show_spinner=False)
def pixels_of(dataset: str, image_size: int | None, fraction: float, split_seed: int) -> "PixelFacts":
    """The pixels of a training split, counted once for everybody."""
    from core.data.statistics import pixel_facts

    return pixel_facts(mapped(dataset, image_size, fraction, split_seed).train)


def numbers_tab(view: View) -> None:
    """Splits and classes, then pixels."""
    from core.data.statistics import class_counts

    data = images_of(view.config.data)
    train, validation = (class_counts(part.labels, len(data.classes)) for part in (data.train, data.validation))
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader(_("Images of each class"), anchor=False)
        st.plotly_chart(
            class_bars(
                data.classes,
                train,
                validation,
                train_name=_("training"),
                validation_name=_("validation"),
                axis_title=_("images"),
            ),
            key="classes",
            alt=_("A bar for each class, as long as it has images"),
        )
    with right:
        st.subheader(_("Sizes"), anchor=False)
        st.table(_sizes(view.config, len(data.train), len(data.validation), len(data.classes)))
    config = view.config.data
    with st.spinner(_("Counting pixels")):
        facts = pixels_of(config.dataset, config.image_size, config.validation_fraction, config.split_seed)
    st.subheader(_("Pixels of the training images"), anchor=False)
    _pixels(view, facts)


def _sizes(config: RunConfig, train: int, validation: int, classes: int) -> pd.DataFrame:
    channels, height, width = catalog.input_shape(config.data)
    trained = catalog.image_size(config.data)
    rows = {
        _("Training images"): count(train),
        _("Validation images"): f"{count(validation)} ({validation / max(1, train + validation):.0%})",
        _("Classes"): count(classes),
        _("Images as they come"): _original_sizes(config.data.dataset),
        _("One training image"): f"torch.Size([{channels}, {trained}, {trained}])",
        _("One validation image"): f"torch.Size([{channels}, {height}, {width}])",
        _("One batch"): f"torch.Size([{min(config.batch_size, train)}, {channels}, {trained}, {trained}])",
        _("Kind of numbers"): "torch.float32",
        _("Labels"): "torch.int64",
    }
    return pd.DataFrame({_("Value"): rows.values()}, index=list(rows))


def _original_sizes(dataset: str) -> str:
    """The sizes of the files: of built-in images one, of one's own smallest to largest."""
    if not stored.is_name(dataset):
        size = catalog.info(dataset).size
        return shape((size, size))
    sizes = stored.load(dataset).originals
    areas = sizes.prod(axis=1)
    (low_h, low_w), (high_h, high_w) = sizes[areas.argmin()].tolist(), sizes[areas.argmax()].tolist()
    low, high = f"{low_w}×{low_h}", f"{high_w}×{high_h}"
    return low if low == high else _("{smallest} to {largest}", smallest=low, largest=high)


def _pixels(view: View, facts: "PixelFacts") -> None:
    config = view.config.data
    channels = len(facts.counts)
    names = [_("red"), _("green"), _("blue")] if channels == 3 else [_("grey")]
    mean, std = (values * channels if len(values) == 1 else values for values in (config.mean, config.std))
    before, after = st.columns(2, gap="large")
    values = np.tile(np.arange(256) / 255, (channels, 1))
    with before:
        st.markdown(_("**Before:** bytes divided by 255"))
        st.plotly_chart(
            histogram(facts.counts, values, names, _("pixel value"), _("share of pixels")),
            key="before",
            alt=_("How often each brightness occurs, from 0 to 1"),
        )
    with after:
        st.markdown(_("**After:** minus the mean, divided by the standard deviation"))
        changed = (values - np.array(mean)[:, None]) / np.array(std)[:, None]
        st.plotly_chart(
            histogram(facts.counts, changed, names, _("normalised value"), _("share of pixels")),
            key="after",
            alt=_("How often each normalised value occurs"),
        )
    st.table(
        pd.DataFrame(
            {
                _("Mean, measured"): [f"{value:.4f}" for value in facts.mean],
                _("Mean, in use"): [f"{value:.4f}" for value in mean],
                _("Standard deviation, measured"): [f"{value:.4f}" for value in facts.std],
                _("Standard deviation, in use"): [f"{value:.4f}" for value in std],
            },
            index=names,
        )
    )
    measured_mean, measured_std = (tuple(round(value, 4) for value in part) for part in (facts.mean, facts.std))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Use the measured ones"),
            key="measured",
            disabled=(measured_mean, measured_std) == (tuple(mean), tuple(std)) or min(measured_std) == 0,
            on_click=lambda: change(view, config.model_copy(update={"mean": measured_mean, "std": measured_std})),
            help=_("Then the inputs average 0 and spread by 1, which most first layers are made for."),
        )
        measured = plural("Measured on one image.", "Measured on {number} training images.", facts.images)
        st.caption(measured.replace(str(facts.images), count(facts.images)))
