"""The page Activations answers a knob in under 150 ms of server time."""

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from core.config import ACTIVATIONS
from core.runs.store import Store
from pages.components.shell import engine as shared
from pages.components.shell.labels import ACTIVATION_NAMES
from tests.pages.opened import idle_queue, in_link, open_app
from tests.runs import train_all

LIMIT = 0.150  # seconds
open_page = partial(open_app, "pages/4_Activations.py")


def server_time(turn: Callable[[float], AppTest], values: list[float]) -> float:
    """The median of the processor seconds that an answer takes: what else the machine does must not count."""
    times = []
    for value in values:
        begin = time.process_time()
        app = turn(value)
        times.append(time.process_time() - begin)
        assert not app.exception
    middle = statistics.median(times)
    print(f"median {middle * 1e3:.0f} ms, longest {max(times) * 1e3:.0f} ms")
    return middle


@pytest.mark.benchmark
@pytest.mark.parametrize("kinds", [("elu", "tanh", "relu"), ("elu", "prelu", "softplus", "gelu", "mish", "sigmoid")])
def test_a_parameter_is_answered_in_under_150_ms(kinds: tuple[str, ...]) -> None:
    app = open_page(show=[ACTIVATION_NAMES[kind] for kind in kinds])
    values = [alpha / 10 for alpha in range(11, 30, 2)]  # nobody has asked for these: each computes a curve
    assert server_time(lambda alpha: app.slider(key="elu_alpha").set_value(alpha).run(), values) < LIMIT


@pytest.mark.benchmark
def test_all_functions_at_once_are_answered_in_under_150_ms() -> None:
    app = open_page(show=[ACTIVATION_NAMES[kind] for kind in ACTIVATIONS])
    assert server_time(lambda reach: app.slider(key="reach").set_value(reach).run(), [1, 2, 3, 4, 6, 7, 8, 9]) < LIMIT


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The pages' store, behind which no process starts: what is queued is trained by the test."""
    with idle_queue(monkeypatch):
        yield shared.store()


def trained(store: Store, depth: str) -> str:
    """A finished comparison of three deep networks."""
    app = open_page(tab="Training", depth=depth, epochs="20")
    app.button(key="train").click().run()
    train_all(store)
    return in_link(app)["comparison"]


@pytest.mark.benchmark
def test_the_depth_of_untrained_networks_is_answered_in_under_150_ms(store: Store) -> None:
    app = open_page(tab="Inside")
    # Nobody has asked for these depths: each measures three networks.
    assert server_time(lambda depth: app.slider(key="depth").set_value(int(depth)).run(), [1, 3, 5, 7, 9, 11]) < LIMIT


@pytest.mark.benchmark
@pytest.mark.parametrize("tab", ["Training", "Inside"])
def test_a_finished_comparison_of_ten_layers_is_answered_in_under_150_ms(store: Store, tab: str) -> None:
    app = open_page(tab=tab, depth="10", epochs="20", comparison=trained(store, "10"))
    if tab == "Inside":
        turn = lambda epoch: app.slider(key="epoch").set_value(int(epoch)).run()  # noqa: E731
    else:
        turn = lambda epochs: app.number_input(key="epochs").set_value(int(epochs)).run()  # noqa: E731
    assert server_time(turn, [3, 5, 7, 9, 11, 13]) < LIMIT
