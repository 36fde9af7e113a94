"""Trains on the pictures that were gathered: imports them as a set and starts the run that learns fastest from few."""

from contextlib import closing

import streamlit as st

from core.config import RunConfig, Transfer
from core.config.optimizers import SGD
from core.config.transfer import Backbone, BackboneName
from core.data import catalog
from core.data.own import gathering, quota, stored
from core.data.own.gathering import Gathering
from core.data.own.importing import importing
from core.errors import DataError
from core.messages import say
from core.recipes import recipe
from pages.components.data.train_button import small_cnn
from pages.components.shell import address, identity
from pages.components.shell.i18n import translate
from pages.components.shell.links import FIRST_RECIPE, RUN
from pages.components.shell.queue import queue

# Those that were trained on ImageNet, the quickest first. The first whose weights are on this machine is used.
_BACKBONES: tuple[BackboneName, ...] = ("mobilenet_v3_small", "efficientnet_b0", "resnet18", "resnet34")
_EPOCHS = 10
# Without such weights all layers learn: from smaller images, and for longer.
_SMALL, _EPOCHS_FROM_SCRATCH = 64, 30


def train_now(found: Gathering) -> None:
    """Import the pictures, start a run on them and show it. Raises DataError."""
    name = _imported(found)
    stored.claim(name, found.owner)
    run_id = queue().store.create(config_for(name), owner=identity.owner(), name=_title(found))
    queue().wake()
    gathering.note_training(found.owner, run_id, found.version)
    address.go(address.TRAIN_PAGE, {RUN: run_id})


def _title(found: Gathering) -> str:
    return ", ".join(one.name for one in found.classes[:3])


def _imported(found: Gathering) -> str:
    """The name of the set. Shows how far the import is."""
    bar, name = st.progress(0.0), None
    source = gathering.source(found.owner)
    with closing(importing(source, title=_title(found), room=quota.room(found.owner))) as steps:
        for step in steps:
            bar.progress(step.fraction or 0.0, translate(step.message))
            name = step.name
    if name is None:
        raise DataError(say("The import ended early. Try again."))
    return name


def config_for(dataset: str) -> RunConfig:
    """A frozen network that knows ImageNet with a new head; a small CNN where no such network is on this machine."""
    from core.models import backbones

    for name in _BACKBONES:
        if backbones.downloaded(name):
            usual = catalog.usual(dataset)
            kept = {"dataset": dataset, "validation_fraction": usual.validation_fraction}
            return RunConfig(
                data=backbones.suited(name).model_copy(update=kept),
                model=Backbone(name=name),
                transfer=Transfer(weights="imagenet", trains="head"),
                optimizer=SGD(lr=0.01, momentum=0.9),
                epochs=_EPOCHS,
                batch_size=4,
            )
    data = catalog.usual(dataset).model_copy(update={"image_size": _SMALL})
    plain = recipe(FIRST_RECIPE).config.model_copy(update={"data": data, "batch_size": 16})
    return small_cnn(plain).model_copy(update={"epochs": _EPOCHS_FROM_SCRATCH})
