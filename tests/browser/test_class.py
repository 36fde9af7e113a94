"""A lesson in four browsers: a teacher and three pupils, from opening the class to deleting everything of it."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from core.runs.schema import classes, connect, members
from core.runs.state import State
from core.runs.store import Store
from tests.browser.conftest import NewPage, Server, StartServer, settled

SLOW = 240_000  # milliseconds, for what waits for a training


@pytest.fixture(scope="module")
def school(start_server: StartServer) -> Server:
    """A server of its own: a class pauses and deletes."""
    return start_server(env={"TRAINING_SLOTS": "2"})


def open_class(teacher: Page, school: Server, name: str) -> str:
    """Open a class; returns its code."""
    teacher.goto(school.url("/Class"))
    teacher.get_by_label("Name of the class").fill(name)
    teacher.get_by_role("button", name="Open a class").click()
    expect(teacher.get_by_text("Nobody is here yet")).to_be_visible()
    database = connect(f"sqlite:///{school.state / 'runs.db'}")
    with database.connect() as connection:
        code = connection.execute(select(classes.c.code).where(classes.c.name == name)).scalar_one()
    expect(teacher.get_by_role("button", name=code)).to_be_visible()
    return str(code)


def join(pupil: Page, school: Server, code: str) -> str:
    """Join by the link; returns the nickname."""
    pupil.goto(school.url(f"/Class?code={code}"))
    expect(pupil.get_by_role("button", name="Join", exact=True)).to_be_visible()
    settled(pupil)
    pupil.get_by_role("button", name="Join", exact=True).click()
    expect(pupil.get_by_text("You are")).to_be_visible()
    settled(pupil)
    return pupil.locator("h3").first.inner_text()


def tiles(teacher: Page) -> dict[str, str]:
    """The wall: what each pupil does."""
    return {
        tile.locator(".name").inner_text(): tile.locator(".doing").inner_text()
        for tile in teacher.locator(".classroom-wall .tile").all()
    }


def doing(teacher: Page, text: str, number: int) -> None:
    """Wait until so many tiles say this."""
    expect(teacher.locator(".classroom-wall .doing", has_text=text)).to_have_count(number, timeout=SLOW)


def test_a_lesson(school: Server, new_page: NewPage, tmp_path: Path) -> None:
    teacher, anna, ben, cara = new_page(), new_page(), new_page(width=390, height=844), new_page()
    pupils = (anna, ben, cara)

    code = open_class(teacher, school, "8b")
    names = [join(pupil, school, code) for pupil in pupils]
    assert len(set(names)) == 3
    open_board(teacher, school)
    expect(teacher.locator(".classroom-wall .tile")).to_have_count(3)
    assert set(tiles(teacher)) == set(names)

    # Everyone starts here, from the page Train with settings of the teacher's own.
    teacher.goto(school.url("/Train?recipe=digits&epochs=80"))
    expect(teacher.get_by_role("button", name="Train", exact=True)).to_be_enabled()
    settled(teacher)
    teacher.get_by_role("button", name="Everyone starts here").click()
    expect(teacher.get_by_text("Every pupil has the link now")).to_be_visible()
    teacher.goto(school.url("/Class"))
    teacher.get_by_role("button", name="Lock settings").click()
    teacher.get_by_test_id("stPopoverBody").get_by_text("Lock settings").click()
    teacher.get_by_role("button", name="Apply").click()
    expect(teacher.get_by_role("button", name="Locked")).to_be_visible()

    for pupil in pupils:
        pupil.get_by_role("link", name="Start here").click()
        expect(pupil.get_by_role("spinbutton", name="Epochs")).to_have_value("80")
        expect(pupil.get_by_role("spinbutton", name="Epochs")).to_be_disabled()
    ben.get_by_role("spinbutton", name="Learning rate").fill("0.01")
    ben.keyboard.press("Tab")
    expect(ben).to_have_url(re.compile("optimizer.lr=0.01"))
    for pupil in pupils:
        pupil.get_by_role("button", name="Train", exact=True).click()
        expect(pupil).to_have_url(re.compile("run="))
    doing(teacher, "training", 2)  # as many as there are slots, one for each pupil
    doing(teacher, "waiting, place 1", 1)

    store = Store(connect(f"sqlite:///{school.state / 'runs.db'}"))
    pause_and_go_on(teacher, pupils, store)
    hand_up(teacher, cara, names[2])
    one_run(teacher, ben, names[1])
    doing(teacher, "stopped", 1)
    doing(teacher, "finished", 2)  # the one that waited, too
    submit_and_reveal(teacher, (ben, cara), names[1:], store, school)
    collect(teacher, names, tmp_path)
    delete(teacher, pupils, store, school)


def open_board(teacher: Page, school: Server) -> None:
    """A board on the digits, of which every run of the lesson is trained without some images."""
    teacher.get_by_role("button", name="Board").click()
    teacher.get_by_role("button", name="Open the board").click()
    expect(teacher.get_by_text("Nobody has submitted a run yet")).to_be_visible()
    teacher.get_by_role("button", name="Back to the wall").click()


def submit_and_reveal(teacher: Page, pupils: tuple[Page, ...], names: list[str], store: Store, school: Server) -> None:
    """Two pupils submit what they trained; at the reveal all pages play the private half."""
    assert all(run.config.data.board for run in store.recent(3))
    teacher.goto(school.url("/Class?view=board"))
    for pupil in pupils:
        pupil.get_by_role("link", name="Board").or_(pupil.get_by_role("button", name="Board")).click()
        expect(pupil.get_by_text("better by more than chance could make it")).to_be_visible()
        settled(pupil)
        pupil.get_by_role("button", name="Submit (5 left)").click()
        expect(pupil.get_by_text(": counts")).to_be_visible(timeout=SLOW)
    lines = teacher.locator(".classroom-standings li")
    expect(lines).to_have_count(2)
    settled(teacher)
    teacher.get_by_role("button", name="Reveal the result").click()
    teacher.get_by_role("button", name="Reveal it to everybody").click()
    for page in (teacher, *pupils):
        expect(page.get_by_text("Why do places change?")).to_be_visible()
        expect(page.locator(".classroom-standings.playing")).to_have_count(0)
        expect(page.locator(".classroom-standings .detail", has_text="private")).to_have_count(2)
        assert set(page.locator(".classroom-standings .name").all_inner_texts()) == set(names)
        shown = [float(text.rstrip(" %")) for text in page.locator(".classroom-standings .value").all_inner_texts()]
        assert shown == sorted(shown, reverse=True)
    teacher.get_by_role("button", name="Back to the wall").click()


def pause_and_go_on(teacher: Page, pupils: tuple[Page, ...], store: Store) -> None:
    """Everything stands still, then goes on; nobody loses what they look at."""
    teacher.get_by_role("button", name="Pause all").click()
    doing(teacher, "paused", 3)
    for pupil in pupils:
        expect(pupil.get_by_text("Your teacher paused all runs").first).to_be_visible()
    runs = store.recent(3)
    assert {run.state for run in runs} == {State.PAUSED}
    assert any(0 < run.step < (run.total_steps or 0) for run in runs), "one of them was in the middle"
    teacher.get_by_role("button", name="Go on").click()
    expect(teacher.locator(".classroom-wall .doing", has_text="paused")).to_have_count(0, timeout=SLOW)


def hand_up(teacher: Page, pupil: Page, name: str) -> None:
    """The filter finds who raised a hand."""
    pupil.get_by_role("link", name=name).click()
    pupil.get_by_role("button", name="Raise my hand").click()
    expect(pupil.get_by_role("button", name="Put my hand down")).to_be_visible()
    teacher.get_by_test_id("stCheckbox").filter(has_text="Needs help").locator("label").click()
    expect(teacher.locator(".classroom-wall .name")).to_have_text([name])
    teacher.get_by_test_id("stCheckbox").filter(has_text="Needs help").locator("label").click()
    expect(teacher.locator(".classroom-wall .tile")).to_have_count(3)


def one_run(teacher: Page, pupil: Page, name: str) -> None:
    """A tile opens the pupil's run with what differs; in the spotlight everybody finds it."""
    teacher.locator(".classroom-wall button", has_text=name).click()
    expect(teacher.get_by_text("Learning rate 0.001 → 0.01")).to_be_visible()
    expect(teacher.locator(".js-plotly-plot").first).to_be_visible()
    teacher.get_by_role("button", name="Show it to everybody").click()
    expect(pupil.get_by_role("link", name="Look at this run together")).to_be_visible()
    expect(teacher.get_by_role("button", name="End the spotlight")).to_be_visible()
    teacher.get_by_role("button", name="Stop this run").click()
    expect(teacher.get_by_role("button", name="Stop this run")).to_have_count(0)
    teacher.get_by_role("button", name="Back to the wall").click()
    expect(teacher.locator(".classroom-wall .tile")).to_have_count(3)


def collect(teacher: Page, names: list[str], folder: Path) -> None:
    """One zip: a folder for each pupil, the table, the charts."""
    teacher.get_by_role("button", name="Collect and end").click()
    with teacher.expect_download() as download:
        teacher.get_by_role("link", name="All hand-ins as one zip").click()
    archive = zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert {"results.csv", "charts.html", "board.csv"} <= set(archive.namelist())
    for name in names:
        assert f"{name.replace(' ', '-')}/report.html" in archive.namelist()
        assert name in archive.read("charts.html").decode()


def delete(teacher: Page, pupils: tuple[Page, ...], store: Store, school: Server) -> None:
    """Nothing is left: not in the database, not on the disk, not on a pupil's page."""
    runs = [run.id for run in store.recent(10)]
    teacher.get_by_text("I have collected what I need").click()
    teacher.get_by_role("button", name="Delete everything of this class").click()
    expect(teacher.get_by_role("heading", name="Join a class")).to_be_visible()
    assert store.recent(10) == []
    with store.database.connect() as connection:
        assert connection.execute(classes.select()).all() == []
        assert connection.execute(members.select()).all() == []
    assert not [run for run in runs if (school.state / "runs" / run).exists()]
    for pupil in pupils:
        expect(pupil.locator(".st-key-class-line")).to_have_count(0)
    store.database.dispose()


def test_a_pupil_goes_on_as_the_same_person_on_another_device(school: Server, new_page: NewPage) -> None:
    teacher, desk, phone = new_page(), new_page(), new_page(width=390, height=844)
    name = join(desk, school, open_class(teacher, school, "9a"))
    desk.reload()
    expect(desk.get_by_role("heading", name=name)).to_be_visible()
    desk.get_by_role("button", name="Continue on another device").click()
    desk.get_by_role("button", name="Make a code").click()
    code = desk.get_by_test_id("stCode").inner_text().strip()
    phone.goto(school.url("/Class"))
    phone.get_by_text("I was in the class on another device").click()
    phone.get_by_label("“Continue here” code").fill(code)
    phone.get_by_role("button", name="Continue here").click()
    expect(phone.get_by_role("heading", name=name)).to_be_visible()
    phone.reload()
    expect(phone.get_by_role("heading", name=name)).to_be_visible()
    expect(teacher.locator(".classroom-wall .tile")).to_have_count(1)


@pytest.mark.parametrize("width", [1440, 390])
def test_thirty_tiles_fit(school: Server, new_page: NewPage, width: int) -> None:
    from core.classes import room

    teacher = new_page(width=width, height=900)
    code = open_class(teacher, school, f"thirty at {width}")
    database = connect(f"sqlite:///{school.state / 'runs.db'}")
    for number in range(30):
        room.join(database, code, owner=f"{number:064x}", address="here")
    tile = teacher.locator(".classroom-wall .tile")
    expect(tile).to_have_count(30)
    boxes = [one.bounding_box() for one in tile.all()]
    assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
    assert all(box and box["height"] >= 40 for box in boxes)
    if width == 1440:
        assert all(box and box["y"] + box["height"] <= 900 for box in boxes), "thirty pupils without scrolling"
