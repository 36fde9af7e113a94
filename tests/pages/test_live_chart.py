"""The server's half of the live chart: what each tick sends."""

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.figures.style import TRAIN_COLOR, VALIDATION_COLOR
from pages.components.widgets import assets, live_chart
from pages.components.widgets.live_chart import training, validation


def growing_chart() -> None:
    """A script whose curves grow by ten points at each run; widgets stand for what changes on a page."""
    import streamlit as st

    from pages.components.widgets.live_chart import ChartSpec, Curve, Mark, live_chart, training, validation

    runs = st.session_state.runs = st.session_state.get("runs", 0) + 1
    asked = st.session_state.setdefault("asked", [])

    def points_since(cursor: int | None) -> tuple[list[Curve], int]:
        asked.append(cursor)
        steps = range(cursor or 0, runs * 10)
        losses = [float("nan") if step == 3 else 1 / (step + 3) for step in steps]
        return [(steps, losses), (steps[9::10], [0.5] * len(steps[9::10]))], runs * 10

    spec = ChartSpec(
        traces=(training("Training"), validation("Validation")),
        x_title="Step",
        y_title="Loss",
        title=st.session_state.get("title", "Loss"),
    )
    if not st.session_state.get("away"):
        stream = st.session_state.get("stream", "run/1")
        live_chart(spec, points_since, stream=stream, key="loss", marks=[Mark(runs, 0.5, "best")])


@pytest.fixture
def chart() -> AppTest:
    return AppTest.from_function(growing_chart)


def sent(app: AppTest) -> dict[str, Any]:
    """Run the script and return its message to the browser."""
    app.run()
    assert not app.exception
    message: dict[str, Any] = json.loads(app.get("bidi_component")[0].proto.json)
    return message


def report(app: AppTest, message: dict[str, Any], *held: int, missing: bool = False) -> None:
    """What the browser answers: it has the chart of `message` and holds so many points of each trace."""
    slot = "classroom.live_chart.loss"
    answer = {"chart": message["chart"], "held": list(held), "missing": missing}
    app.session_state[slot] = app.session_state[slot].heard(answer)


def test_everything_is_sent_until_the_browser_confirms_and_then_only_what_is_new(chart: AppTest) -> None:
    first, second = sent(chart), sent(chart)
    for message, number in ((first, 10), (second, 20)):
        assert message["confirm"]
        assert message["spec"]["traces"][0]["name"] == "Training"
        assert message["points"][0][:2] == [0, list(range(number))]
    report(chart, first, 20, 2)
    third, fourth = sent(chart), sent(chart)
    assert third["points"][0][:2] == [20, list(range(20, 30))]
    assert third["points"][1] == [2, [29], [0.5]]
    assert fourth["points"][0][:2] == [30, list(range(30, 40))]
    assert not {"spec", "confirm"} & {*third, *fourth}
    assert {message["chart"] for message in (first, second, third, fourth)} == {first["chart"]}
    assert chart.session_state["asked"] == [None, None, 20, 30]


def test_missing_points_are_repeated_until_they_are_confirmed(chart: AppTest) -> None:
    first = sent(chart)
    report(chart, first, 10, 1)
    for _lost in range(3):
        sent(chart)
    report(chart, first, 25, 2, missing=True)  # of the 40 that were sent
    for last in (50, 60):
        again = sent(chart)
        assert again["points"][0][:2] == [20, list(range(20, last))]
        assert again["confirm"]
        assert "spec" not in again
    report(chart, first, 60, 6)
    assert sent(chart)["points"][0][:2] == [60, list(range(60, 70))]


def test_a_browser_that_holds_nothing_or_another_chart_gets_everything(chart: AppTest) -> None:
    first = sent(chart)
    report(chart, first, 10, 1)
    sent(chart)
    report(chart, {"chart": None}, missing=True)
    third = sent(chart)
    report(chart, first, 30, 3)
    sent(chart)
    report(chart, {"chart": "another"}, 40, 4, missing=True)
    for message in (third, sent(chart)):
        assert message["points"][0][0] == 0
        assert "spec" in message


def test_a_message_stays_small_however_long_the_run(chart: AppTest) -> None:
    report(chart, sent(chart), 10, 1)
    sizes = [len(json.dumps(sent(chart))) for _tick in range(100)]
    assert max(sizes) < 500
    assert sizes[-1] < 1.5 * sizes[0]


def test_another_stream_or_spec_starts_over_with_all_points(chart: AppTest) -> None:
    first = sent(chart)
    report(chart, first, 10, 1)
    chart.session_state["stream"] = "run/2"
    second = sent(chart)
    report(chart, second, 20, 2)
    chart.session_state["title"] = "Verlust"
    third = sent(chart)
    assert len({message["chart"] for message in (first, second, third)}) == 3
    assert [message["points"][0][0] for message in (second, third)] == [0, 0]
    assert len(third["points"][0][1]) == 30
    assert third["spec"]["title"] == "Verlust"


def test_a_chart_that_was_away_gets_all_points_again(chart: AppTest) -> None:
    report(chart, sent(chart), 10, 1)
    chart.session_state["away"] = True
    chart.run()
    assert not chart.get("bidi_component")
    chart.session_state["away"] = False
    back = sent(chart)
    assert back["points"][0][:2] == [0, list(range(30))]
    assert "spec" in back


def test_a_report_that_comes_with_the_click_that_leaves_the_page_breaks_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = {"sent": "as it was"}
    monkeypatch.setattr("streamlit.session_state", kept)
    live_chart._heard("sent", "gone")
    assert kept == {"sent": "as it was"}


def test_what_isnt_a_number_becomes_a_gap_and_never_breaks_the_message(chart: AppTest) -> None:
    losses = sent(chart)["points"][0][2]
    assert losses[3] is None
    assert losses[4] == pytest.approx(1 / 7, rel=1e-5)
    assert math.isfinite(losses[2])
    assert "NaN" not in chart.get("bidi_component")[0].proto.json


def test_marks_are_sent_with_each_tick(chart: AppTest) -> None:
    assert [sent(chart)["marks"][0]["x"] for _tick in range(2)] == [1, 2]


def test_curves_that_dont_match_the_traces_are_refused(caplog: pytest.LogCaptureFixture) -> None:
    def mismatched() -> None:
        from pages.components.widgets.live_chart import ChartSpec, live_chart, training

        spec = ChartSpec(traces=(training("Training"),), x_title="Step", y_title="Loss")
        live_chart(spec, lambda _cursor: ([], 0), stream="run", key="loss")

    app = AppTest.from_function(mismatched).run()
    assert app.exception
    assert "ValueError" in caplog.text


def test_training_and_validation_differ_by_more_than_colour() -> None:
    train, check = training("Training"), validation("Validation")
    assert (train.color, check.color) == (TRAIN_COLOR, VALIDATION_COLOR)
    assert train.dash != check.dash


# --- the scripts for the browser ----------------------------------------------------------------------------------


def test_plotly_is_copied_once_and_older_versions_go(tmp_path: Path) -> None:
    (tmp_path / "plotly-1.0.0.min.js").write_text("old")
    (tmp_path / "mine.txt").write_text("not ours to remove")
    address = assets.plotly_url(tmp_path)
    file = tmp_path / Path(address).name
    assert address == f"app/static/{file.name}"
    assert b"plotly.js v" in file.read_bytes()[:200]
    before = file.stat()
    assert assets.plotly_url(tmp_path) == address
    assert file.stat().st_ino == before.st_ino
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.txt", file.name]


def test_a_changed_script_has_another_address(tmp_path: Path) -> None:
    script = tmp_path / "chart.js"
    served = tmp_path / "static"
    script.write_text("one")
    first = assets.script_url(script, served)
    script.write_text("two")
    second = assets.script_url(script, served)
    assert first != second
    assert [path.read_text() for path in served.iterdir()] == ["two"]


def test_a_served_script_is_readable_by_all_and_old_enough_to_be_cached(tmp_path: Path) -> None:
    script = tmp_path / "chart.js"
    script.write_text("one")
    assets.script_url(script, tmp_path / "static")
    (file,) = (tmp_path / "static").iterdir()
    assert file.stat().st_mtime < 1_000_000_000
    assert os.name != "posix" or file.stat().st_mode & 0o044 == 0o044
