"""The page Activations, without a browser."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.activations import curves
from core.activations.speed import WAITING, Measurement, Spread, Timing, Workload
from core.config import ACTIVATIONS, Activation
from core.errors import RunError
from core.messages import say
from core.progress import Progress
from pages.components.activations import speed
from pages.components.activations.functions import curve_of, traits_of
from pages.components.shell.labels import ACTIVATION_NAMES
from tests.pages.opened import open_app, widget, written

open_page = partial(open_app, "pages/4_Activations.py")


def drawn(app: AppTest, chart: int) -> list[str]:
    """The names in a chart's legend."""
    spec = json.loads(app.get("plotly_chart")[chart].proto.spec)
    listed = [trace for trace in spec["data"] if trace.get("showlegend", True)]
    return [trace["name"] for trace in sorted(listed, key=lambda trace: trace.get("legendrank", 0))]


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What PyTorch computes: "curve of elu", "traits of tanh"."""
    curve_of.clear()
    traits_of.clear()
    computations: list[str] = []

    def noting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def note(spec: Activation, *rest: float) -> Any:
            computations.append(f"{name} of {spec.kind}")
            return function(spec, *rest)

        return note

    for name in ("curve", "traits"):
        function = getattr(curves, f"activation_{name}")
        monkeypatch.setattr(curves, f"activation_{name}", noting(name, function))
    yield computations
    curve_of.clear()
    traits_of.clear()


# --- shapes -------------------------------------------------------------------------------------------------------


def test_the_first_view_shows_three_functions_and_their_derivatives() -> None:
    app = open_page()
    assert drawn(app, 0) == drawn(app, 1) == ["ELU, α = 1", "Tanh", "ReLU"]
    formulas = [str(part.value) for part in app.latex]
    assert len(formulas) == 3
    assert all("f(x)" in formula and "f'(x)" in formula for formula in formulas)
    assert "exactly zero for $x \\le 0$" in written(app)  # ReLU
    assert "below 0.01 for $x < -3$ and $x > 3$" in written(app)  # Tanh
    assert "Yes: outputs average 0.00." in written(app)


def test_every_activation_can_be_shown_at_once() -> None:
    app = open_page(show=[ACTIVATION_NAMES[kind] for kind in ACTIVATIONS])
    assert len(drawn(app, 0)) == len(drawn(app, 1)) == len(app.latex) == len(ACTIVATIONS)
    assert {slider.key for slider in app.slider} == {
        "reach",
        *(f"{kind}_{name}" for kind, parameters in ACTIVATIONS.items() for name in parameters),
    }


def test_a_link_carries_functions_parameters_and_reach() -> None:
    app = open_page(show=["Sigmoid", "CELU"], celu_alpha="0.5", reach="8")
    assert drawn(app, 0) == ["Sigmoid", "CELU, α = 0.5"]
    assert app.slider(key="reach").value == 8


def test_a_link_with_nonsense_in_it_shows_the_first_view() -> None:
    app = open_page(show="Nonsense", elu_alpha="-7", reach="a")
    assert drawn(app, 0) == ["ELU, α = 1", "Tanh", "ReLU"]


def test_without_any_function_the_page_asks_for_one() -> None:
    app = open_page()
    app.multiselect(key="show").set_value([]).run()
    assert not app.exception
    assert [info.value for info in app.info] == ["Choose at least one function above, such as ReLU."]
    assert not app.get("plotly_chart")


def test_moving_a_slider_computes_only_its_function_again(computed: list[str]) -> None:
    app = open_page(show=["ELU", "Tanh", "ReLU", "PReLU"])
    assert sorted(computed) == sorted(
        [f"{what} of {kind}" for what in ("curve", "traits") for kind in ("elu", "tanh", "relu", "prelu")]
        + ["traits of sigmoid"]
    )
    computed.clear()
    app.slider(key="elu_alpha").set_value(2.0).run()
    assert sorted(computed) == ["curve of elu", "traits of elu"]
    assert "ELU, α = 2" in drawn(app, 0)

    computed.clear()
    app.slider(key="elu_alpha").set_value(1.0).run()
    app.multiselect(key="show").set_value(["tanh"]).run()
    assert computed == []


def test_another_visitor_costs_no_computation(computed: list[str]) -> None:
    open_page()
    computed.clear()
    open_page()
    assert computed == []


def test_a_claim_of_the_tutorials_shows_its_measurement_and_draws_its_functions() -> None:
    app = open_page()
    assert "Its slope is never above 0.25" in written(app)
    assert "Tanh's outputs average 0.00 and Sigmoid's 0.50" in written(app)
    app.button(key="show_tanh_sigmoid").click().run()
    assert drawn(app, 0) == ["Tanh", "Sigmoid"]


# --- speed --------------------------------------------------------------------------------------------------------


def measurement(work: Workload, **ratios: float) -> Measurement:
    """A made-up measurement: the given functions' ratios, 2 for all others, the same for each measure but the step."""

    def timing(ratio: float) -> Timing:
        spread = Spread(low=ratio * 0.9, middle=ratio, high=ratio * 1.1)
        return Timing(microseconds=spread, ratio=spread)

    return Measurement(
        work=work,
        measured_at=datetime(2026, 3, 4, 5, 6, tzinfo=UTC),
        device="Abacus 9000",
        threads=1,
        torch_version="2.13.0",
        timings={
            "forward": {kind: timing(ratios.get(kind, 2.0)) for kind in ACTIVATIONS},
            "both": {kind: timing(ratios.get(kind, 2.0) / 2) for kind in ACTIVATIONS},
            "step": {kind: timing(1.04) for kind in ACTIVATIONS},
        },
    )


@pytest.fixture
def measuring(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Replaces the child process. `outcome`: its result or error; `kept`: last results; `measured`: the workloads."""
    stand_in: dict[str, Any] = {"measured": [], "kept": {}, "closed": 0, "outcome": {"tanh": 7.5, "relu": 1.0}}

    def measure(work: Workload) -> Iterator[Progress | Measurement]:
        stand_in["measured"].append(work)
        try:
            yield Progress(WAITING, None)
            yield Progress(say("Round {done} of {of}", done=1, of=2), 0.5)
            if isinstance(stand_in["outcome"], Exception):
                raise stand_in["outcome"]
            stand_in["kept"][work] = measurement(work, **stand_in["outcome"])
            yield stand_in["kept"][work]
        finally:
            stand_in["closed"] += 1

    monkeypatch.setattr(speed, "measure", measure)
    monkeypatch.setattr(speed, "last_measurement", stand_in["kept"].get)
    return stand_in


def test_nothing_is_measured_before_the_button_is_pressed_and_closed_tabs_compute_nothing(
    computed: list[str], measuring: dict[str, Any]
) -> None:
    app = open_page(tab="Speed")
    assert "This server has no measurement yet" in written(app)
    assert not app.get("plotly_chart")
    assert measuring["measured"] == []
    assert computed == []


def test_pressing_measure_shows_the_result_with_its_device_and_time(measuring: dict[str, Any]) -> None:
    app = open_page(tab="Speed")
    app.button(key="measure").click().run()
    assert measuring["measured"] == [Workload(rows=100, columns=150)]
    assert measuring["closed"] == 1
    assert drawn(app, 0) == ["Forward", "Forward and backward", "Whole training step"]
    assert "Measured 2026-03-04 05:06 UTC on Abacus 9000, threads: 1, PyTorch 2.13.0. A layer of 100 × 150" in written(
        app
    )
    assert "The claim can hold: Tanh by itself takes 7.5 times as long as ReLU (Forward)." in written(app)
    assert "A whole training step with Tanh takes 1.0 times as long: most of it goes into" in written(app)
    assert list(app.dataframe[0].value["Function"]) == ["ELU", "Tanh", "ReLU"]


def test_a_claim_that_does_not_hold_is_refuted(measuring: dict[str, Any]) -> None:
    measuring["outcome"] = {"tanh": 3.0}
    app = open_page(tab="Speed")
    app.button(key="measure").click().run()
    assert "The claim doesn't hold here: the slowest, Tanh, takes 3.0 times as long as ReLU (Forward)." in written(app)


def test_the_result_stays_for_the_next_visitor_and_for_other_functions(measuring: dict[str, Any]) -> None:
    open_page(tab="Speed").button(key="measure").click().run()
    app = open_page(tab="Speed", show=["Mish", "GELU"])
    assert "Measured 2026-03-04" in written(app)
    assert list(app.dataframe[0].value["Function"]) == ["Mish", "GELU"]
    assert app.button(key="measure").label == "Measure again"
    app.segmented_control(key="layer").set_value("1000 × 1000").run()
    assert "This server has no measurement yet" in written(app)  # of this size
    assert len(measuring["measured"]) == 1


def test_a_failed_measurement_shows_its_reason_and_can_be_repeated(measuring: dict[str, Any]) -> None:
    measuring["outcome"] = RunError(say("The measurement ended early: {reason}.", reason="no memory"))
    app = open_page(tab="Speed")
    app.button(key="measure").click().run()
    assert [error.value for error in app.error] == ["The measurement ended early: no memory."]
    measuring["outcome"] = {"tanh": 7.5}
    app.button(key="measure").click().run()
    assert not app.error
    assert "The claim can hold" in written(app)


def test_the_speed_of_relu_alone_is_compared_with_itself_only(measuring: dict[str, Any]) -> None:
    app = open_page(tab="Speed", show="ReLU")
    app.button(key="measure").click().run()
    assert "Compared with itself" in written(app)
    assert "slowest" not in written(app)


# --- a function of one's own --------------------------------------------------------------------------------------


def test_a_formula_is_drawn_with_its_slope_and_trained_with() -> None:
    app = open_page(formula="x*sigmoid(2*x)")
    assert "x * sigmoid(2 * x)" in drawn(app, 0)
    assert "x * sigmoid(2 * x)" in drawn(app, 1)
    app.button(key="train_formula").click().run()
    assert not app.exception
    assert widget(app.text_input, "Formula").value == "x * sigmoid(2 * x)"
    assert "x * torch.sigmoid(2.0 * x)" in app.code[0].value


def test_a_formula_that_cant_be_one_is_refused_in_a_sentence_and_the_rest_is_drawn() -> None:
    app = open_page(formula="__import__('os')")
    assert ["can't use" in error.value for error in app.error] == [True]
    assert len(drawn(app, 0)) == 3
