"""Trains on the pictures that were gathered, with the network that learns fastest from few."""

import time

import streamlit as st

from core.config import DataConfig, RunConfig
from core.data.own import gathered, gathering, stored
from core.data.own.gathering import Gathering
from core.errors import DataError
from core.messages import say
from core.recipes.own_photos import head_on_photos
from core.runs.tasks import Task
from core.training import PREPARE_GATHERED
from pages.components.shell import address
from pages.components.shell.i18n import translate
from pages.components.shell.links import RUN
from pages.components.shell.queue import queue
from pages.components.shell.tasks import task_runner

_TASK_RUN = "gathering"  # in the place of a run: the task's progress is kept under this name
_ANY_SET = f"images-{'0' * 16}"  # in the place of the set that isn't imported yet
_POLL_SECONDS = 0.05


def prepare_in_background(found: Gathering) -> None:
    """Have the pictures imported, and what a frozen network sees of them computed, before somebody presses Train."""
    if found.prepared_version != found.version:
        task_runner().submit(_task(found.owner), found.owner, watched=False)


def train_now(found: Gathering) -> None:
    """Start a run on the pictures and show it. Raises DataError."""
    ready = _prepared(found)
    stored.claim(ready.prepared, found.owner, title(found))
    run_id = queue().store.create(config_for(ready.prepared), owner=found.owner, name=title(found))
    queue().wake()
    gathered.note_training(found.owner, run_id, ready.prepared_version)
    address.go(address.TRAIN_PAGE, {RUN: run_id})


def title(found: Gathering) -> str:
    """What a run on these pictures is called."""
    return ", ".join(one.name for one in found.classes[:3])


def _prepared(found: Gathering) -> Gathering:
    """What was gathered, with the set that was imported of it. Shows how far that is. Raises DataError."""
    for _attempt in range(2):  # one may be under way for the pictures of a moment ago
        ready = gathering.of(found.owner)
        if ready.prepared and ready.prepared_version == ready.version:
            return ready
        _wait_for(_task(found.owner), found.owner)
    ready = gathering.of(found.owner)
    if not ready.prepared:
        raise DataError(say("The import ended early. Try again."))
    return ready


def _wait_for(task: Task, owner: str) -> None:
    """Have the task done and show its progress. Raises DataError where it fails."""
    task_runner().submit(task, owner)
    bar = st.progress(0.0)
    while (status := task_runner().status(task, owner)) and status.state != "done":
        if status.state == "failed":
            bar.empty()
            raise DataError(status.message)
        bar.progress(status.fraction or 0.0, translate(status.message))
        time.sleep(_POLL_SECONDS)


def _task(owner: str) -> Task:
    return Task(PREPARE_GATHERED, _TASK_RUN, (owner, config_for(_ANY_SET).to_json()))


def config_for(dataset: str) -> RunConfig:
    """A new head on a frozen network that knows ImageNet."""
    return head_on_photos(DataConfig(dataset=dataset, validation_fraction=0.2))
