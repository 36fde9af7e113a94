"""The page Predict, below the answer: what the network saw, where it looked, what goes on inside, what is alike."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.inference import DESCRIBE_TRAINING_IMAGES
from core.messages import N_
from core.runs.tasks import Task
from pages.components.predict import pictures
from pages.components.predict.model import Model
from pages.components.shell.formats import shape
from pages.components.shell.i18n import _, escaped, plural, translate
from pages.components.shell.images import images_of
from pages.components.shell.tasks import wait_for
from pages.components.widgets.image_grid import image_grid

if TYPE_CHECKING:
    import torch
    from PIL import Image

    from core.inference.preparation import Steps
    from core.training.weights import Trained

Pixels = NDArray[np.uint8]
_TILE = 112  # CSS pixels of a picture: eight fit beside each other
_LARGE = 320  # of the heat map
_NEIGHBOURS = 8

STEPS = {
    "invert": N_("Invert"),
    "clean": N_("Make paper black"),
    "crop": N_("Crop to content"),
    "centre": N_("Centre"),
    "normalise": N_("Normalise"),
}


@dataclass(frozen=True)
class Shown:
    """An image, and what is done to it; None: what suits the network."""

    image: "Image.Image"
    steps: "Steps | None"

    def steps_for(self, found: "Trained") -> "Steps":
        """What is done to it for this network."""
        from core.inference.preparation import automatic

        return self.steps or automatic(self.image, found.config.data)

    def as_input(self, found: "Trained") -> "torch.Tensor":
        """It as the network's input, float32 [C, H, W]."""
        from core.inference.preparation import prepare

        return prepare(self.image, found.config.data, self.steps_for(found))


def choose_steps(model: Model, image: "Image.Image") -> "Steps | None":
    """What is done to the image; None: what suits it."""
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
            # Another suggestion makes new pills, which show it; a change by hand holds until then.
            key="steps-" + "-".join(suggested),
            help=_(
                "Chosen to suit the image. Switch one off and see what the network makes of it: it only knows images "
                "that look like those it learned from."
            ),
        )
    if sorted(chosen) == sorted(suggested):
        return None
    return Steps(**{name: name in chosen for name in names})


# --- what the model saw -------------------------------------------------------------------------------------------


def saw(model: Model, shown: Shown) -> None:
    """The image after each step, the last one as the network gets it."""
    from core.inference.preparation import stages

    found = stages(shown.image, model.trained.config.data, shown.steps_for(model.trained))
    titles = [translate(stage.title) for stage in found]
    for place, stage in enumerate(found):
        if stage.normalised:
            low, high = (f"{value:.2f}".replace("-", "−") for value in stage.normalised)
            titles[place] = _("{title}: {low} to {high}", title=titles[place], low=low, high=high)
    size = 2 * _TILE
    frames = np.stack([pictures.framed(pictures.colours(stage.pixels), size) for stage in found])
    image_grid(
        frames, [f"{n}. {title}" for n, title in enumerate(titles, 1)], titles, key="stages", tile=_TILE, lines=3
    )
    st.caption(_("From left to right: your image on its way to the network. The last picture is all that it gets."))


# --- why ----------------------------------------------------------------------------------------------------------


def why(model: Model, shown: Shown) -> None:
    """Where in the image there is what speaks for a class."""
    from core.data import transforms
    from core.inference.explain import heat
    from core.inference.predictor import predict

    found = model.trained
    tensor = shown.as_input(found)
    opinion = predict(found, tensor[None])[0]
    order = opinion.probabilities.argsort(kind="stable")[::-1].tolist()
    order.remove(opinion.best)
    picture, about = st.columns([2, 3], gap="large")
    with about:
        label = st.selectbox(
            _("What speaks for"),
            [opinion.best, *order],
            format_func=lambda place: found.classes[place],
            key=f"why-{model.key}-{opinion.best}",
            width=260,
        )
        seen = heat(found, tensor, label)
        if seen.method == "grad-cam":
            explanation = _(
                "**Grad-CAM**: layer {layer} still knows where in the image something is. Its channels are weighed by "
                "how much each raises the score of this class. Orange is what speaks for it.",
                layer=escaped(seen.layer or ""),
            )
        else:
            explanation = _(
                "**Saliency**: how much the score of this class changes when one pixel does. Orange pixels matter "
                "most. A perceptron has no idea of places, so the map is grainy."
            )
        st.markdown(explanation)
        if not seen.values.any():
            st.info(_("Nothing in the image speaks for this class."))
        st.caption(_("It shows what the network uses, right or wrong, not what makes the class."))
    with picture:
        pixels = transforms.undone(tensor[None], found.config.data.mean, found.config.data.std)[0].numpy()
        st.image(pictures.heated(pixels, seen.values, _LARGE, smooth=seen.method == "grad-cam"), width=_LARGE)


# --- inside -------------------------------------------------------------------------------------------------------


def inside(model: Model, shown: Shown) -> None:
    """What each layer makes of the image, and what the first one looks for."""
    from core.inference.explain import activations, first_filters

    found = model.trained
    st.markdown(_("**The image on its way through the layers**, brightest where a layer gives most."))
    for layer in activations(found, shown.as_input(found)):
        title = f"{escaped(layer.name)} · {layer.kind} · {shape(layer.shape)}"
        if layer.values.ndim == 3:
            more = layer.shape[0] - len(layer.values)
            title += " · " + plural("{number} channel more", "{number} channels more", more) if more > 0 else ""
        st.caption(title)
        st.image(pictures.mosaic(layer.values), width="content")
    if filters := first_filters(found):
        grey = filters.weights.shape[1] == 1
        about = _("orange adds, blue takes away") if grey else _("the colours that each answers to")
        st.markdown(_("**What the first layer looks for**: {about}.", about=about))
        text = plural("One filter", "{number} filters", filters.number)
        shown_text = (
            ""
            if filters.number <= len(filters.weights)
            else " · " + _("the first {number}", number=len(filters.weights))
        )
        st.caption(text + shown_text)
        st.image(pictures.filters(filters.weights), width="content")


# --- similar images -----------------------------------------------------------------------------------------------


def similar(model: Model, shown: Shown) -> None:
    """The training images that the network describes most alike."""
    import torch

    from core.data import datasets, preview
    from core.inference import neighbours

    found = model.trained
    if model.run is None or not datasets.ready(found.config.data):
        st.info(
            _("The images that this network learned from aren't on this server, so there is nothing to compare with.")
        )
        return
    index = neighbours.kept(model.run.id)
    if index is None:
        wait_for(Task(DESCRIBE_TRAINING_IMAGES, model.run.id))
        return
    nearest = neighbours.nearest(index, found, shown.as_input(found), _NEIGHBOURS)
    train = images_of(found.config.data).train
    positions = torch.tensor([one.position for one in nearest])
    rows = positions if train.rows is None else train.rows[positions]
    names = [found.classes[label] for label in train.labels[positions].tolist()]
    captions = [f"{name} · {one.similarity:.2f}" for name, one in zip(names, nearest, strict=True)]
    shown_images = preview.smaller(train.images[rows], 2 * _TILE).numpy()
    image_grid(shown_images, captions, captions, key="similar", tile=_TILE)
    st.caption(
        _(
            "Of {number} training images these are described most alike where the last layer decides: 1 is the same. "
            "Held-out images usually reach {usual}.",
            number=len(index.positions),
            usual=f"{index.usual:.2f}",
        )
    )


TABS: tuple[Callable[[Model, Shown], None], ...] = (saw, why, inside, similar)
