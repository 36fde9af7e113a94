"""The server's half of the panel of snapshots: what each tick sends."""

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.training import snapshots
from core.training.records import Snapshot
from core.training.snapshots import Scene
from pages.components.widgets import assets

SLOT = "classroom.snapshots.thoughts"


def watched() -> None:
    """A script that shows one run; widgets stand for what changes on a page."""
    import streamlit as st

    from pages.components.widgets.snapshots import Film, snapshot_panel

    if not st.session_state.get("away"):
        stream = st.session_state.get("stream", "run/1")
        snapshot_panel([Film("run", "<b>a run</b>", stream, 45.0, ended=False)], key="thoughts")


@dataclass(frozen=True)
class Sent:
    """A message, taken apart."""

    header: dict[str, Any]
    files: list[bytes]

    @property
    def film(self) -> dict[str, Any]:
        found: dict[str, Any] = self.header["films"][0]
        return found

    @property
    def steps(self) -> list[int]:
        return [step for step, _size in self.film["snapshots"]]


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_function(watched)


def sent(app: AppTest) -> Sent:
    app.run()
    assert not app.exception
    content: bytes = app.get("bidi_component")[0].proto.bytes
    length = int.from_bytes(content[:4], "little")
    header = json.loads(content[4 : 4 + length])
    files, at = [], 4 + length
    for film in header["films"]:
        for size in [film["scene"]] * bool(film["scene"]) + [size for _step, size in film["snapshots"]]:
            files.append(content[at : at + size])
            at += size
    assert at == len(content)
    return Sent(header, files)


def keep(*steps: int) -> None:
    if not snapshots.scene_bytes("run"):
        snapshots.keep_scene("run", Scene({"labels": np.zeros(2, np.int16)}, {"classes": ["a"], "columns": []}))
    for step in steps:
        snapshots.keep("run", Snapshot(step, {"answers": np.full((2, 2), step, np.float32)}))


def test_before_the_first_snapshot_there_is_nothing_to_send(app: AppTest) -> None:
    message = sent(app)
    assert message.film["steps"] == []
    assert message.files == []


def test_each_tick_sends_only_what_is_new(app: AppTest) -> None:
    keep(0, 5)
    first = sent(app)
    assert first.files == [
        snapshots.scene_bytes("run"), snapshots.snapshot_bytes("run", 0), snapshots.snapshot_bytes("run", 5)
    ]  # fmt: skip
    assert sent(app).files == []
    keep(9)
    third = sent(app)
    assert (third.film["steps"], third.steps, third.film["scene"]) == ([0, 5, 9], [9], 0)


def test_a_browser_that_misses_something_gets_everything(app: AppTest) -> None:
    keep(0, 5)
    sent(app)
    del app.session_state[SLOT]  # what the component's trigger does
    assert sent(app).steps == [0, 5]


def test_a_page_that_was_left_and_another_attempt_begin_anew(app: AppTest) -> None:
    keep(0, 5)
    sent(app)
    app.session_state["away"] = True
    app.run()
    app.session_state["away"] = False
    assert sent(app).steps == [0, 5]
    app.session_state["stream"] = "run/2"
    again = sent(app)
    assert again.steps == [0, 5]
    assert again.film["scene"]


def test_a_snapshot_that_made_room_is_no_longer_named(app: AppTest) -> None:
    keep(0, 5, 9)
    sent(app)
    snapshots.drop_after("run", 5)
    assert sent(app).film["steps"] == [0, 5]


def test_names_go_as_text_and_gaps_stay_for_the_browser(app: AppTest) -> None:
    message = sent(app)
    assert message.film["name"] == "<b>a run</b>"
    assert message.header["words"]["line"].startswith("Step {step}")


def test_a_tick_takes_three_milliseconds_at_most(app: AppTest, figure: Callable[[str], None]) -> None:
    from pages.components.widgets import snapshots as widget
    from pages.components.widgets.snapshots import Film, snapshot_panel

    keep(*range(60))
    shown: list[bytes] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(widget, "_component", lambda *, data, **_rest: shown.append(data))
        times = []
        for _ in range(50):
            patch.setattr(st, "session_state", {"thoughts": {}, SLOT: {"run/1": frozenset(range(59))}})
            began = time.perf_counter()
            snapshot_panel([Film("run", "a run", "run/1", 45.0, ended=False)], key="thoughts")
            times.append(time.perf_counter() - began)
    figure(f"a tick of the panel: {1e3 * statistics.median(times):.2f} ms, {len(shown[-1])} bytes")
    assert statistics.median(times) < 0.003


def test_scripts_that_import_each_other_are_served_together_and_older_ones_removed(tmp_path: Path) -> None:
    scripts, served = tmp_path / "two", tmp_path / "static"
    scripts.mkdir()
    (scripts / "index.js").write_text('import "./other.js";')
    (scripts / "other.js").write_text("1")
    first = assets.folder_url(scripts, served)
    assert assets.folder_url(scripts, served) == first
    (scripts / "other.js").write_text("2")
    second = assets.folder_url(scripts, served)
    assert second != first, "a browser may keep files as long as it likes"
    assert [folder.name for folder in served.iterdir()] == [second.removeprefix("app/static/")]
    assert {file.name for file in (served / second.removeprefix("app/static/")).iterdir()} == {"index.js", "other.js"}
