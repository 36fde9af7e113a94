"""What a convolution and a pooling layer compute, on one of the digits that come with the app."""

from typing import Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.concepts.windows import KERNELS, Floats, convolve, pool
from core.data.builtin.digits import digits
from core.figures.concepts import window_picture
from core.messages import N_
from pages.components.shell.glossary import definition
from pages.components.shell.i18n import _

MOST = 10  # digits to choose from
POOLS = {"max": N_("Largest"), "mean": N_("Mean")}


def convolution_concept() -> None:
    """A kernel that is moved over a digit, and the sum at its place."""
    st.markdown(f"{definition('Convolution')} {definition('Kernel')}")
    image, kernel_side = st.columns(2)
    with image:
        pixels = _digit("convolution")
    with kernel_side:
        name = st.selectbox(_("Kernel"), list(KERNELS), format_func=lambda one: _(KERNELS[one][0]), key="kernel")
    kernel = KERNELS[name][1]
    result = convolve(pixels, kernel)
    row, column = _place("convolution", len(result))
    label = _("An image, the kernel and the result")
    st.image(window_picture(pixels, kernel, result, (row, column), label), width="stretch", alt=label)
    st.markdown(
        _(
            "At row {row}, column {column}: nine pixels times nine weights, added up, give **{value}**. The same nine "
            "weights are used at every place. The result is {size}×{size}: the kernel has no more places.",
            row=row + 1,
            column=column + 1,
            value=f"{result[row, column]:.3g}",
            size=len(result),
        )
    )
    st.caption(_("Blue is positive, orange negative. These kernels are made by hand; a network learns its own."))


def pooling_concept() -> None:
    """Windows of 2×2 pixels, of which one number stays."""
    st.markdown(definition("Pooling"))
    image, kind = st.columns(2)
    with image:
        pixels = _digit("pooling")
    how: Literal["max", "mean"] = "max"
    with kind:
        chosen = st.segmented_control(
            _("What stays"),
            list(POOLS),
            default="max",
            required=True,
            format_func=lambda one: _(POOLS[one]),
            key="pool",
        )
        if chosen == "mean":
            how = "mean"
    result = pool(pixels, 2, how)
    row, column = _place("pooling", len(result))
    label = _("An image and its pooled result")
    st.image(window_picture(pixels, None, result, (row, column), label), width="stretch", alt=label)
    st.markdown(
        _(
            "Of the four pixels in the frame, **{value}** stays. 64 numbers become 16, and a digit that moves by a "
            "pixel often gives the same result.",
            value=f"{result[row, column]:.3g}",
        )
    )


def _digit(key: str) -> Floats:
    number = st.select_slider(_("Image"), list(range(MOST)), 3, key=f"{key}-digit")
    pixels: Floats = _digits()[number].astype(np.float64) / 255
    return pixels


@st.cache_data(show_spinner=False)
def _digits() -> NDArray[np.uint8]:
    """The first images, uint8 [10, 8, 8]."""
    return digits()[0][:MOST, 0]


def _place(key: str, size: int) -> tuple[int, int]:
    """Row and column of the window, counted from 0."""
    left, right = st.columns(2)
    row = left.slider(_("Row of the window"), 1, size, min(3, size), key=f"{key}-row")
    column = right.slider(_("Column of the window"), 1, size, min(3, size), key=f"{key}-column")
    return row - 1, column - 1
