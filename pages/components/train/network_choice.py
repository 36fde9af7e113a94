"""The choice of the network and its starting weights."""

from typing import Any

import streamlit as st

from core.config import Activation, Backbone, Flatten, LayerStack, Linear, RunConfig, Transfer
from core.data.catalog import info
from core.models.backbones import BACKBONES, downloaded, megabytes, suited
from core.models.network import head_name
from core.runs import owner_actions
from core.runs.run import Run
from core.runs.state import State
from pages.components.shell import identity, labels
from pages.components.shell.formats import moment
from pages.components.shell.i18n import _
from pages.components.shell.queue import queue
from pages.components.shell.state import Draft
from pages.components.widgets.setting import setting_help, setting_title

OWN = "layers"
RUNS = 20  # of this browser, to begin with


def network_choice(draft: Draft) -> None:
    """Show the menus, and write the choices into the draft."""
    network, weights = st.columns(2)
    with network:
        _network(draft)
    with weights:
        _weights(draft)


def _network(draft: Draft) -> None:
    names = [OWN, *BACKBONES]
    key = f"{draft.generation}-network"

    def choose() -> None:
        name = st.session_state[key]
        if name != draft.config.model.name:
            draft.config = with_network(draft.config, name)
            draft.generation += 1

    st.selectbox(
        _("Network"),
        names,
        names.index(draft.config.model.name),
        format_func=lambda name: _("Layers of your own") if name == OWN else BACKBONES[name].title,
        key=key,
        on_change=choose,
        help=_("Your own list of layers, or a network that researchers designed for photos. It gets a new last layer."),
    )


def with_network(config: RunConfig, name: str) -> RunConfig:
    """The run with another network, and with images that suit it."""
    if name == OWN:
        classes = len(info(config.data.dataset).classes)
        layers = (Flatten(), Linear(out_features=128), Activation(kind="relu"), Linear(out_features=classes))
        return config.model_copy(update={"model": LayerStack(layers=layers), "transfer": Transfer()})
    data = config.data.with_pixels_of(suited(name))
    update = {"model": Backbone(name=name), "transfer": Transfer(), "data": data, "loss": "cross_entropy"}
    return config.model_copy(update=update)


# --- starting weights -----------------------------------------------------------------------------------------------


def _weights(draft: Draft) -> None:
    mine = queue().store.recent(RUNS, owner=identity.owner(), states=[State.FINISHED])
    runs = {run.id: run for run in mine if owner_actions.has_weights(run.id)}
    config = draft.config
    options = ["random", *(["imagenet"] if isinstance(config.model, Backbone) else []), *runs]
    if config.transfer.weights not in options:  # from somebody else's link, or an older run
        options.append(config.transfer.weights)
    names = {name: _weights_label(config, name, runs) for name in options}
    names = labels.distinct(names, {run.id: moment(run.queued_at) for run in runs.values()})
    key = f"{draft.generation}-weights"

    def choose() -> None:
        chosen = st.session_state[key]
        if chosen != config.transfer.weights:
            draft.config = beginning_with(config, chosen, runs.get(chosen))
            draft.generation += 1

    st.selectbox(
        setting_title(Transfer, "weights"),
        options,
        options.index(config.transfer.weights),
        format_func=names.__getitem__,
        key=key,
        on_change=choose,
        help=setting_help(Transfer, "weights"),
    )


def _weights_label(config: RunConfig, name: str, runs: dict[str, Run]) -> str:
    if name == "random":
        return _("Random weights")
    if name != "imagenet":
        run = runs.get(name)
        return _("Run: {name}", name=run.name if run else name)
    size = megabytes(config.model.name)
    if downloaded(config.model.name):
        return _("ImageNet's photos")
    return _("ImageNet's photos ({size} MB to download once)", size=size)


def beginning_with(config: RunConfig, weights: str, run: Run | None) -> RunConfig:
    """The run with other starting weights. Weights of a run also bring its network, with a head for these classes."""
    trains = "head" if weights != "random" and config.transfer.trains == "all" else config.transfer.trains
    update: dict[str, Any] = {"transfer": config.transfer.model_copy(update={"weights": weights, "trains": trains})}
    if run is not None:
        begun = run.config
        model = begun.model
        if isinstance(model, LayerStack):
            head = int(head_name(begun))
            classes = len(info(config.data.dataset).classes)
            layers = (*model.layers[:head], Linear(out_features=classes), *model.layers[head + 1 :])
            model = LayerStack(layers=layers)
        data = config.data.with_pixels_of(begun.data)
        if data.image_size is None:
            data = data.model_copy(update={"image_size": info(begun.data.dataset).size})
        update |= {"model": model, "data": data, "loss": begun.loss}
        update["transfer"] = Transfer(weights=weights, trains="head")
    elif weights == "random":
        update["transfer"] = Transfer()
    return config.model_copy(update=update)
