"""The page Class, and what other pages show of a class."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from core.classes import board, together
from core.classes import room as rooms
from core.errors import RunError
from core.recipes import configure
from core.runs.run import owner_of
from core.runs.state import State
from core.runs.store import Store
from pages.components.class_room import downloads
from pages.components.shell import identity
from tests.pages.opened import open_app, plain, texts, widget, written
from tests.runs import queue, trained

CLASS, TRAIN = "pages/7_Class.py", "pages/2_Train.py"
TEACHER, PUPIL = "teacher", "anna"


def lesson(store: Store) -> rooms.Room:
    """An open class with one pupil, as the teacher sees it."""
    rooms.open_class(store.database, "8b", teacher=owner_of(TEACHER))
    room = rooms.room_of(store.database, owner_of(TEACHER))
    assert room
    rooms.join(store.database, room.code, owner=owner_of(PUPIL), address="here")
    return room


def member(store: Store, browser: str = PUPIL) -> rooms.Room:
    found = rooms.room_of(store.database, owner_of(browser))
    assert found
    return found


def button(app: AppTest, key: str) -> Any:
    return next(one for one in app.button if one.key == key)


def test_a_stranger_may_join_or_open(store: Store) -> None:
    app = open_app(CLASS, "stranger")
    assert [one.value for one in app.subheader] == ["Join a class", "Open a class"]


def test_a_teacher_opens_a_class_and_sees_its_code(store: Store) -> None:
    app = open_app(CLASS, TEACHER)
    widget(app.text_input, "Name of the class").set_value("8b *bold*")
    next(one for one in app.button if one.label == "Open a class").click().run()
    assert not app.exception
    room = member(store, TEACHER)
    assert plain(app.title[0].value) == "8b *bold*"
    assert button(app, "show-code").label == f"**{room.code}**"
    assert "Nobody is here yet" in written(app)


@pytest.mark.parametrize("name", ["", " ", "\u202e"])
def test_a_class_without_a_name_is_refused_in_a_sentence(store: Store, name: str) -> None:
    app = open_app(CLASS, TEACHER)
    widget(app.text_input, "Name of the class").set_value(name)
    next(one for one in app.button if one.label == "Open a class").click().run()
    assert "Give the class a name" in written(app)


def test_where_classes_are_off_nobody_opens_one_or_finds_the_page(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLASSES", "off")
    app = open_app(CLASS, TEACHER)
    assert "Name of the class" not in [one.label for one in app.text_input]


def test_a_link_fills_in_the_code_and_joining_tells_the_name(store: Store) -> None:
    room = lesson(store)
    app = open_app(CLASS, "ben", code=room.code)
    assert widget(app.text_input, "Code").value == room.code
    assert "deleted 24 hours after the class" in written(app)
    next(one for one in app.button if one.label == "Join").click().run()
    assert plain(app.subheader[0].value) == member(store, "ben").nickname


def test_a_wrong_code_is_told_and_counted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "visitor", lambda: "192.0.2.7")  # AppTest has another one each time
    room = lesson(store)
    app = open_app(CLASS, "ben", code="AAAAAA")
    for _ in range(10):
        next(one for one in app.button if one.label == "Join").click().run()
        assert "No class has this code" in written(app)
    widget(app.text_input, "Code").set_value(room.code)
    next(one for one in app.button if one.label == "Join").click().run()
    assert "Wait a minute" in written(app)


def test_a_pupil_spins_and_raises_a_hand(store: Store) -> None:
    lesson(store)
    before = member(store).nickname
    app = open_app(CLASS, PUPIL)
    button(app, "spin").click().run()
    assert member(store).nickname != before
    assert "2 left" in button(app, "spin").label
    button(app, "hand").click().run()
    assert member(store).hand_up
    button(app, "hand").click().run()
    assert not member(store).hand_up


@pytest.mark.parametrize("query", [{"view": "projector"}, {"view": "link"}, {"pupil": "x"}, {"teach": "x" * 32}])
def test_no_address_makes_a_pupil_a_teacher(store: Store, query: dict[str, str]) -> None:
    lesson(store)
    app = open_app(CLASS, PUPIL, **query)
    assert not member(store).teacher
    assert "show-code" not in [one.key for one in app.button]
    assert not any(one.key in ("pause", "remove", "spotlight", "delete-class") for one in app.button)


def test_the_teacher_s_link_leads_the_class_elsewhere(store: Store) -> None:
    room = lesson(store)
    secret = rooms.new_teacher_link(store.database, room.id, teacher=owner_of(TEACHER))
    app = open_app(CLASS, "tablet", teach=secret)
    assert member(store, "tablet").teacher
    assert button(app, "show-code")
    assert "teach" not in app.query_params


def locked(store: Store, *unlocked: str) -> rooms.Room:
    room = lesson(store)
    together.start_here(
        store.database,
        room.id,
        teacher=owner_of(TEACHER),
        page=TRAIN,
        query={"recipe": "digits", "epochs": "3"},
        config=configure("digits", {"epochs": 3}),
    )
    together.lock(store.database, room.id, unlocked, teacher=owner_of(TEACHER))
    return room


def test_locked_fields_are_shown_but_not_to_change(store: Store) -> None:
    locked(store, "optimizer.lr")
    app = open_app(TRAIN, PUPIL, recipe="digits", epochs="3")
    numbers = {one.label: one for one in app.number_input}
    assert numbers["Epochs"].disabled
    assert "locked this setting" in numbers["Epochs"].help
    assert not numbers["Learning rate"].disabled
    assert widget(app.selectbox, "Recipe").disabled
    assert not open_app(TRAIN, TEACHER, recipe="digits").number_input[0].disabled


def test_a_draft_that_the_lock_refuses_takes_the_class_s_values(store: Store) -> None:
    locked(store, "optimizer.lr")
    app = open_app(TRAIN, PUPIL, recipe="digits", epochs="7", optimizer__lr="0.5")
    assert "locked these settings for the class: Epochs" in written(app)
    assert next(one for one in app.button if one.label == "Train").disabled
    button(app, "take-locked").click().run()
    numbers = {one.label: one.value for one in app.number_input}
    assert (numbers["Epochs"], numbers["Learning rate"]) == (3, 0.5), "what is unlocked stays as it was typed"
    assert not next(one for one in app.button if one.label == "Train").disabled


def test_the_store_refuses_what_a_made_up_message_would_start(store: Store) -> None:
    locked(store)
    with pytest.raises(RunError, match="locked"):
        queue(store, owner=owner_of(PUPIL), epochs=4)


@pytest.mark.parametrize("page", ["streamlit_app.py", "pages/1_Data.py", TRAIN, "pages/3_Runs.py", CLASS])
def test_every_page_says_what_the_class_does(store: Store, page: str) -> None:
    room = locked(store)
    together.pause(store.database, room.id, teacher=owner_of(TEACHER))
    app = open_app(page, PUPIL)
    shown = written(app)
    assert "Your teacher paused all runs" in shown
    assert "Your teacher locked some settings" in shown
    assert "paused all" not in written(open_app(page, "stranger"))


def test_the_wall_opens_a_pupil_with_what_differs(store: Store) -> None:
    locked(store, "optimizer.lr")
    queue(store, owner=owner_of(PUPIL), epochs=3, optimizer__lr=0.5)
    app = open_app(CLASS, TEACHER, pupil=member(store).nickname)
    assert "Learning rate 0.001 → 0.5" in written(app)
    button(app, "stop-one").click().run()
    assert store.recent(1)[0].state == State.STOPPED
    button(app, "spotlight").click().run()
    assert member(store).spotlight == store.recent(1)[0].id


def test_the_teacher_pauses_and_deletes(store: Store) -> None:
    room = lesson(store)
    run_id = queue(store, owner=owner_of(PUPIL))
    app = open_app(CLASS, TEACHER)
    button(app, "pause").click().run()
    assert store.get(run_id).state == State.PAUSED
    assert button(app, "pause").label == "Go on"
    button(app, "pause").click().run()
    assert store.get(run_id).state == State.QUEUED
    assert button(app, "delete-class").disabled
    next(one for one in app.checkbox if one.key == "delete-sure").check().run()
    button(app, "delete-class").click().run()
    assert not app.exception
    assert store.find(run_id) is None
    assert rooms.room_of(store.database, owner_of(PUPIL)) is None
    assert room.code not in written(app)


def test_all_curves_and_what_explains_them(store: Store) -> None:
    room = lesson(store)
    rooms.join(store.database, room.code, owner=owner_of("ben"), address="here")
    for browser, rate in ((PUPIL, 0.001), ("ben", 1e-5)):
        trained(store, owner=owner_of(browser), epochs=2, optimizer__lr=rate)
    app = open_app(CLASS, TEACHER, view="curves")
    assert widget(app.selectbox, "Coloured by").value == "optimizer.lr"
    assert {"0.001 · 1 pupil", "1e-05 · 1 pupil"} <= set(texts(app))
    table = app.dataframe[0].value
    assert list(table["Value"]) == ["0.001", "1e-05"]
    assert list(table["Runs"]) == [1, 1]
    assert "Coloured by" not in [one.label for one in open_app(CLASS, PUPIL, view="curves").selectbox]


def test_the_files_of_a_class_go_to_its_teacher_only(store: Store) -> None:
    room = lesson(store)
    secret = "t" * 32
    rooms.enter_as_teacher(
        store.database,
        rooms.new_teacher_link(store.database, room.id, teacher=owner_of(TEACHER)),
        owner=owner_of(secret),
    )
    client = TestClient(Starlette(routes=downloads.routes("")))
    path = f"/{downloads.address(room.id, downloads.CSV, 'en')}"
    for cookie in ("", "anna", "x" * 32):
        answer = client.get(path, headers={"cookie": f"torch_classroom={cookie}"})
        assert (answer.status_code, answer.text) == (404, "Only the teacher of this class can do that.")
    answer = client.get(path, headers={"cookie": f"torch_classroom={secret}"})
    assert answer.status_code == 200
    assert answer.text.startswith("\ufeffnickname,run,")  # the mark by which Excel knows UTF-8
    spanish = downloads.address(room.id, downloads.CSV, "es", "comma")
    answer = client.get(f"/{spanish}", headers={"cookie": f"torch_classroom={secret}"})
    assert answer.text.startswith("\ufeffnickname;run;")
    assert client.get(path.replace("class.csv", "secrets.txt")).status_code == 404


def test_a_board_from_its_opening_to_the_reveal(store: Store, tasks_at_once: None) -> None:
    lesson(store)
    app = open_app(CLASS, TEACHER, view="board")
    next(one for one in app.button if one.label == "Open the board").click().run()
    assert "Nobody has submitted a run yet" in written(app)
    assert "No run to submit" in written(open_app(CLASS, PUPIL, view="board"))
    for rate in (0.001, 1e-6):
        trained(store, owner=owner_of(PUPIL), epochs=1, optimizer__lr=rate)
    app = open_app(CLASS, PUPIL, view="board")
    runs = widget(app.selectbox, "Your run, with its validation accuracy")
    runs.set_value(store.recent(2)[1].id).run()
    button(app, "submit-run").click().run()
    assert "1. a run: counts" in written(app)
    button(app, "submit-run").click().run()
    assert "2. a run: not better by more than chance" in written(app)
    app = open_app(CLASS, TEACHER, view="board")
    button(app, "reveal").click().run()
    assert not app.exception
    for browser in (TEACHER, PUPIL):
        assert "chance alone moves a score" in written(open_app(CLASS, browser, view="board"))


def test_who_leaves_may_delete_everything(store: Store) -> None:
    lesson(store)
    run_id = queue(store, owner=owner_of(PUPIL))
    app = open_app(CLASS, PUPIL)
    assert button(app, "delete-mine").disabled
    next(one for one in app.checkbox if one.key == "leave-sure").check().run()
    button(app, "delete-mine").click().run()
    assert not app.exception
    assert app.session_state["classroom.secret"] != PUPIL
    assert store.find(run_id) is None
    assert rooms.room_of(store.database, owner_of(PUPIL)) is None


@pytest.mark.parametrize("view", ["", "board"])
@pytest.mark.parametrize("browser", [TEACHER, PUPIL, "stranger"])
def test_everything_is_translated(
    store: Store, untranslated: Callable[[AppTest], set[str]], browser: str, view: str
) -> None:
    room = locked(store)
    together.pause(store.database, room.id, teacher=owner_of(TEACHER))
    own = {"8b", f"**{room.code}**", "ABC234", member(store).nickname, f"**{member(store).nickname}** · 8b"}
    board.open_board(store.database, room.id, "digits", teacher=owner_of(TEACHER))
    left = untranslated(open_app(CLASS, browser, **({"view": view} if view else {})))
    assert {text for text in left if plain(text) not in own} == set()
