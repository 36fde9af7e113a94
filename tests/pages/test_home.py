"""The page Home, without a browser."""

import ast
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from streamlit.testing.v1 import AppTest

from core.recipes import recipes
from core.runs.journal import Journal
from core.runs.state import State
from core.runs.store import Store
from core.training.records import EpochRecord
from tests.pages.opened import ROOT, open_app
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


def test_every_recipe_has_a_card_that_opens_it() -> None:
    app = open_page()
    written = [text.value for text in app.markdown]
    for recipe in recipes().values():
        assert f"**{recipe.title}**" in written
        assert recipe.summary in written
    assert links(app) == {"Open": " ".join(f"recipe={name}" for name in recipes())}
    assert "Handwritten digits, small · about 6 seconds" in [caption.value for caption in app.caption]


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
    assert {name: query for name, query in links(app).items() if name != "Open"} == {
        "trains": f"run={trains}",
        "waits": f"run={waits}",
    }
    assert "epoch 1 of 4, 75.0 % right" in [caption.value for caption in app.caption]
    badges = " ".join(text.value for text in app.markdown if "badge" in text.value)
    assert "running" in badges
    assert "waiting" in badges
    assert "finished" not in badges


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
