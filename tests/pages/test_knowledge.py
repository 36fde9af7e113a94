"""The tab Borrowed knowledge, on a run with real photos, one of them in the wrong class."""

from pathlib import Path
from typing import Any

import pytest
import torch

from core.config import DataConfig
from core.data import datasets
from core.data.own import stored
from core.evaluation import knowledge
from core.evaluation.borrowing import borrow, concept_names
from core.recipes.own_photos import head_on_photos
from core.runs.run import Run
from core.runs.store import Store
from tests.core.data.sets import brought
from tests.pages.opened import open_app, written
from tests.runs import ME, train_next, trained

CATS, DOGS = 20, 19


@pytest.fixture
def run(store: Store, real_data: Path) -> Run:
    """A head on cats and dogs; the last file of the dogs is a cat."""
    cats, dogs = (sorted((real_data / "PetImages" / label).iterdir()) for label in ("Cat", "Dog"))
    files = {f"Cat/{number}.jpg": path.read_bytes() for number, path in enumerate(cats[:CATS])}
    files |= {f"Dog/{number}.jpg": path.read_bytes() for number, path in enumerate(dogs[:DOGS])}
    images = brought(files | {"Dog/wrong.jpg": cats[CATS].read_bytes()})
    config = head_on_photos(DataConfig(dataset=images.name, validation_fraction=0.2)).model_copy(update={"epochs": 1})
    store.create(config, owner=ME, name="cats and dogs")
    return train_next(store)


def odd_files(run: Run, found: knowledge.Knowledge) -> list[str]:
    """The names of the images whose neighbours have another label, at most one more than is wrong."""
    data = datasets.load(run.config.data)
    assert data.train.rows is not None
    assert data.validation.rows is not None
    rows = torch.cat([data.train.rows, data.validation.rows])[found.positions[found.odd]].tolist()
    assert len(rows) <= 2
    return sorted(stored.load(run.config.data.dataset).files[row] for row in rows)


def charts(app: Any) -> dict[str, str]:
    """What stands for each chart of the page in words."""
    return {part.proto.id.split("-")[-1]: part.proto.alt for part in app.get("plotly_chart")}


def test_a_frozen_network_s_concepts_and_a_map_on_which_the_wrong_label_stands_out(run: Run) -> None:
    list(borrow(run.id))
    found = knowledge.kept(run.id)
    assert found is not None
    assert found.images == len(found.positions) == CATS + DOGS + 1
    names = concept_names()
    cat_like = {"tabby", "tiger cat", "Persian cat", "Siamese cat", "Egyptian cat", "lynx"}
    assert sum(names[concept] in cat_like for concept in found.concepts[0]) >= 3
    assert odd_files(run, found)[-1] == "Dog/wrong.jpg"
    app = open_app("pages/2_Train.py", run=run.id, tab="Borrowed knowledge")
    assert not app.exception
    flow, image_map = charts(app).values()
    assert "Diagram of the concepts that fire for each class. Cat: " in flow
    assert names[found.concepts[0, 0]] in flow
    assert "Map of 40 images by their features. " in image_map
    assert "of another class" in written(app)
    assert "Choose a class." not in written(app)


def test_other_runs_have_no_such_tab(store: Store) -> None:
    app = open_app("pages/2_Train.py", run=trained(store, epochs=1).id)
    assert [tab.label for tab in app.tabs] == ["Curves", "Evaluate", "Diagnosis", "Hand in"]
