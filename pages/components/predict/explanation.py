"""The page Predict, tabs Why, Inside and Similar images, which explain a network's answer."""

import streamlit as st

from core.inference import DESCRIBE_TRAINING_IMAGES
from core.runs.tasks import Task
from pages.components.predict import pictures
from pages.components.predict.model import Model
from pages.components.predict.preparation import Preparation
from pages.components.shell.formats import count, shape
from pages.components.shell.i18n import _, escaped, plural
from pages.components.shell.images import images_of
from pages.components.shell.tasks import wait_for
from pages.components.widgets.image_grid import image_grid

_TILE = 112  # CSS pixels of a picture: eight fit beside each other
_LARGE = 320  # CSS pixels of the heat map
_NEIGHBOURS = 8

# --- why ----------------------------------------------------------------------------------------------------------


def why_tab(model: Model, preparation: Preparation) -> None:
    """A heat map of the image areas that raise the score of a class."""
    from core.data import transforms
    from core.inference.explain import heat
    from core.inference.predictor import predict

    trained = model.trained
    tensor = preparation.as_input(trained)
    opinion = predict(trained, tensor[None])[0]
    order = opinion.probabilities.argsort(kind="stable")[::-1].tolist()
    order.remove(opinion.best)
    picture, about = st.columns([2, 3], gap="large")
    with about:
        label = st.selectbox(
            _("Class to explain"),
            [opinion.best, *order],
            format_func=lambda place: trained.classes[place],
            key=f"why-{model.key}-{opinion.best}",
            width=260,
        )
        heat_map = heat(trained, tensor, label)
        if heat_map.method == "grad-cam":
            explanation = _(
                "**Grad-CAM** uses layer {layer}, whose output still shows where things are in the image. Each channel "
                "counts as much as it raises the score of this class. Orange areas raise the score most.",
                layer=escaped(heat_map.layer or ""),
            )
        else:
            explanation = _(
                "**Saliency** measures how much the score of this class changes when one pixel changes. Orange pixels "
                "matter most. A perceptron doesn't know which pixels are neighbours, so the map is grainy."
            )
        st.markdown(explanation)
        if not heat_map.values.any():
            st.info(_("No part of the image raises the score of this class."))
        st.caption(_("The map shows what the network relies on. That can differ from what really defines the class."))
    with picture:
        pixels = transforms.undone(tensor[None], trained.config.data.mean, trained.config.data.std)[0].numpy()
        st.image(
            pictures.heated(pixels, heat_map.values, _LARGE, smooth=heat_map.method == "grad-cam"),
            width=_LARGE,
            alt=_("Your image with a heat map"),
        )


# --- inside -------------------------------------------------------------------------------------------------------


def inside_tab(model: Model, preparation: Preparation) -> None:
    """Each layer's output for the image, and the filters of the first layer."""
    from core.inference.explain import activations, first_filters

    trained = model.trained
    st.markdown(_("**The output of each layer** for your image. The brighter, the larger the value."))
    for layer in activations(trained, preparation.as_input(trained)):
        title = f"{escaped(layer.name)} · {layer.kind} · {shape(layer.shape)}"
        if layer.values.ndim == 3:
            more = layer.shape[0] - len(layer.values)
            title += " · " + plural("{number} more channel", "{number} more channels", more) if more > 0 else ""
        st.caption(title)
        st.image(pictures.mosaic(layer.values), width="content", alt=title)
    if filters := first_filters(trained):
        grey = filters.weights.shape[1] == 1
        about = (
            _("orange parts raise the output, blue parts lower it")
            if grey
            else _("each shows the colours that it responds to")
        )
        st.markdown(_("**What the first layer looks for**: {about}.", about=about))
        text = plural("One filter", "{number} filters", filters.number)
        if filters.number > len(filters.weights):
            text += " · " + _("the first {number}", number=len(filters.weights))
        st.caption(text)
        st.image(pictures.filters(filters.weights), width="content", alt=text)


# --- similar images -----------------------------------------------------------------------------------------------


def similar_tab(model: Model, preparation: Preparation) -> None:
    """The training images whose features, the input of the last layer, are most similar."""
    import torch

    from core.data import datasets, preview
    from core.inference import neighbours

    trained = model.trained
    if model.run is None or not datasets.ready(trained.config.data):
        st.info(_("The training images of this network aren't on this server, so the page can't search them."))
        return
    index = neighbours.kept(model.run.id)
    if index is None:
        wait_for(Task(DESCRIBE_TRAINING_IMAGES, model.run.id))
        return
    nearest = neighbours.nearest(index, trained, preparation.as_input(trained), _NEIGHBOURS)
    train = images_of(trained.config.data).train
    positions = torch.tensor([one.position for one in nearest])
    names = [trained.classes[label] for label in train.labels[positions].tolist()]
    captions = [f"{name} · {one.similarity:.2f}" for name, one in zip(names, nearest, strict=True)]
    images = preview.smaller(train.at(positions), 2 * _TILE).numpy()
    image_grid(images, captions, captions, key="similar", tile=_TILE)
    st.caption(
        _(
            "The most similar of {number} training images, compared by the inputs of the last layer. "
            "1 is the highest similarity. Validation images nearly always reach {usual}.",
            number=count(len(index.positions)),
            usual=f"{index.usual:.2f}",
        )
    )
