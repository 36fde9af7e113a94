"""Pages opened without a browser, and what they show."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.runs.queue import Queue
from pages.components.shell import queue as shared

ROOT = Path(__file__).parents[2]
# The fields of Streamlit's elements that a reader sees.
SEEN = {"label", "help", "body", "placeholder", "options", "content", "text", "delta"}
UNSEEN = {"html", "code"}  # styles, and code, which is English everywhere


@contextmanager
def idle_queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The pages have a queue of their own, whose state is in the test's folder and which starts no process."""
    monkeypatch.setattr(Queue, "start", lambda _queue: None)
    shared.queue.clear()
    shared.store.clear()
    shared.lost_databases.clear()
    yield
    shared.store().database.dispose()
    shared.queue.clear()
    shared.store.clear()


def open_app(page: str, browser: str = "me", /, **query: str | list[str]) -> AppTest:
    """A page of the app, opened in somebody's browser with this link; `data__mean` is `data.mean` in it."""
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
    app.switch_page(page)
    app.session_state["classroom.secret"] = browser
    for name, value in query.items():
        app.query_params[name.replace("__", ".")] = value
    app.run()
    assert not app.exception
    return app


def open_and_interrupt(monkeypatch: pytest.MonkeyPatch, before: str, page: str, **query: str) -> AppTest:
    """A page whose first run is cut short before this function, as by somebody who can't wait to change something."""
    with monkeypatch.context() as patch:
        patch.setattr(before, lambda _shown: st.stop())
        return open_app(page, **query)


def in_link(app: AppTest) -> dict[str, str]:
    """What the page's address says. AppTest gives what a script sets as text, what a widget sets as a list."""
    return {name: value if isinstance(value, str) else value[0] for name, value in app.query_params.items()}


def widget(widgets: Any, label: str) -> Any:
    """The one with this label."""
    found = [one for one in widgets if one.label == label]
    assert len(found) == 1, [one.label for one in widgets]
    return found[0]


def plain(markdown: str) -> str:
    """Markdown as a reader sees it, where every special letter is escaped."""
    return re.sub(r"\\(.)", r"\1", markdown)


def written(app: AppTest) -> str:
    """All text on the page."""
    parts = [*app.markdown, *app.caption, *app.latex, *app.info, *app.success, *app.warning, *app.error]
    return "\n".join(str(part.value) for part in parts)


def texts(app: AppTest) -> Iterator[str]:
    """Every text on a page and in its menu."""
    for node in (*app.main, *app.sidebar):
        if node.type in UNSEEN or not hasattr(getattr(node, "proto", None), "ListFields"):
            continue
        yield from _strings(node.proto)
        if node.type == "bidi_component":
            yield from _chart_texts(json.loads(node.proto.json or "{}"))
        if node.type == "table":
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
