"""A new pupil on a phone and one on a laptop, on an empty server without a network: from the link to a comparison."""

import re
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LIMIT, NewPage, Problems, Server, StartServer, settled
from tests.core.data.own.pictures import jpeg

CURVE = ".classroom-live-chart .scatterlayer path.js-line"
EXCEPTION = "[data-testid=stException]"


@pytest.fixture(scope="module")
def empty(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server that has no data and reaches nobody, just started."""
    data = tmp_path_factory.mktemp("no-data")
    dead_end = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    return start_server(env={"DATA_DIR": str(data), "TRAINING_SLOTS": "1", **dead_end})


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zip of sixty photos in two folders."""
    path = tmp_path_factory.mktemp("photos") / "pets.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(60):
            archive.writestr(f"{'Cat' if number % 2 else 'Dog'}/{number}.jpg", jpeg(number, 64, 64))
    return path


class Pupil:
    """What somebody does, and how long it took."""

    def __init__(self, page: Page, server: Server, name: str, figure: Callable[[str], None]) -> None:
        self.page, self.server, self.name, self.figure = page, server, name, figure

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """A step; its seconds and the layout shift of the page where it ends are told at the end of the tests."""
        start = time.monotonic()
        yield
        seconds = time.monotonic() - start
        assert seconds < 2 * LIMIT
        expect(self.page.locator(EXCEPTION)).to_have_count(0)
        self.figure(f"{self.name}, {what}: {seconds:.1f} s, layout shift {self.page.evaluate('layoutShift()'):.2f}")

    def press(self, name: str, *, role: str = "button") -> None:
        self.page.get_by_role(role, name=name, exact=True).click()  # type: ignore[arg-type]

    def see_a_curve(self) -> str:
        """The id of the run whose curve appears."""
        self.page.wait_for_url(re.compile(r"[?&]run=\w+"))
        expect(self.page.locator(CURVE).first).to_be_attached()
        return self.page.url.split("run=")[1].split("&")[0]

    def wait_for_the_end(self) -> None:
        expect(self.page.locator(".stMarkdownBadge", has_text="finished")).to_be_visible()
        settled(self.page)


@pytest.mark.parametrize(("name", "width", "height"), [("laptop", 1440, 900), ("phone", 390, 844)])
def test_the_first_ten_minutes(
    name: str,
    width: int,
    height: int,
    empty: Server,
    photos: Path,
    new_page: NewPage,
    problems: Problems,
    figure: Callable[[str], None],
) -> None:
    problems.allow(r"404 .*/media/")  # a picture that the page replaced before a busy browser asked for it
    page = new_page(width=width, height=height)
    pupil = Pupil(page, empty, name, figure)
    with pupil.step("the link"):
        page.goto(empty.url("/"))
        expect(page.get_by_role("button", name="Train it yourself")).to_be_visible()
    with pupil.step("first curve, two clicks"):
        pupil.press("Train it yourself")
        expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
        pupil.press("Train")
        first = pupil.see_a_curve()
    pupil.wait_for_the_end()
    with pupil.step("an own drawing"):
        pupil.press("Try it yourself")
        pad = page.locator(".classroom-pad canvas")
        expect(pad).to_be_visible()
        settled(page)
        box = pad.bounding_box()
        assert box
        page.mouse.move(box["x"] + 60, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + 150, box["y"] + 180, steps=5)
        page.mouse.up()
        answer = page.get_by_text(re.compile(r"^\d, [\d.]+ % sure$"))
        expect(answer).to_be_visible()
        below = answer.bounding_box()
        assert below
        assert below["y"] + below["height"] < height, "the answer is off the screen"
    page.goto(empty.url(f"/Train?run={first}"))
    with pupil.step("another learning rate, with the old curve behind"):
        pupil.press("Change and train again")
        rate = page.get_by_label("Learning rate", exact=True)
        expect(rate).to_be_visible()
        settled(page)
        rate.fill("0.1")
        rate.press("Enter")
        page.get_by_role("radio", name="Better").click()
        settled(page)
        pupil.press("Train")
        page.wait_for_url(re.compile(rf"run=(?!{first})\w+"))
        second = pupil.see_a_curve()
        expect(page.get_by_text("training before")).to_be_visible()
    pupil.wait_for_the_end()
    expect(page.get_by_text("You expected: Better. It came out: Worse.")).to_be_visible()
    with pupil.step("own images from a zip"):
        page.goto(empty.url("/Data?tab=Bring+your+own"))
        page.locator("input[type=file]").set_input_files(photos)
        expect(page.get_by_role("button", name="Import")).to_be_enabled()
        pupil.press("Import")
        expect(page.get_by_text("60 images · 2 classes")).to_be_visible()
        pupil.press("Train with these images")
        expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
        pupil.press("Train")
        pupil.see_a_curve()
    with pupil.step("compare"):
        page.goto(empty.url(f"/Train?run={second}"))
        pupil.press("Compare with …")
        page.get_by_test_id("stPopoverBody").get_by_role("button", name="Compare").click()
        page.wait_for_url(re.compile("compare="))
        expect(page.get_by_role("heading", name="Compare runs")).to_be_visible()
        expect(page.locator(".js-plotly-plot .scatterlayer path.js-line")).to_have_count(2)
        expect(page.locator(".legendtext", has_text="Learning rate 0.001")).to_be_visible()
