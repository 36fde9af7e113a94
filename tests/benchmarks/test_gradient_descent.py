"""How fast the page Gradient descent answers a knob, and that PyTorch isn't asked again for what hasn't changed."""

import statistics
import time
from functools import partial

import pytest
import streamlit as st
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner

from core.config import SGD
from core.descent import walk as walks
from core.descent.hello_world import HelloWorld
from pages.components.descent.walks import hello_walk
from tests.pages.opened import open_app

pytestmark = pytest.mark.benchmark

LIMIT = 0.150  # seconds of server time for one knob
TIMES = 9
open_page = partial(open_app, "pages/6_Gradient_Descent.py")


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The processor time of each script run, which is what one server has to share among its visitors."""
    measured: list[float] = []
    run_script = ScriptRunner._run_script

    def timed(self: ScriptRunner, *arguments: object) -> None:
        started = time.thread_time()
        run_script(self, *arguments)  # type: ignore[arg-type]
        measured.append(time.thread_time() - started)

    monkeypatch.setattr(ScriptRunner, "_run_script", timed)
    st.cache_data.clear()
    return measured


@pytest.mark.parametrize(
    ("tab", "knob", "values"),
    [
        ("Hello world", "lr", [0.2 + 0.05 * number for number in range(TIMES)]),
        ("Hello world", "steps", [92 + number for number in range(TIMES)]),
        ("Race", "valley_x", [-1.0 + 0.05 * number for number in range(TIMES)]),
    ],
)
def test_a_knob_answers_in_time(tab: str, knob: str, values: list[float], seconds: list[float]) -> None:
    app = open_page(tab=tab)
    seconds.clear()
    for value in values:
        app.slider(key=knob).set_value(value).run()
    assert not app.exception
    median = statistics.median(seconds)
    print(f"{tab}, {knob}: {1000 * median:.0f} ms")
    assert len(seconds) == TIMES
    assert median < LIMIT


def test_a_walk_from_the_cache_is_many_times_as_fast() -> None:
    settings = [HelloWorld(optimizer=SGD(lr=0.01 * number), steps=100) for number in range(1, 1 + TIMES)]
    st.cache_data.clear()
    walks.hello_world(settings[0])

    def seconds_each() -> float:
        times = []
        for one in settings:
            started = time.perf_counter()
            hello_walk(one)
            times.append(time.perf_counter() - started)
        return statistics.median(times)

    computed, remembered = seconds_each(), seconds_each()
    print(f"computed {1000 * computed:.1f} ms, remembered {1000 * remembered:.1f} ms")
    assert remembered < computed / 5
