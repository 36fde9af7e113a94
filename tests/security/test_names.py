"""Names are text: of runs, people, classes, sets and files, on every page and every tab."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation.predictions import evaluate
from core.runs import owner_actions
from core.runs.run import Run
from core.runs.store import Store
from tests.core.data.own.pictures import jpeg
from tests.core.data.sets import brought
from tests.pages.opened import open_app
from tests.runs import ME, queue, train_next

# A link, a picture, a badge, a formula, code, HTML and gaps; "evil" marks what must not become any of it.
HOSTILE = "{a}![e](http://evil.example/p)[evil](http://evil.example):red[evil]$evil$`evil`<b>evil</b>"
SET = f"set {HOSTILE}"
IN_A_PATH = "{a}[evil](http:evil)$evil$`evil`"  # names of files and folders are short, and have no slash
PAGES: dict[str, tuple[str, ...]] = {
    "streamlit_app.py": ("",),
    "pages/1_Data.py": ("A batch", "Numbers", "Transforms", "Checks and labels", "Bring your own"),
    "pages/2_Train.py": ("",),
    "pages/3_Runs.py": ("Curves", "Evaluate", "Diagnosis", "Hand in"),
    "pages/4_Activations.py": ("Shapes", "Speed", "Training", "Inside"),
    "pages/5_Predict.py": ("",),
    "pages/6_Gradient_Descent.py": ("",),
}
NAMELESS = ("streamlit_app.py", "pages/4_Activations.py", "pages/6_Gradient_Descent.py")
# Streamlit reads Markdown in the texts of these fields; in other fields it shows them as they are.
MARKDOWN = {"body", "label", "help", "legend", "captions"}
PLAIN_ELEMENTS = {"text_input", "text_area", "code", "json", "html", "bidi_component", "arrow_data_frame", "iframe"}
# What Markdown makes of an unescaped name.
MADE = re.compile(r"(?<!\\)\]\(http|(?<!\\):red\\?\[|(?<![\\])\$evil|(?<!\\)`evil|(?<!\\)<b>")


@pytest.fixture
def hostile(store: Store) -> Run:
    """A finished run of a hostile name on images of hostile names; its owner has a hostile nickname."""
    files = {f"{kind} {IN_A_PATH}/{number} {IN_A_PATH}.jpg": jpeg(100 * place + number)
             for place, kind in enumerate(("cat", "dog")) for number in range(8)}  # fmt: skip
    images = brought(files, title=SET)
    run_id = queue(
        store,
        HOSTILE[:80],
        data__dataset=images.name,
        data__image_size=8,
        data__mean=[0.5] * 3,
        data__std=[0.5] * 3,
        data__validation_fraction=0.5,
        model__layers=[{"kind": "flatten"}, {"kind": "linear", "out_features": 2}],
        epochs=1,
    )
    owner_actions.describe(store, run_id, owner=ME, name=HOSTILE[:80], remark=HOSTILE)
    owner_actions.sign(store, owner=ME, nickname=HOSTILE[:40])
    run = train_next(store)
    for _ in evaluate(run.id, 1):
        pass
    return run


def fields(message: Any) -> Iterator[tuple[str, str]]:
    """Every text in an element, with its field's name."""
    for field, value in message.ListFields():
        for one in value if isinstance(value, list) or hasattr(value, "add") or hasattr(value, "extend") else [value]:
            if hasattr(one, "ListFields"):
                yield from fields(one)
            elif isinstance(one, str):
                yield field.name, one


def markdown_of(app: AppTest) -> Iterator[tuple[str, str]]:
    for node in (*app.main, *app.sidebar):
        if hasattr(getattr(node, "proto", None), "ListFields") and node.type not in PLAIN_ELEMENTS:
            for name, text in fields(node.proto):
                if name in MARKDOWN:
                    yield f"{node.type}.{name}", text
        if node.type == "table":  # whose cells are Markdown
            for cell in (*node.value.columns, *node.value.index, *node.value.to_numpy().flat):
                yield "table", str(cell)


def plotly_of(app: AppTest) -> Iterator[str]:
    for node in app.main:
        if node.type == "plotly_chart":
            yield str(node.proto)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.usefixtures("tasks_at_once")
def test_a_hostile_name_is_shown_as_it_is(page: str, hostile: Run) -> None:
    seen, leaks = False, set()
    for query in ({}, {"run": hostile.id}, {"compare": hostile.id}, {"data__dataset": hostile.config.data.dataset}):
        for tab in PAGES[page]:
            app = open_app(page, "me", **query, **({"tab": tab} if tab else {}))
            assert not app.exception, (query, tab)
            for where, text in markdown_of(app):
                seen = seen or "evil" in text
                if MADE.search(text):
                    leaks.add((tab, where, text[:60]))
            leaks |= {(tab, "chart", "") for chart in plotly_of(app) if "<b>evil" in chart}
    assert not leaks
    assert seen or page in NAMELESS, "this page showed no name: the test shows nothing"
