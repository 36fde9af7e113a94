"""Pages opened without a browser, and what they show."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.runs.queue import Queue
from pages.components.shell import engine as shared
from pages.components.shell import failures

ROOT = Path(__file__).parents[2]


@contextmanager
def idle_queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The pages have an engine of their own, whose state is in the test's folder and which starts no process."""
    monkeypatch.setattr(Engine, "start", lambda _engine: None)
    monkeypatch.setattr(failures, "install", lambda: None)  # AppTest tells of an exception only in Streamlit's box
    shared.engine.clear()
    shared.store.clear()
    yield
    shared.store().database.dispose()
    shared.engine.clear()
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
