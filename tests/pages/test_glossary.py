"""The glossary, and where the pages show it."""

import re
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from core.recipes import recipes
from core.runs.store import Store
from pages.components.shell.glossary import GLOSSARY, TERM_OF_SETTING, definition, explained
from tests.pages.opened import in_link, open_app, texts
from tests.runs import queue, train_all, trained

# Term → the beginnings of other words for it, where it doesn't stand as it is.
OTHER_FORMS = {
    "Activation function": ["activation"],
    "Augmentation": ["augment"],
    "Convolution": ["conv2d"],
    "Normalisation": ["normalise"],
    "Pooling": ["maxpool2d", "avgpool2d"],
    "Weights": ["weight", "parameter"],
}
TABS = {
    "pages/1_Data.py": ["A batch", "Numbers", "Transforms"],
    "pages/4_Activations.py": ["Shapes", "Speed", "Training", "Inside"],
    "pages/6_Gradient_Descent.py": ["Hello world", "Race"],
}


def uses(text: str, term: str) -> bool:
    """Whether a text has the term or another word for it."""
    forms = [term.lower(), *OTHER_FORMS.get(term, [])]
    return any(re.search(rf"\b{form}", text.lower()) for form in forms)


def terms_shown(app: AppTest) -> list[str]:
    """The terms that the page's button opens."""
    found = [text for text in texts(app) if _glossary_of(text)]
    assert len(found) <= 1, "the page has its glossary once"
    return _glossary_of(found[0]) if found else []


def _glossary_of(text: str) -> list[str]:
    """The terms of a text that consists of definitions only."""
    by_definition = {definition(term): term for term in GLOSSARY}
    parts = text.split("\n\n")
    return [by_definition[part] for part in parts] if by_definition.keys() >= set(parts) else []


def missing(opened: list[AppTest]) -> set[str]:
    """The terms in the glossary of a page, opened at each of its tabs, that stand nowhere else on it."""
    [terms] = {tuple(terms_shown(app)) for app in opened}
    assert terms
    rest = [text for app in opened for text in texts(app) if not _glossary_of(text)]
    return {term for term in terms if not any(uses(text, term) for text in rest)}


# --- the definitions ------------------------------------------------------------------------------------------------


def test_it_is_short() -> None:
    assert len(GLOSSARY) <= 25
    for text in GLOSSARY.values():
        assert 1 <= text.count(". ") + 1 <= 2, text
        assert len(text) <= 120, text


def test_no_definition_leads_back_to_its_own_term() -> None:
    used = {term: {other for other in GLOSSARY if other != term and uses(GLOSSARY[term], other)} for term in GLOSSARY}

    def below(term: str, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        if term in path:
            yield (*path, term)
            return
        for other in used[term]:
            yield from below(other, (*path, term))

    assert [circle for term in GLOSSARY for circle in below(term, ())] == []
    assert used["Kernel"] == {"Convolution", "Weights"}


def test_a_help_text_explains_its_term_with_the_glossarys_own_sentence() -> None:
    assert set(TERM_OF_SETTING.values()) <= GLOSSARY.keys()
    assert explained("Choose one.", "Seed") == f"Choose one.\n\n**Seed:** {GLOSSARY['Seed']}"
    app = open_app("pages/2_Train.py")
    helps = {one.label: one.help for one in (*app.number_input, *app.selectbox)}
    for label, term in (("Epochs", "Epoch"), ("Learning rate", "Learning rate"), ("Loss", "Loss"), ("Seed", "Seed")):
        assert GLOSSARY[term] in helps[label]


# --- the pages ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["streamlit_app.py", *TABS])
def test_a_page_explains_only_terms_that_stand_on_it(page: str) -> None:
    assert missing([open_app(page, tab=tab) for tab in TABS.get(page, [""])]) == set()


@pytest.mark.parametrize("name", recipes())
def test_train_explains_the_terms_of_the_chosen_recipe(name: str) -> None:
    app = open_app("pages/2_Train.py", recipe=name)
    assert missing([app]) == set()
    assert ("Convolution" in terms_shown(app)) == (name == "mnist-cnn-8x8")


def test_runs_explain_the_terms_of_their_tabs(store: Store, tasks_at_once: None) -> None:
    assert terms_shown(open_app("pages/3_Runs.py")) == []
    run = trained(store)
    other = queue(store)
    assert missing([open_app("pages/3_Runs.py")]) == set()
    assert missing([open_app("pages/3_Runs.py", compare=f"{run.id},{other}")]) == set()
    assert missing([open_app("pages/5_Predict.py", run=run.id)]) == set()
    evaluated = open_app("pages/2_Train.py", run=run.id, tab="Evaluate").run()
    assert missing([open_app("pages/2_Train.py", run=run.id), evaluated]) == set()


def test_activations_explain_the_terms_of_a_comparison(store: Store) -> None:
    app = open_app("pages/4_Activations.py", tab="Training")
    app.button(key="train").click().run()
    train_all(store)
    address = {name: in_link(app)[name] for name in ("comparison", "tab")}
    tabs = TABS["pages/4_Activations.py"]
    opened = [open_app("pages/4_Activations.py", **address | {"tab": tab}) for tab in tabs]
    assert {"Accuracy", "Validation"} <= set(terms_shown(opened[0]))
    assert missing(opened) == set()


def test_every_term_is_explained_somewhere(store: Store, tasks_at_once: None) -> None:
    run = trained(store)
    opened = [open_app(page) for page in ("streamlit_app.py", *TABS)]
    opened += [open_app("pages/2_Train.py", recipe=name) for name in recipes()]
    opened += [open_app("pages/3_Runs.py", run=run.id), open_app("pages/5_Predict.py", run=run.id)]
    found = {term for app in opened for term in terms_shown(app)}
    assert GLOSSARY.keys() - found == {"Dropout"}  # no recipe has it; the Train page explains it beside such a layer
    dropout = open_app("pages/2_Train.py", model__layers='[{"kind":"flatten"},{"kind":"dropout"}]')
    assert "Dropout" in terms_shown(dropout)


def test_the_glossary_is_in_the_readers_language(untranslated: Callable[[AppTest], set[str]]) -> None:
    app = open_app("pages/6_Gradient_Descent.py")
    assert not any("Words on this page" in text for text in untranslated(app))
    assert any("⟦Momentum⟧" in text for text in texts(app))
