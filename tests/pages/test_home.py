"""The page Home, without a browser."""

import ast
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import environment
from core.data.builtin import availability
from core.recipes import recipes
from core.runs.journal import Journal
from core.runs.state import State
from core.runs.store import Store
from core.training.records import EpochRecord
from tests.pages.opened import ROOT, in_link, open_app, widget
from tests.runs import YOU, queue

HOME = "streamlit_app.py"
open_page = partial(open_app, HOME)
queued = partial(queue, owner=YOU, epochs=4)


def links(app: AppTest) -> dict[str, str]:
    """Where each link of the page leads, by its label; of several with one label, all queries after one another."""
    found: dict[str, str] = {}
    for link in app.main.get("page_link"):
        found[link.proto.label] = f"{found.get(link.proto.label, '')} {link.proto.query_string}".strip()
    return found


@pytest.fixture(autouse=True)
def out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server that has data sets answers."""
    monkeypatch.setattr(availability, "within_reach", lambda _host: False)


def badges(app: AppTest) -> str:
    return " ".join(text.value for text in app.markdown if "badge" in text.value)


def test_every_lesson_has_a_card_that_is_its_link_and_a_number() -> None:
    app = open_page()
    written = [text.value for text in app.markdown]
    lessons = [known for known in recipes().values() if known.name != "digits"]
    for number, lesson in enumerate(lessons, 1):
        assert f"recipe={lesson.name}" in links(app)[f"**{number} · {lesson.title}**"]
        assert lesson.summary in written
    assert "MNIST · about 6 seconds" in [caption.value for caption in app.caption]


def test_the_first_lesson_leads_and_is_one_click_away() -> None:
    app = open_page()
    widget(app.button, "Train it yourself").click().run()
    assert not app.exception
    assert in_link(app) == {"recipe": "digits"}


def test_without_a_network_cards_say_so_and_lead_to_the_tenth_that_comes_with_the_app() -> None:
    app = open_page()
    assert badges(app).count("ready, with a tenth of the images") == 4
    assert badges(app).count("with photos of your own") == 1
    assert links(app)["**2 · The loss at every step**"] == "recipe=mnist-mlp&data.dataset=mnist_sample"


def test_with_a_network_cards_say_what_has_to_be_downloaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(availability, "within_reach", lambda _host: True)
    app = open_page()
    assert badges(app).count("needs 12 MB once") == 3
    assert links(app)["**2 · The loss at every step**"] == "recipe=mnist-mlp"


def test_a_set_that_is_here_is_ready() -> None:
    raw = environment.data_dir() / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte").touch()
    assert badges(open_page()).count(":material/check: ready]") == 4


def test_the_last_run_is_one_click_away(store: Store) -> None:
    run_id = queue(store, "my [run]")
    queued(store, "somebody's")
    assert links(open_page())["Your last run: my \\[run\\]"] == f"run={run_id}"


def test_the_other_pages_have_cards() -> None:
    assert {"**Predict**", "**Gradient descent**", "**Activations**"} <= links(open_page()).keys()


def test_without_runs_it_invites_to_start_one() -> None:
    assert "Nothing is running. Open a recipe above and press Train." in [text.value for text in open_page().caption]


def test_everyone_sees_the_runs_that_train_or_wait_and_no_others(store: Store) -> None:
    trains, waits, ended = (queued(store, name) for name in ("trains", "waits", "ended"))
    for run_id in (trains, waits, ended):
        assert store.claim() == (run_id, 1)
    journal = Journal(store.database, trains, 1)
    journal.begin(step=0, epoch=0, total_steps=180, device="cpu")
    journal.epoch(EpochRecord(1, 45, 1.0, 0.6, 1.0, 0.75, 0.001, 1.0, True))
    store.give_back(waits, 1)
    Journal(store.database, ended, 1).end(State.FINISHED)
    app = open_page()
    assert {name: query for name, query in links(app).items() if not name.startswith("**")} == {
        "trains": f"run={trains}",
        "waits": f"run={waits}",
    }
    assert "epoch 1 of 4, 75.0 % right" in [caption.value for caption in app.caption]
    assert "running" in badges(app)
    assert "waiting" in badges(app)
    assert "finished" not in badges(app)


def test_the_page_is_in_the_readers_language(store: Store, untranslated: Callable[[AppTest], set[str]]) -> None:
    queued(store, "A run")
    assert untranslated(open_page()) == {"A run"}  # as it was named when it was started


def test_it_opens_without_importing_torch(folders: Path) -> None:
    modules = {
        node.module for node in ast.walk(ast.parse((ROOT / HOME).read_text())) if isinstance(node, ast.ImportFrom)
    }
    assert "pages.components.shell.layout" in modules
    code = f"import sys, {', '.join(map(str, modules))}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False).returncode == 0
