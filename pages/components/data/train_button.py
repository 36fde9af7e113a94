"""From images to a run: a Train page filled in with a network that fits them."""

from typing import Any

import streamlit as st

from core.config import RunConfig, parse
from core.data import catalog
from core.recipes import recipes
from pages.components.data.view import View
from pages.components.shell import state
from pages.components.shell.i18n import _
from pages.components.shell.links import FIRST_RECIPE
from pages.components.shell.state import Draft


def train_button(view: View, *, ready: bool) -> None:
    """Go to the Train page with these images."""
    if st.button(
        _("Train with these images"),
        icon=":material/play_arrow:",
        key="train",
        disabled=not ready,
        help=None if ready else _("Mend what is marked in red first."),
        width="stretch",
    ):
        kept = state.draft()
        name, config = fitting(view.config, kept)
        state.keep_draft(Draft(name, config, kept.generation + 1 if kept else 0))
        st.switch_page("pages/2_Train.py")


def fitting(seen: RunConfig, draft: Draft | None) -> tuple[str, RunConfig]:
    """A recipe's name and a run that can learn from these images: the run being prepared, a lesson, or a small CNN."""
    from core.training.check import problems

    candidates = [(draft.recipe, draft.config)] if draft else []
    candidates += [(one.name, one.config) for one in recipes().values() if one.config.data.dataset == seen.data.dataset]
    for name, config in candidates:
        wanted = config.model_copy(update={"data": seen.data})
        if not problems(wanted):
            return name, wanted
    return FIRST_RECIPE, small_cnn(seen)


def small_cnn(seen: RunConfig) -> RunConfig:
    """Convolutions that halve the image until it is small, and one number for each class."""
    _channels, size, _width = catalog.input_shape(seen.data)
    layers: list[dict[str, Any]] = []
    for channels in (16, 32, 64, 64):
        if size < 6:
            break
        layers += [
            {"kind": "conv2d", "out_channels": channels, "kernel_size": 3, "padding": 1},
            {"kind": "relu"},
            {"kind": "max_pool2d"},
        ]
        size //= 2
    classes = len(catalog.info(seen.data.dataset).classes)
    layers += [{"kind": "flatten"}, {"kind": "linear", "out_features": classes}]
    return parse(
        {
            "data": seen.data.model_dump(),
            "model": {"layers": layers},
            "optimizer": {"name": "adam", "lr": 0.001},
            "epochs": 10,
            "batch_size": min(seen.batch_size, 64),
            "seed": seen.seed,
        }
    )
