"""The tab Boundaries: what is sent to the browser, and that the link keeps every setting."""

import json
import re
from functools import partial
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from core.config import ACTIVATIONS
from tests.pages.opened import ROOT, open_app, widget, written

open_tab = partial(open_app, "pages/4_Activations.py", tab="Boundaries")


def sent(app: AppTest) -> dict[str, Any]:
    [component] = [one for one in app.get("bidi_component") if "places" in one.proto.json]
    found: dict[str, Any] = json.loads(component.proto.json)
    return found


def test_six_functions_and_three_hundred_points_wait_for_nobody() -> None:
    message = sent(open_tab())
    assert [one["name"] for one in message["functions"]] == ["ReLU", "LeakyReLU", "Tanh", "Sigmoid", "GELU", "Identity"]
    assert (len(message["places"]), len(message["labels"])) == (600, 300)
    assert message["widths"] == [8, 8]


def test_a_link_brings_every_setting() -> None:
    query = {"points": "Spiral", "noise": "0", "number": "100", "units": "4", "layers": "3", "points_seed": "7"}
    message = sent(open_tab(functions=["ReLU", "Tanh"], **query))
    assert [one["kind"] for one in message["functions"]] == ["relu", "tanh"]
    assert len(message["labels"]) == 100
    assert message["widths"] == [4, 4, 4]
    assert message["seed"] == 7


def test_another_seed_gives_other_points() -> None:
    app = open_tab()
    before = sent(app)
    widget(app.number_input, "Seed").set_value(11).run()
    assert sent(app)["places"] != before["places"]


def test_without_a_function_it_says_what_to_do() -> None:
    app = open_tab()
    widget(app.multiselect, "Functions").set_value([]).run()
    assert not app.exception
    assert "Choose at least one function above" in written(app)


def test_the_browser_knows_every_function_of_the_app() -> None:
    script = Path(ROOT / "pages/components/widgets/boundaries.js/functions.js").read_text()
    table = script.split("export const FUNCTIONS = {")[1]
    assert re.findall(r"^  (\w+):", table, re.MULTILINE) == list(ACTIVATIONS)
