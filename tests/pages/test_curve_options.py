"""How curves are drawn is the reader's choice: smoothed, logarithmic, beside a baseline. The link keeps it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.runs.run import Run
from core.runs.store import Store
from pages.components.shell import queue as shared
from tests.pages.opened import idle_queue, in_link, open_app, widget
from tests.runs import trained


@pytest.fixture
def store(folders: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with idle_queue(monkeypatch):
        yield shared.store()


@pytest.fixture
def run(store: Store) -> Run:
    return trained(store, "mine", epochs=2)


def open_run(run: Run, **query: str) -> AppTest:
    return open_app("pages/3_Runs.py", run=run.id, **query)


def charts(app: AppTest) -> list[dict[str, Any]]:
    """The messages of the charts of loss and accuracy."""
    return [json.loads(one.proto.json) for one in app.get("bidi_component") if "points" in one.proto.json]


def test_curves_are_as_they_are_until_somebody_chooses(run: Run) -> None:
    loss, accuracy = charts(open_run(run))
    assert (loss["spec"]["smoothing"], loss["spec"]["y_log"]) == (None, False)
    assert [trace["name"] for trace in loss["spec"]["traces"]] == ["training", "validation"]
    assert len(accuracy["points"]) == 2


def test_a_link_brings_smoothing_and_a_logarithmic_axis(run: Run) -> None:
    loss, accuracy = charts(open_run(run, smooth="0.9", log_loss="true"))
    assert loss["spec"]["smoothing"] == {"name": "smoothed", "share": 0.9}
    assert loss["spec"]["y_log"] is True
    assert accuracy["spec"]["y_log"] is False, "shares have nothing to gain by it"


def test_a_choice_changes_the_curves(run: Run) -> None:
    app = open_run(run)
    widget(app.toggle, "Logarithmic loss").set_value(True).run()
    widget(app.slider, "Smoothing").set_value(0.8).run()
    assert not app.exception
    loss, _accuracy = charts(app)
    assert (loss["spec"]["smoothing"]["share"], loss["spec"]["y_log"]) == (0.8, True)


def test_a_pinned_run_is_drawn_in_grey_beside_another_and_goes_into_its_link(run: Run, store: Store) -> None:
    other = trained(store, "<b>other</b>", epochs=3)
    app = open_run(run)
    widget(app.button, "Pin as baseline").click().run()
    assert not app.exception
    assert len(charts(app)[0]["points"]) == 2, "beside itself it isn't drawn"
    app.query_params["run"] = other.id
    app.run()
    loss, accuracy = charts(app)
    assert (
        loss["spec"]["traces"][2] | {"name": "baseline: mine", "dash": "dot", "color": "#7a8793"}
        == loss["spec"]["traces"][2]
    )
    assert loss["points"][2][1] == [45, 90]
    assert accuracy["points"][2][1] == [1, 2]
    assert in_link(app)["baseline"] == run.id
    widget(app.button, "Unpin the baseline").click().run()
    assert len(charts(app)[0]["points"]) == 2
    assert "baseline" not in in_link(app)


def test_a_link_with_a_baseline_shows_it_to_anyone(run: Run, store: Store) -> None:
    other = trained(store, "<b>other</b>", epochs=3)
    loss, _accuracy = charts(open_run(run, baseline=other.id))
    assert loss["spec"]["traces"][2]["name"] == "baseline: <b>other</b>", "as text: the browser makes it plain"
    assert len(loss["points"][2][1]) == 3


def test_a_baseline_that_is_gone_is_left_out(run: Run) -> None:
    assert len(charts(open_run(run, baseline="gone"))[0]["points"]) == 2
