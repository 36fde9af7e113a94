"""Pages without a browser and without training: what is queued stays in the queue."""

import gettext
import logging
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from core.models.backbones import BACKBONES
from core.runs import tasks
from core.runs.store import Store
from pages.components.predict import model
from pages.components.shell import i18n, labels
from pages.components.shell import queue as shared
from pages.components.shell import tasks as shared_tasks
from tests.pages import opened
from tests.pages.opened import texts

# What is the same in every language: names of the field, of the app, of processors, and icons.
NAMES = {"Torch Classroom", "MNIST", "Fashion-MNIST", "Kuzushiji-MNIST", "CIFAR-10", "CPU", "float32", "bfloat16"}
NAMES |= {known.title for known in BACKBONES.values()}
NAMES |= set(labels.DEVICES.values()) | set(labels.OPTIMIZERS.values()) | set(labels.LAYERS.values())

# AppTest's widgets format their options outside of a script run, which Streamlit mentions each time.
for _name in ("runtime.scriptrunner_utils.script_run_context", "runtime.state.session_state_proxy"):
    logging.getLogger(f"streamlit.{_name}").addFilter(lambda record: record.levelno > logging.WARNING)


@pytest.fixture(scope="session", autouse=True)
def packages_looked_through_once() -> Iterator[None]:
    """AppTest looks for components in all installed packages whenever a page is opened: half a second each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def idle_queue(folders: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test has a queue of its own, which trains nothing."""
    with opened.idle_queue(monkeypatch):
        yield


@pytest.fixture
def store(idle_queue: None) -> Store:
    """The store that the pages use."""
    return shared.store()


@pytest.fixture
def tasks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks are done at once and in this process; nothing is remembered from another test."""
    monkeypatch.setattr(tasks.TaskRunner, "submit", lambda _desk, task, _visitor, **_watched: tasks.perform(task))
    shared_tasks.task_runner.clear()
    model._loaded.clear()


class Foreign(gettext.NullTranslations):
    """A language in which every sentence is the English one between ⟦ and ⟧."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@pytest.fixture
def untranslated(monkeypatch: pytest.MonkeyPatch) -> Callable[[AppTest], set[str]]:
    """Makes every page foreign; the function returns what a page shows in English all the same."""
    monkeypatch.setattr(i18n, "_catalog", lambda _language: Foreign())
    return lambda app: {text for text in texts(app) if _english(text)}


def _english(text: str) -> bool:
    """Whether letters are left of a text without its foreign parts, which may lie in each other, and without names."""
    while (less := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = less
    text = re.sub(r":material/\w+:|:\w+-badge|\$[^$]*\$|https?://\S+", "", text)
    for name in sorted(NAMES, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "", text)
    return bool(re.search(r"[A-Za-z]{2}", text))
