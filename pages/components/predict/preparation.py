"""The page Predict, tab What the network saw: the steps that turn an image into the network's input."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.messages import N_
from pages.components.predict import pictures
from pages.components.predict.model import Model
from pages.components.shell.i18n import _, translate
from pages.components.widgets.image_grid import image_grid

if TYPE_CHECKING:
    import torch
    from PIL import Image

    from core.inference.preparation import Steps
    from core.training.weights import Trained

_TILE = 112  # CSS pixels of a picture: eight fit beside each other

STEPS = {
    "invert": N_("Invert"),
    "clean": N_("Make paper black"),
    "crop": N_("Crop to content"),
    "centre": N_("Centre"),
    "normalise": N_("Normalise"),
}


@dataclass(frozen=True)
class Preparation:
    """An image and the steps that prepare it; with None, the app chooses the steps for each network."""

    image: "Image.Image"
    steps: "Steps | None"

    def steps_for(self, trained: "Trained") -> "Steps":
        """The steps for this network."""
        from core.inference.preparation import automatic

        return self.steps or automatic(self.image, trained.config.data)

    def as_input(self, trained: "Trained") -> "torch.Tensor":
        """The network's input, float32 [C, H, W]."""
        from core.inference.preparation import to_input

        return to_input(self.image, trained.config.data, self.steps_for(trained))


def choose_steps(model: Model, image: "Image.Image") -> "Steps | None":
    """The chosen steps; None if they are those that the app suggests."""
    from core.inference.preparation import Steps, adjustable, automatic

    config = model.trained.config.data
    names = [field.name for field in fields(Steps) if adjustable(config) or field.name == "normalise"]
    suggested = [name for name in names if getattr(automatic(image, config), name)]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        chosen = st.pills(
            _("Steps"),
            names,
            selection_mode="multi",
            default=suggested,
            format_func=lambda name: _(STEPS[name]),
            # A new suggestion makes new pills, which drops the changes made by hand.
            key="steps-" + "-".join(suggested),
            help=_(
                "The app chooses steps that suit the image. Switch one off to see how the answer changes. A network "
                "only recognises images that look like those it learned from."
            ),
        )
    if sorted(chosen) == sorted(suggested):
        return None
    return Steps(**{name: name in chosen for name in names})


def stages_tab(model: Model, preparation: Preparation) -> None:
    """The image after each step; the last one is the network's input."""
    from core.inference.preparation import stages

    prepared = stages(preparation.image, model.trained.config.data, preparation.steps_for(model.trained))
    titles = [translate(stage.title) for stage in prepared]
    for place, stage in enumerate(prepared):
        if stage.normalised:
            low, high = (f"{value:.2f}".replace("-", "−") for value in stage.normalised)
            titles[place] = _("{title}: {low} to {high}", title=titles[place], low=low, high=high)
    size = 2 * _TILE
    frames = np.stack([pictures.framed(pictures.colours(stage.pixels), size) for stage in prepared])
    image_grid(
        frames, [f"{n}. {title}" for n, title in enumerate(titles, 1)], titles, key="stages", tile=_TILE, lines=3
    )
    st.caption(_("From left to right: your image after each step. The network gets only the last picture."))
