"""The button that opens the page Train with the chosen images and a network that fits them."""

from typing import Any

import streamlit as st

from core.config import Backbone, RunConfig, parse
from core.data import catalog
from core.data.own import stored
from core.messages import N_
from core.recipes import recipes
from core.recipes.own_photos import head_on_photos
from pages.components.data.view import View
from pages.components.shell import address, state
from pages.components.shell.i18n import _, said
from pages.components.shell.links import FIRST_RECIPE, PHOTO_RECIPE
from pages.components.shell.state import Draft

_IN_RED = N_("Correct what is marked in red first.")


def train_button(view: View, *, ready: bool) -> None:
    """Opens the page Train with these images, if they can be trained."""
    from core.training.check import image_problems

    obstacles = image_problems(view.config.data) if ready else []
    if st.button(
        _("Train with these points") if catalog.has_points(view.config.data) else _("Train with these images"),
        icon=":material/play_arrow:",
        key="train",
        disabled=not ready or bool(obstacles),
        help=said(obstacles[0].message) if obstacles else None if ready else _(_IN_RED),
        width="stretch",
    ):
        draft = state.draft()
        name, config = matching_run(view.config, draft)
        state.keep_draft(Draft(name, config, draft.generation + 1 if draft else 0))
        address.go(address.TRAIN_PAGE)


def matching_run(viewed: RunConfig, draft: Draft | None) -> tuple[str, RunConfig]:
    """The first run that can train on these images, with its recipe's name.

    Tries the settings of the page Train, then the recipes of this data set. Photos of one's own then get a head on a
    network that knows ImageNet, unless the visitor chose another size; all else gets a small network.
    """
    from core.training.check import problems

    dataset = viewed.data.dataset
    photos = stored.is_name(dataset) and viewed.data.image_size is None and viewed.data.center_crop is None
    candidates = []
    # Layers made for other images may fit these, but see nothing in so many pixels.
    if draft and (not photos or isinstance(draft.config.model, Backbone) or draft.config.data.dataset == dataset):
        data = viewed.data.with_pixels_of(draft.config.data) if photos else viewed.data
        candidates.append((draft.recipe, draft.config.model_copy(update={"data": data})))
    for known in recipes().values():
        if known.config.data.dataset == dataset:
            candidates.append((known.name, known.config.model_copy(update={"data": viewed.data})))
    if photos:
        candidates.append((PHOTO_RECIPE, head_on_photos(viewed.data)))
    for name, config in candidates:
        if not problems(config):
            return name, config
    return FIRST_RECIPE, small_perceptron(viewed) if catalog.has_points(viewed.data) else small_cnn(viewed)


def small_cnn(viewed: RunConfig) -> RunConfig:
    """Blocks of convolution, ReLU and pooling that halve the image, then one logit for each class."""
    _channels, size, _width = catalog.input_shape(viewed.data)
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
    classes = len(catalog.info(viewed.data.dataset).classes)
    layers += [{"kind": "flatten"}, {"kind": "linear", "out_features": classes}]
    return parse(
        {
            "data": viewed.data.model_dump(),
            "model": {"layers": layers},
            "optimizer": {"name": "adam", "lr": 0.001},
            "epochs": 10,
            "batch_size": min(viewed.batch_size, 64),
            "seed": viewed.seed,
        }
    )


def small_perceptron(viewed: RunConfig) -> RunConfig:
    """For points: two hidden layers, which bend the boundary around a spiral in a few seconds."""
    hidden: list[dict[str, Any]] = [{"kind": "linear", "out_features": 32}, {"kind": "relu"}]
    classes = len(catalog.info(viewed.data.dataset).classes)
    return parse(
        {
            "data": viewed.data.model_dump(),
            "model": {"layers": [*hidden, *hidden, {"kind": "linear", "out_features": classes}]},
            "optimizer": {"name": "adam", "lr": 0.01},
            "epochs": 40,
            "batch_size": min(viewed.batch_size, 16),
            "seed": viewed.seed,
        }
    )
