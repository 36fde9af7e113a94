"""The page Gradient descent, without a browser: what it shows, what a link restores, what it caches."""

import json
from collections import Counter
from functools import partial
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.descent import walk as walks
from core.descent.hello_world import TUTORIAL, HelloWorld, script
from pages.components.descent import walks as page_walks
from tests.pages.opened import open_app, written

open_page = partial(open_app, "pages/6_Gradient_Descent.py")


@pytest.fixture(autouse=True)
def empty_caches() -> None:
    """Each test starts without cached walks."""
    st.cache_data.clear()
    page_walks._walks.clear()


def played(app: AppTest) -> dict[str, Any]:
    """The film that the browser receives."""
    messages = [json.loads(component.proto.json or "null") for component in app.get("bidi_component")]
    (found,) = [message for message in messages if message and "panels" in message]
    return dict(found)


# --- hello world --------------------------------------------------------------------------------------------------


def test_the_first_view_shows_the_ten_steps_of_the_script() -> None:
    app = open_page()
    shown, losses = (code.value for code in app.code)
    assert shown == script(HelloWorld())
    assert losses.split() == [str(loss) for loss in walks.hello_world(HelloWorld()).printed]
    assert played(app)["steps"] == 10
    assert len(played(app)["panels"]) == 4
    assert "Below this bowl's limit, 2 / λ = **0.846**" in written(app)
    assert "leaves 76 % of the error" in written(app)
    assert "no guarantee that training converges" in written(app)


def test_too_high_a_rate_diverges_and_the_page_says_why() -> None:
    app = open_page()
    app.slider(key="lr").set_value(0.9).run()
    assert "The walk diverges" in written(app)
    assert "must be below 0.846" in written(app)
    assert "Not below this bowl's limit" in written(app)
    losses = [float(line) for line in app.code[1].value.split()]
    assert losses == sorted(losses)


def test_the_start_of_the_tutorial_can_be_set_by_hand() -> None:
    app = open_page(by_hand="true", weight="0.43", bias="0.4", input="0.4")
    assert app.code[1].value.split() == [str(loss) for loss in TUTORIAL]
    assert "The tutorial prints 0.33 0.19 0.11" in written(app)


def test_without_zeroed_gradients_the_walk_swings_and_the_code_has_no_zero_grad() -> None:
    app = open_page(steps="30")
    assert "zero_grad" in app.code[0].value
    app.toggle(key="zero_grad").set_value(False).run()
    assert "zero_grad" not in app.code[0].value
    assert "doesn't come to rest" in written(app)
    assert max(map(float, app.code[1].value.split()[10:])) > 0.3


def test_a_link_restores_the_knobs() -> None:
    app = open_page(
        lr="0.3", momentum="0.5", nesterov="true", steps="25", by_hand="true", weight="-1", bias="2", input="1"
    )
    assert "lr=0.3, momentum=0.5, nesterov=True" in app.code[0].value
    assert "model.weight.data.fill_(-1.0)" in app.code[0].value
    assert played(app)["steps"] == 25
    # λ = 4, so 2 · 1.5 / (2 · 4)
    assert "2 (1 + β) / ((1 + 2β) λ) = **0.375**" in written(app)


@pytest.mark.parametrize(
    "link",
    [{"lr": "99"}, {"lr": "fast"}, {"steps": "0"}, {"optimizer": "Magic"}, {"seed": "-1"}],
    ids=lambda link: "-".join(*link.items()),
)
def test_a_link_with_impossible_values_shows_the_defaults_instead(link: dict[str, str]) -> None:
    assert open_page(**link).code[0].value == script(HelloWorld())


def test_nesterov_without_momentum_is_switched_off_not_an_error() -> None:
    app = open_page(nesterov="true", momentum="0.0")
    assert app.toggle(key="nesterov").disabled
    assert "nesterov" not in app.code[0].value


def test_every_adaptive_optimizer_walks_and_has_no_fixed_limit() -> None:
    app = open_page()
    for name in ("Adam", "AdamW", "Adadelta", "RMSprop"):
        app.selectbox(key="optimizer").select(name.lower()).run()
        assert not app.exception
        assert f"torch.optim.{name}(" in app.code[0].value
        assert f"No fixed limit: {name} adapts" in written(app)


def test_what_leaves_every_number_still_reaches_the_browser() -> None:
    app = open_page(lr="2.0", steps="100", by_hand="true", input="3")
    assert app.code[1].value.split()[-1] == "nan"
    track = played(app)["panels"][0]["tracks"][0]
    assert track["y"][0] is not None
    assert track["y"][-1] is None


# --- race ---------------------------------------------------------------------------------------------------------


def test_the_race_shows_who_arrived() -> None:
    app = open_page(tab="Race")
    assert [walker["name"] for walker in played(app)["walkers"]] == ["SGD", "SGD + momentum", "Adam", "RMSprop"]
    results = app.dataframe[0].value.set_index("Optimizer")["Result"]
    assert results["SGD + momentum"] == "Arrived at step 89."
    assert results["SGD"] == "Still on its way."
    assert len({(walker["color"], walker["mark"]) for walker in played(app)["walkers"]}) == 4


def test_a_racer_above_the_limit_is_thrown_out() -> None:
    app = open_page(tab="Race")
    app.number_input(key="valley_sgd_lr").set_value(0.1).run()
    results = app.dataframe[0].value.set_index("Optimizer")
    assert results["Result"]["SGD"] == "Thrown out: it diverged."
    assert results["Limit of the learning rate"]["SGD"] == "0.00992"
    assert results["Limit of the learning rate"]["Adam"] == "–"


def test_another_surface_has_a_start_and_rates_of_its_own() -> None:
    app = open_page(tab="Race", surface="Two minima", racers=["SGD", "SGD + momentum"])
    results = app.dataframe[0].value.set_index("Optimizer")["Result"]
    assert "shallower" in results["SGD"]
    assert "deepest" in results["SGD + momentum"]
    assert app.slider(key="two_minima_x").value == 1.7


def test_a_race_without_racers_asks_for_one() -> None:
    app = open_page(tab="Race")
    app.multiselect(key="racers").set_value([]).run()
    assert not app.exception
    assert "Choose at least one optimizer" in written(app)


# --- nothing is computed twice ------------------------------------------------------------------------------------


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """The number of calls of each function; walks count one by one."""
    counts: Counter[str] = Counter()

    def counted(name: str) -> None:
        original = getattr(walks, name)

        def wrapper(*arguments: Any) -> Any:
            result = original(*arguments)
            counts[name] += len(result) if isinstance(result, list) else 1
            return result

        monkeypatch.setattr(walks, name, wrapper)

    for name in ("hello_world", "descend", "grid", "curvature"):
        counted(name)
    return counts


def test_a_knob_computes_only_the_walk_that_changed(computed: Counter[str]) -> None:
    app = open_page()
    assert computed == {"hello_world": 1, "grid": 1, "curvature": 1}
    app.slider(key="lr").set_value(0.2).run()
    assert computed == {"hello_world": 2, "grid": 1, "curvature": 1}
    app.slider(key="lr").set_value(0.1).run()
    app.run()
    assert computed == {"hello_world": 2, "grid": 1, "curvature": 1}


def test_in_a_race_only_the_racer_that_changed_runs_again(computed: Counter[str]) -> None:
    app = open_page(tab="Race")
    assert computed == {"descend": 4, "grid": 1, "curvature": 1}
    app.number_input(key="valley_adam_lr").set_value(0.3).run()
    assert computed == {"descend": 5, "grid": 1, "curvature": 1}
    app.multiselect(key="racers").set_value(["adam", "sgd"]).run()
    assert computed == {"descend": 5, "grid": 1, "curvature": 1}
