"""Odd and hostile addresses: every page opens, says what it makes of them in sentences, and works."""

import re
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from core.runs.comparison import MOST
from core.runs.store import Store
from pages.components.shell import address
from pages.components.shell.layout import MOST_PROBLEMS
from tests.core.data.sets import brought, pets
from tests.pages.opened import ROOT, in_link, open_app, widget, written
from tests.runs import trained

HOME, DATA, TRAIN, RUNS, ACTIVATIONS, PREDICT, DESCENT = (
    address.HOME_PAGE,
    address.DATA_PAGE,
    address.TRAIN_PAGE,
    address.RUNS_PAGE,
    address.ACTIVATIONS_PAGE,
    address.PREDICT_PAGE,
    address.DESCENT_PAGE,
)
DATA_TABS = ("A batch", "Numbers", "Transforms", "Checks and labels", "Bring your own")
MARKDOWN = "![a](http://example.org/a.png) [Your session has ended](http://example.org/login)"
# `{run}` stands for a run that exists.
LINKS: list[tuple[str, dict[str, str]]] = [
    (HOME, {"run": "x" * 5_000}),
    (HOME, {"": "nothing"}),
    (TRAIN, {"run": "nobody"}),
    (TRAIN, {"run": "\x00"}),
    (TRAIN, {"run": "a\x00b\nc"}),
    (TRAIN, {"run": "../../etc/passwd"}),
    (TRAIN, {"run": "9" * 5_000}),
    (TRAIN, {"run": MARKDOWN}),
    (TRAIN, {"run": "{0} {run} {"}),
    (TRAIN, {"run": "' OR 1=1 --"}),
    (TRAIN, {"recipe": "nothing"}),
    (TRAIN, {"recipe": MARKDOWN}),
    (TRAIN, {"recipe": "{0}{1}{x!r}"}),
    (TRAIN, {"recipe": "r" * 50_000}),
    (TRAIN, {"epochs": "9" * 5_000}),
    (TRAIN, {"epochs": "-1"}),
    (TRAIN, {"epochs": "99999999"}),
    (TRAIN, {"epochs": "1e400"}),
    (TRAIN, {"epochs": "NaN"}),
    (TRAIN, {"epochs": "[" * 5_000}),
    (TRAIN, {"epochs": "true"}),
    (TRAIN, {"epochs": ""}),
    (TRAIN, {"batch_size": "{}"}),
    (TRAIN, {"optimizer.lr": "-1"}),
    (TRAIN, {"optimizer.lr": "Infinity"}),
    (TRAIN, {"optimizer.name": "sgd; DROP TABLE runs"}),
    (TRAIN, {"optimizer": "[]"}),
    (TRAIN, {"data.dataset": "../../etc"}),
    (TRAIN, {"data.dataset": "images-0000000000000000"}),
    (TRAIN, {"data.mean": "[0,0,0,0,0,0,0]"}),
    (TRAIN, {"model.layers": "[{}]"}),
    (TRAIN, {"model.layers": '[{"kind":"linear","out_features":1e9}]'}),
    (TRAIN, {"model.name": "resnet9000"}),
    (TRAIN, {"transfer.weights": "nobody"}),
    (TRAIN, {MARKDOWN: "1"}),
    (TRAIN, {"a." * 500: "1"}),
    (TRAIN, {f"x{number}": "1" for number in range(300)}),
    (RUNS, {"run": "nobody", "tab": "Evaluate"}),
    (RUNS, {"run": "{run}", "tab": "Evaluate", "cell": "9" * 5_000 + "-0"}),
    (RUNS, {"run": "{run}", "tab": "Evaluate", "cell": "٣-٤"}),
    (RUNS, {"run": "{run}", "tab": "Evaluate", "epoch": "9" * 5_000}),
    (RUNS, {"run": "{run}", "tab": "No such tab"}),
    (RUNS, {"compare": ",".join(["x"] * 3_000)}),
    (RUNS, {"compare": ",,,"}),
    (RUNS, {"compare": MARKDOWN}),
    (RUNS, {"compare": "{run},{run}", "what": "all", "over": "2", "smoothing": "7", "log": "perhaps"}),
    (RUNS, {"search": "word " * 2_000}),
    (RUNS, {"search": "w" * 60_000}),
    (RUNS, {"search": "%_\\'\"\x00"}),
    (RUNS, {"search": "abc", "mine": "maybe"}),
    (DATA, {"data.dataset": "nothing"}),
    (DATA, {"data.dataset": MARKDOWN}),
    (DATA, {"data.image_size": "100000"}),
    (DATA, {"data.validation_fraction": "2"}),
    (DATA, {"seed": "9" * 5_000}),
    (DATA, {"batch_size": "0"}),
    (DATA, {"tab": "No such tab", "split": "neither"}),
    (PREDICT, {"run": "nobody"}),
    (PREDICT, {"run": "{run}", "with": "file-" + "a" * 5_000}),
    (PREDICT, {"run": "{run}", "with": "file-../../x"}),
    (PREDICT, {"run": "file-x\x00y"}),
    (PREDICT, {"run": "file-０１２"}),
    (PREDICT, {"run": "{run}", "way": "telepathy"}),
    (ACTIVATIONS, {"show": "nothing", "reach": "9" * 5_000}),
    (ACTIVATIONS, {"tab": "Training", "comparison": MARKDOWN, "epochs": "-3", "compared": "none"}),
    (DESCENT, {"lr": "NaN", "steps": "9" * 5_000, "seed": "-1", "optimizer": "none"}),
    (DESCENT, {"tab": "Race", "surface": "moon", "racers": "snail"}),
]


def test_every_odd_link_leaves_the_page_usable(store: Store, subtests: pytest.Subtests) -> None:
    assert len(LINKS) >= 40
    run = trained(store).id
    for page, link in LINKS:
        query = {name: value.replace("{run}", run) for name, value in link.items()}
        with subtests.test(page=page, link=quote_plus(str(link), errors="replace")[:60]):
            app = open_app(page, **query)
            assert len(app.error) <= (MOST if "compare" in query else MOST_PROBLEMS if len(query) > 100 else 1)
            assert app.title or app.subheader or app.button, "nothing is left of the page"
            assert "](http" not in written(app).replace("\\]\\(", ""), "an address became a link"


def test_only_one_module_reads_and_writes_the_address() -> None:
    touching = re.compile(r"\bst\.query_params|\bst\.switch_page")
    files = [*(ROOT / "pages").rglob("*.py"), ROOT / "streamlit_app.py"]
    found = {path.name for path in files if touching.search(Path(path).read_text(encoding="utf-8"))}
    assert found == {"address.py"}


# --- from page to page --------------------------------------------------------------------------------------------

# Pages with every widget that is bound to the address set, by their link, and the button that leads elsewhere.
BOUND: list[tuple[str, dict[str, str], str]] = [
    *((DATA, {"tab": tab, "split": "Validation"}, "Train with these images") for tab in DATA_TABS),
    *((TRAIN, {"run": "{run}", "tab": tab}, "All runs") for tab in ("Curves", "Evaluate", "Diagnosis", "Hand in")),
    (RUNS, {"compare": "{run},{other}", "log": "true", "smoothing": "0.5"}, "All runs"),
    (TRAIN, {"run": "{run}", "tab": "Diagnosis"}, "Delete permanently"),
    (TRAIN, {"run": "{run}"}, "Change and train again"),
    (TRAIN, {"recipe": "digits", "epochs": "2"}, "Train"),
    (TRAIN, {"run": "nobody"}, "Start a new run"),
]


@pytest.mark.usefixtures("tasks_at_once")
@pytest.mark.parametrize(("page", "link", "button"), BOUND)
def test_a_button_leads_to_another_page_whatever_is_bound_to_the_address(
    page: str, link: dict[str, str], button: str, store: Store
) -> None:
    run, other = trained(store).id, trained(store).id
    app = open_app(page, **{name: value.format(run=run, other=other) for name, value in link.items()})
    widget(app.button, button).click().run()
    assert not app.exception
    assert not app.error
    assert not {"tab", "split", "log", "smoothing"} & in_link(app).keys()


def test_a_search_ends_where_a_run_is_opened(store: Store) -> None:
    run, other = trained(store, "one"), trained(store, "one again")
    app = open_app(RUNS, search="one", mine="true")
    app.session_state["runs"] = {"selection": {"rows": [0, 1], "columns": [], "cells": []}}
    app.run()
    widget(app.button, "Compare 2 runs").click().run()
    assert not app.exception
    assert in_link(app) == {"compare": f"{other.id},{run.id}"}


def test_titles_with_curly_brackets_are_shown_and_trained(store: Store) -> None:
    name = brought(pets(23, 21), title="Team {A} vs {0} {").name
    app = open_app(DATA, data__dataset=name, tab="Checks and labels")
    widget(app.button, "Train with these images").click().run()
    assert not app.exception
    app.switch_page(TRAIN).run()
    widget(app.button, "Train").click().run()
    assert not app.exception
    assert store.recent()[0].name == "Team {A} vs {0} {"
