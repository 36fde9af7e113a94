"""Pages without a browser and without training: what is queued stays in the queue."""

import gettext
import json
import logging
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from core.models.backbones import BACKBONES
from core.runs import tasks
from core.runs.store import Store
from pages.components.predict import model
from pages.components.shell import engine as shared
from pages.components.shell import i18n, labels
from pages.components.shell import tasks as shared_tasks
from tests.pages import opened

# What is the same in every language: names of the field, of the app, of processors, and icons.
NAMES = {"Torch Classroom", "MNIST", "Fashion-MNIST", "Kuzushiji-MNIST", "CIFAR-10", "CPU", "float32", "bfloat16"}
NAMES |= {known.title for known in BACKBONES.values()}
NAMES |= set(labels.DEVICES.values()) | set(labels.OPTIMIZERS.values()) | set(labels.LAYERS.values())
# The fields of Streamlit's elements that a reader sees.
SEEN = {"label", "help", "body", "placeholder", "options", "text", "delta"}
UNSEEN = {"html", "code"}  # styles, and code, which is English everywhere

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
    """Every test has an engine of its own, which trains nothing."""
    with opened.idle_queue(monkeypatch):
        yield


@pytest.fixture
def store(idle_queue: None) -> Store:
    """The store that the pages use."""
    return shared.store()


@pytest.fixture
def tasks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks are done at once and in this process; nothing is remembered from another test."""
    monkeypatch.setattr(tasks.Desk, "ask", lambda _desk, task: tasks.perform(task))
    shared_tasks.desk.clear()
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
    return lambda app: {text for text in _texts(app) if _english(text)}


def _english(text: str) -> bool:
    """Whether letters are left of a text without its foreign parts, which may lie in each other, and without names."""
    while (less := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = less
    text = re.sub(r":material/\w+:|:\w+-badge|\$[^$]*\$|https?://\S+", "", text)
    for name in sorted(NAMES, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "", text)
    return bool(re.search(r"[A-Za-z]{2}", text))


def _texts(app: AppTest) -> Iterator[str]:
    """Every text on a page and in its menu."""
    for node in (*app.main, *app.sidebar):
        if node.type in UNSEEN or not hasattr(getattr(node, "proto", None), "ListFields"):
            continue
        yield from _strings(node.proto)
        if node.type == "bidi_component":
            yield from _chart_texts(json.loads(node.proto.json or "{}"))
        if node.type == "arrow_table":
            yield from (str(value) for value in (*node.value.columns, *node.value.index, *node.value.to_numpy().flat))


def _strings(message: Any) -> Iterator[str]:
    """The visible texts of an element. The columns of a table are JSON in it."""
    for field, value in message.ListFields():
        if hasattr(value, "ListFields"):
            yield from _strings(value)
        elif field.name == "columns" and isinstance(value, str):
            yield from (
                str(column[part])
                for column in json.loads(value).values()
                for part in ("label", "help")
                if part in column
            )
        elif field.name in SEEN:
            for one in [value] if isinstance(value, str) else value:
                yield from _strings(one) if hasattr(one, "ListFields") else [str(one)]


def _chart_texts(message: dict[str, Any]) -> Iterator[str]:
    spec = message.get("spec", {})
    yield from (spec[name] for name in ("title", "x_title", "y_title", "unavailable") if name in spec)
    yield from (trace["name"] for trace in spec.get("traces", []))
    yield from (mark["text"] for mark in message.get("marks", []))
