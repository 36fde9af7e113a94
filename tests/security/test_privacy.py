"""Photos are private: a run on them is found and seen only by its owner and by whom the owner gave the link."""

import os
import time
from typing import Any

import pytest
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.data.own import stored
from core.errors import DataError, RunError
from core.evaluation.predictions import evaluate
from core.runs import access, owner_actions
from core.runs.expiry import expire
from core.runs.run import Run, owner_of
from core.runs.schema import runs
from core.runs.search import Wanted, datasets, listing
from core.runs.store import Store
from core.training import run_files
from pages.components.run import downloads
from pages.components.shell.identity import owner_at
from tests.core.data.sets import imported, pets
from tests.pages.opened import open_app, written
from tests.runs import ME, YOU, claimed, queue, train_next

OWNER, STRANGER = "me", "you"  # browsers
SETTINGS: dict[str, Any] = {
    "data__image_size": 8,
    "data__mean": [0.5] * 3,
    "data__std": [0.5] * 3,
    "data__validation_fraction": 0.5,
    "model__layers": [{"kind": "flatten"}, {"kind": "linear", "out_features": 2}],
}
pytestmark = pytest.mark.usefixtures("tasks_at_once")


@pytest.fixture
def images() -> str:
    name = imported(pets(8, 8)).name
    stored.claim(name, ME)
    return name


@pytest.fixture
def private(store: Store, images: str) -> Run:
    queue(store, "children", data__dataset=images, epochs=1, **SETTINGS)
    run = train_next(store)
    for _ in evaluate(run.id, 1):
        pass
    return run


def test_a_run_on_own_images_stands_in_its_owner_s_lists_only(store: Store, private: Run) -> None:
    assert not private.listed
    assert [row.id for row in listing(store, Wanted(viewer=ME))[0]] == [private.id]
    assert listing(store, Wanted(viewer=YOU)) == ([], 0)
    assert listing(store, Wanted(text="children", viewer=YOU))[1] == 0
    assert datasets(store, YOU) == []
    assert store.recent(viewer=YOU) == []
    assert store.with_weights(YOU) == []
    assert [run.id for run in store.with_weights(ME)] == [private.id]


@pytest.mark.parametrize("tab", ["Curves", "Evaluate", "Diagnosis", "Hand in"])
def test_a_stranger_without_the_key_sees_nothing_of_it(private: Run, tab: str) -> None:
    app = open_app("pages/2_Train.py", STRANGER, run=private.id, tab=tab)
    assert "its link is incomplete" in written(app)
    assert "children" not in written(app)
    assert not app.get("imgs")


def test_the_words_are_the_same_for_a_run_that_does_not_exist(private: Run) -> None:
    def told(run: str) -> str:
        return written(open_app("pages/2_Train.py", STRANGER, run=run)).replace(run, "RUN")

    assert told(private.id) == told("0" * 12)


@pytest.mark.parametrize("tab", ["Curves", "Evaluate", "Diagnosis", "Hand in"])
def test_whoever_has_the_link_sees_it_all(private: Run, tab: str) -> None:
    app = open_app("pages/2_Train.py", STRANGER, run=private.id, tab=tab, key=str(private.link_key))
    assert not app.error
    assert "children" in written(app) or "children" in [one.value for one in app.subheader]


@pytest.mark.parametrize("key", ["", "x" * 16, "%", "0" * 5_000])
def test_a_wrong_key_opens_nothing(private: Run, key: str) -> None:
    app = open_app("pages/2_Train.py", STRANGER, run=private.id, key=key)
    assert "its link is incomplete" in written(app)


def test_the_owner_s_address_carries_the_key_to_give_away(private: Run) -> None:
    app = open_app("pages/2_Train.py", OWNER, run=private.id)
    assert app.query_params["key"] == private.link_key
    assert private.link_key == stored.key_of(private.config.data.dataset, ME)


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("pages/1_Data.py", {"data__dataset": "{images}"}),
        ("pages/1_Data.py", {"data__dataset": "{images}", "tab": "Checks and labels"}),
        ("pages/2_Train.py", {"data__dataset": "{images}"}),
        ("pages/5_Predict.py", {"run": "{run}"}),
        ("pages/3_Runs.py", {"compare": "{run}"}),
    ],
)
def test_the_images_are_closed_on_every_page(private: Run, page: str, query: dict[str, str]) -> None:
    filled = {name: text.format(images=private.config.data.dataset, run=private.id) for name, text in query.items()}
    assert "link is incomplete" in written(open_app(page, STRANGER, **filled))
    with_key = open_app(page, STRANGER, **filled, key=str(private.link_key))
    assert "link is incomplete" not in written(with_key)
    assert "link is incomplete" not in written(open_app(page, OWNER, **filled))


def test_a_listed_run_still_keeps_its_images_closed(store: Store, private: Run) -> None:
    with pytest.raises(RunError, match="Only the browser"):
        owner_actions.set_listed(store, private.id, owner=YOU, listed=True)
    owner_actions.set_listed(store, private.id, owner=ME, listed=True)
    assert listing(store, Wanted(viewer=YOU))[1] == 1
    curves = open_app("pages/2_Train.py", STRANGER, run=private.id)
    assert not curves.error
    assert not curves.get("imgs")
    assert "link is incomplete" in written(open_app("pages/2_Train.py", STRANGER, run=private.id, tab="Hand in"))
    assert "link is incomplete" in written(open_app("pages/5_Predict.py", STRANGER, run=private.id))
    owner_actions.set_listed(store, private.id, owner=ME, listed=False)
    assert store.get(private.id).link_key == private.link_key


def test_a_run_on_built_in_images_can_be_taken_off_the_lists(store: Store) -> None:
    run_id = queue(store)
    owner_actions.set_listed(store, run_id, owner=ME, listed=False)
    assert listing(store, Wanted(viewer=YOU))[1] == 0
    assert store.get(run_id).link_key


def test_files_of_a_run_need_the_owner_s_cookie_or_the_key(store: Store, images: str) -> None:
    secret, other = "s" * 32, "o" * 32
    stored.claim(images, owner_of(secret))
    queue(store, owner=owner_of(secret), data__dataset=images, epochs=1, **SETTINGS)
    run = train_next(store)
    client = TestClient(Starlette(routes=downloads.routes("")))
    closed = f"/files/{run.id}/weights.safetensors"

    def status(cookie: str = "", **query: str) -> int:
        return client.get(closed, params=query, headers={"cookie": cookie} if cookie else {}).status_code

    assert status() == 404
    assert status(key="wrong") == 404
    assert status(key=str(run.link_key)) == 200
    for name in ("torch_classroom", "__Host-torch_classroom"):
        assert status(f"{name}={secret}") == 200
        assert status(f"{name}={other}") == 404


@pytest.mark.parametrize("value", ["", "me", "a" * 31, "a" * 33, "a" * 31 + " ", "ä" * 32, "a" * 5_000])
def test_a_cookie_that_this_app_did_not_make_is_nobody_s(value: str) -> None:
    first, second = (owner_at({"torch_classroom": value}) for _ in range(2))
    assert first != second
    assert owner_of(value) not in (first, second)


def test_a_secure_cookie_goes_before_one_that_a_sibling_host_may_have_set() -> None:
    both = {"torch_classroom": "x" * 32, "__Host-torch_classroom": "s" * 32}
    assert owner_at(both) == owner_of("s" * 32)


def test_leaving_a_shared_computer_makes_a_stranger_of_the_browser(private: Run) -> None:
    app = open_app("pages/2_Train.py", OWNER, run=private.id)
    assert not app.error
    app.button(key="leave").click().run()
    assert not app.exception
    assert app.session_state["classroom.secret"] != OWNER
    assert "its link is incomplete" in written(
        open_app("pages/2_Train.py", app.session_state["classroom.secret"], run=private.id)
    )


def test_importers_of_the_same_images_have_keys_of_their_own(images: str) -> None:
    stored.claim(images, YOU)
    mine, yours = stored.key_of(images, ME), stored.key_of(images, YOU)
    assert mine
    assert yours
    assert mine != yours
    assert stored.key_of(images, owner_of("third")) is None
    assert stored.opens(images, owner_of("third"), {yours})
    assert not stored.opens(images, owner_of("third"), {"other"})
    stored.claim(images, ME)
    assert stored.key_of(images, ME) == mine, "a second import keeps the links that were given away"


def test_a_claim_of_the_version_before_gets_a_key(images: str) -> None:
    mark = stored.folder(images) / f"owner-{ME}"
    mark.write_text("")
    assert stored.key_of(images, ME)


# --- deleted, really ----------------------------------------------------------------------------------------------


def test_deleting_images_deletes_the_runs_on_them_and_every_file(store: Store, private: Run) -> None:
    other = queue(store, owner=YOU, data__dataset=private.config.data.dataset, epochs=1, **SETTINGS)
    owner_actions.delete_images(store, private.config.data.dataset, owner=ME)
    assert store.find(private.id) is None
    assert not run_files.folder(private.id).exists()
    assert not stored.exists(private.config.data.dataset)
    assert store.find(other), "somebody else's run is theirs"


def test_images_stay_while_a_run_trains_on_them(store: Store, images: str) -> None:
    queue(store, data__dataset=images, epochs=1, **SETTINGS)
    claimed(store)
    with pytest.raises(RunError, match="Stop it first"):
        owner_actions.delete_images(store, images, owner=ME)
    assert stored.exists(images)


def test_what_people_brought_expires(store: Store, private: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    public = queue(store, "public", epochs=1)
    train_next(store)
    expire(store)
    assert store.find(private.id)
    long_ago = time.time() - 31 * 86_400
    os.utime(stored.folder(private.config.data.dataset) / f"owner-{ME}", (long_ago, long_ago))
    monkeypatch.setenv("OWN_DAYS", "60")
    expire(store)
    assert store.find(private.id)
    monkeypatch.delenv("OWN_DAYS")
    expire(store)
    assert store.find(private.id) is None
    assert not stored.exists(private.config.data.dataset)
    assert store.find(public)


def test_an_old_unlisted_run_expires_without_its_images(store: Store, private: Run) -> None:
    with store.database.begin() as connection:
        connection.execute(update(runs).values(finished_at=time.time() - 31 * 86_400))
    expire(store)
    assert store.find(private.id) is None


def test_what_is_no_set_s_name_is_refused() -> None:
    with pytest.raises(DataError):
        stored.opens("images-../../etc", ME, {"x"})
    assert access.may_see_images("digits", YOU, set())
