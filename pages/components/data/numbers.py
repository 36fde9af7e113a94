"""The tab Numbers: images per class, tensor shapes, and pixel values before and after normalisation."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from core.config import DataConfig, RunConfig
from core.data import catalog
from core.data.own import stored
from core.figures.data import class_bars, histogram
from pages.components.data.view import View, change
from pages.components.shell.formats import count, shape
from pages.components.shell.i18n import _, plural
from pages.components.shell.images import images_of, mapped

if TYPE_CHECKING:
    from core.data.statistics import PixelStatistics


@st.cache_data(max_entries=50, show_spinner=False, hash_funcs={DataConfig: DataConfig.model_dump_json})
def pixel_statistics(config: DataConfig) -> "PixelStatistics":
    """Counts, mean and standard deviation of a training split's pixels, cached for all visitors."""
    from core.data.statistics import pixel_statistics

    return pixel_statistics(mapped(config).train)


def numbers_tab(view: View) -> None:
    """Images per class and shapes, then pixel values."""
    from core.data import datasets
    from core.data.statistics import class_counts

    data = images_of(view.config.data)
    train, validation = (class_counts(part.labels, len(data.classes)) for part in (data.train, data.validation))
    left, right = st.columns([3, 2], gap="large")
    with left:
        points = catalog.has_points(view.config.data)
        st.subheader(_("Points per class") if points else _("Images per class"), anchor=False)
        st.plotly_chart(
            class_bars(
                data.classes,
                train,
                validation,
                train_name=_("training"),
                validation_name=_("validation"),
                axis_title=_("points") if points else _("images"),
            ),
            key="classes",
            alt=_("Bar chart of the number of images in each class"),
        )
    with right:
        st.subheader(_("Numbers and shapes"), anchor=False)
        st.table(_sizes(view.config, len(data.train), len(data.validation), len(data.classes)))
    config = view.config.data
    if catalog.has_points(config):
        _coordinates(data.train.at(slice(None)).numpy())
        return
    with st.spinner(_("Counting pixels")):
        facts = pixel_statistics(datasets.what_decides(config))
    st.subheader(_("Pixels of the training images"), anchor=False)
    _pixels(view, facts)


def _coordinates(places: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> None:
    """Where the training points lie."""
    st.subheader(_("Coordinates of the training points"), anchor=False)
    rows = {
        _("Smallest"): places.min(0),
        _("Largest"): places.max(0),
        _("Mean"): places.mean(0),
        _("Standard deviation"): places.std(0),
    }
    st.table(pd.DataFrame({name: [f"{one:.3f}" for one in values] for name, values in rows.items()}, index=["x", "y"]))


def _sizes(config: RunConfig, train: int, validation: int, classes: int) -> pd.DataFrame:
    if catalog.has_points(config.data):
        rows = {
            _("Training points"): count(train),
            _("Validation points"): f"{count(validation)} ({validation / max(1, train + validation):.0%})",
            _("Classes"): count(classes),
            _("One point"): "torch.Size([2])",
            _("One batch"): f"torch.Size([{min(config.batch_size, train)}, 2])",
        }
        return pd.DataFrame({_("Value"): rows.values()}, index=list(rows))
    channels, height, width = catalog.input_shape(config.data)
    trained = catalog.image_size(config.data)
    rows = {
        _("Training images"): count(train),
        _("Validation images"): f"{count(validation)} ({validation / max(1, train + validation):.0%})",
        _("Classes"): count(classes),
        _("Original image size"): _original_sizes(config.data.dataset),
        _("One training image"): f"torch.Size([{channels}, {trained}, {trained}])",
        _("One validation image"): f"torch.Size([{channels}, {height}, {width}])",
        _("One batch"): f"torch.Size([{min(config.batch_size, train)}, {channels}, {trained}, {trained}])",
        _("Data type of images"): "torch.float32",
        _("Data type of labels"): "torch.int64",
    }
    return pd.DataFrame({_("Value"): rows.values()}, index=list(rows))


def _original_sizes(dataset: str) -> str:
    """The size of built-in images, or the smallest and the largest size of imported ones, in pixels."""
    if not stored.is_name(dataset):
        size = catalog.info(dataset).size
        return shape((size, size))
    sizes = stored.load(dataset).originals
    areas = sizes.prod(axis=1)
    (low_h, low_w), (high_h, high_w) = sizes[areas.argmin()].tolist(), sizes[areas.argmax()].tolist()
    low, high = f"{low_w}×{low_h}", f"{high_w}×{high_h}"
    return low if low == high else _("{smallest} to {largest}", smallest=low, largest=high)


def _pixels(view: View, facts: "PixelStatistics") -> None:
    config = view.config.data
    channels = len(facts.counts)
    channel_names = [_("red"), _("green"), _("blue")] if channels == 3 else [_("grey")]
    mean, std = (values * channels if len(values) == 1 else values for values in (config.mean, config.std))
    before, after = st.columns(2, gap="large")
    values = np.tile(np.arange(256) / 255, (channels, 1))
    with before:
        st.markdown(_("**Before normalisation:** pixel / 255"))
        st.plotly_chart(
            histogram(facts.counts, values, channel_names, _("pixel value"), _("share of pixels")),
            key="before",
            alt=_("Histogram of the pixel values from 0 to 1"),
        )
    with after:
        st.markdown(_("**After normalisation:** (value − mean) / standard deviation"))
        normalised = (values - np.array(mean)[:, None]) / np.array(std)[:, None]
        st.plotly_chart(
            histogram(facts.counts, normalised, channel_names, _("normalised value"), _("share of pixels")),
            key="after",
            alt=_("Histogram of the normalised values"),
        )
    st.table(
        pd.DataFrame(
            {
                _("Mean, measured"): [f"{value:.4f}" for value in facts.mean],
                _("Mean, in use"): [f"{value:.4f}" for value in mean],
                _("Standard deviation, measured"): [f"{value:.4f}" for value in facts.std],
                _("Standard deviation, in use"): [f"{value:.4f}" for value in std],
            },
            index=channel_names,
        )
    )
    measured_mean, measured_std = (tuple(round(value, 4) for value in part) for part in (facts.mean, facts.std))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Use the measured values"),
            key="measured",
            disabled=(measured_mean, measured_std) == (tuple(mean), tuple(std)) or min(measured_std) == 0,
            on_click=lambda: change(view, config.model_copy(update={"mean": measured_mean, "std": measured_std})),
            help=_("The inputs then have mean 0 and standard deviation 1, from which most networks learn best."),
        )
        measured = plural("Measured on one image.", "Measured on {number} training images.", facts.images)
        st.caption(measured.replace(str(facts.images), count(facts.images)))
