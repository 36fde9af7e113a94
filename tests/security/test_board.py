"""What the board of a class keeps back stays on the server: no page, file, link or script tells it."""

import io
import json
import zipfile
from collections.abc import Iterator

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from core import environment
from core.classes import board, ending, room
from core.config import DataConfig
from core.data import datasets
from core.data.datasets import ImageData, ImageSet
from core.evaluation import results
from core.evaluation.predictions import evaluate
from core.export import script
from core.export.pictures import LIST
from core.handin.bundle import PLAIN, bundle
from core.handin.class_bundle import class_bundle
from core.handin.snapshot import take
from core.inference import neighbours
from core.runs.run import Run, owner_of
from core.runs.schema import submissions
from core.runs.store import Store
from core.training import run_files
from pages.components.shell.images import mapped
from tests.pages.opened import open_app, texts
from tests.runs import queue, train_next

TEACHER, PUPIL = "teacher", "anna"
PRIVATE = 0.1234  # a score that nothing else on a page happens to have
pytestmark = pytest.mark.usefixtures("tasks_at_once")


@pytest.fixture
def here(store: Store) -> room.Room:
    """A class with a board on the digits, and a pupil in it."""
    class_id, _secret = room.open_class(store.database, "8b", teacher=owner_of(TEACHER))
    board.open_board(store.database, class_id, "digits", teacher=owner_of(TEACHER))
    found = room.room_of(store.database, owner_of(TEACHER))
    assert found
    room.join(store.database, found.code, owner=owner_of(PUPIL), address="here")
    return found


@pytest.fixture
def run(store: Store, here: room.Room) -> Run:
    """A run that the pupil submitted on the page, and that was scored there."""
    queue(store, owner=owner_of(PUPIL), epochs=1)
    run = train_next(store)
    app = open_app("pages/7_Class.py", PUPIL, view="board")
    next(one for one in app.button if one.key == "submit-run").click().run()
    assert not app.exception
    with store.database.begin() as connection:
        changed = connection.execute(
            update(submissions).where(submissions.c.stands).values(private=PRIVATE, public=0.9)
        )
    assert changed.rowcount == 1
    return run


def hidden(here: room.Room) -> set[bytes]:
    """The images that are kept back."""
    kept, _public = datasets.held_back_images(DataConfig(dataset="digits", board=here.board or ""))
    return set(contents(kept))


def contents(images: ImageSet) -> Iterator[bytes]:
    return (image.numpy().tobytes() for image in images.at(slice(None)))


def secrets_of(here: room.Room) -> list[bytes]:
    """The board's key, as text and as it is."""
    content = json.loads((environment.state_dir() / "boards" / f"{here.board}.json").read_text())
    return [content["key"].encode(), bytes.fromhex(content["key"])]


def everything(app: AppTest) -> str:
    """All texts on a page, and all that its widgets get."""
    widgets = [node.proto.json for node in (*app.main, *app.sidebar) if node.type == "bidi_component"]
    return "\n".join([*texts(app), *widgets])


PAGES = [
    ("pages/1_Data.py", {}),
    ("pages/1_Data.py", {"data__board": ""}),
    ("pages/1_Data.py", {"data__board": "f" * 12, "data__split_seed": "3"}),
    ("pages/1_Data.py", {"tab": "Numbers"}),
    ("pages/2_Train.py", {"recipe": "digits", "data__board": ""}),
    *[("pages/2_Train.py", {"run": "RUN", "tab": tab}) for tab in ("Curves", "Evaluate", "Diagnosis", "Hand in")],
    ("pages/5_Predict.py", {"run": "RUN"}),
    ("pages/7_Class.py", {}),
    ("pages/7_Class.py", {"view": "board"}),
]


def test_no_page_reads_or_tells_what_is_hidden(
    here: room.Room, run: Run, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, keys = hidden(here), secrets_of(here)
    read: list[ImageData] = []
    load = datasets.load

    def watched(config: DataConfig) -> ImageData:
        read.append(load(config))
        return read[-1]

    monkeypatch.setattr(datasets, "load", watched)
    monkeypatch.delattr(datasets, "held_back_images")
    for page, query in PAGES:
        mapped.clear()
        told = everything(open_app(page, PUPIL, **{key: run.id if v == "RUN" else v for key, v in query.items()}))
        assert keys[0].decode() not in told, page
        assert "12.3" not in told, f"{page} tells the private score"
    assert read, "no page read an image"
    for one in read:
        assert not kept & {*contents(one.train), *contents(one.validation)}
    assert "12.3" not in everything(open_app("pages/7_Class.py", TEACHER, view="board"))
    assert not any(one.key == "reveal" for one in open_app("pages/7_Class.py", PUPIL, view="board").button)
    board.reveal(store.database, here.id, teacher=owner_of(TEACHER))
    assert "12.3" in everything(open_app("pages/7_Class.py", PUPIL, view="board"))


def test_no_file_of_a_run_tells_what_is_hidden(here: room.Room, run: Run, store: Store) -> None:
    seen = datasets.load(run.config.data)
    for _progress in (*evaluate(run.id, 1), *neighbours.build(run.id)):
        pass
    evaluation = results.kept(run.id, 1)
    assert evaluation
    assert len(evaluation.labels) == len(seen.validation), "a row for a hidden image"
    index = neighbours.kept(run.id)
    assert index
    assert index.positions.max() < len(seen.train)
    assert not hidden(here) & {*contents(seen.train), *contents(seen.validation)}

    found = ending.results(store.database, here.id, teacher=owner_of(TEACHER))
    standings = board.standings(store.database, here.id, viewer=owner_of(TEACHER))
    zips = [bundle(store, run.id), class_bundle(store, here.id, found, standings)]
    handed = [archive.read(name) for archive in map(opened, zips) for name in archive.namelist()]
    snapshot = take(store.database, run.id, weights=True)
    handed += [as_bytes(make(snapshot)) for name, make in PLAIN.items() if name not in (LIST, "model.onnx")]
    handed += [file.read_bytes() for file in run_files.folder(run.id).rglob("*") if file.is_file()]
    for content in handed:
        assert not any(key in content for key in secrets_of(here))
        assert str(PRIVATE).encode() not in content


def opened(content: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(content))


def as_bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def test_the_script_says_that_it_holds_nothing_back(here: room.Room, run: Run) -> None:
    code = script(run.config)
    assert "keeps some images back, and only its server knows which ones" in code
    assert (here.board or "?") not in code
    assert script(run.config.model_copy(update={"data": DataConfig(validation_fraction=0.2)})).count("board") == 0


def test_the_key_is_the_server_s_alone(here: room.Room) -> None:
    file = environment.state_dir() / "boards" / f"{here.board}.json"
    assert file.stat().st_mode & 0o077 == 0
