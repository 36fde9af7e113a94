"""From a camera to a network: record by holding, train, and the network names what the camera shows."""

import math
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import LIMIT, NewPage, Problems, Server
from tests.core.data.own.pictures import scene

CLASSES = ("Red scene", "Green scene", "Blue scene")
SECONDS, FRAMES = 9, 30  # of each scene; a second
WANTED = 30  # pictures of each class
# The scene that is shown, told by its colour; -1 where the camera is off.
SHOWN = """() => {
    const video = document.querySelector('.classroom-gather video');
    if (!video?.videoWidth) return -1;
    const canvas = Object.assign(document.createElement('canvas'), { width: 8, height: 8 });
    const context = canvas.getContext('2d');
    context.drawImage(video, 0, 0, 8, 8);
    const sums = [0, 0, 0];
    context.getImageData(0, 0, 8, 8).data.forEach((value, place) => { if (place % 4 < 3) sums[place % 4] += value; });
    return sums.indexOf(Math.max(...sums));
}"""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the camera sees: three scenes in turn, each moving a little, one red, one green, one blue."""
    path = tmp_path_factory.mktemp("film") / "scenes.mjpeg"
    with path.open("wb") as file:
        for number in range(len(CLASSES)):
            dark, light = (lambda value: value // 3), (lambda value: 128 + value // 2)
            bands = scene(400, 300, number + 1).split()
            picture = Image.merge("RGB", [band.point(light if at == number else dark) for at, band in enumerate(bands)])
            for frame in range(SECONDS * FRAMES):
                left, top = int(30 + 25 * math.sin(frame / 15)), int(25 + 20 * math.cos(frame / 10))
                picture.crop((left, top, left + 320, top + 240)).save(file, "JPEG", quality=80)
    return path


@pytest.fixture
def visitor(launch: Callable[..., Browser], film: Path, problems: Problems) -> Iterator[Page]:
    """A tab of a browser whose camera shows the film."""
    fakes = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    browser = launch(*fakes, f"--use-file-for-fake-video-capture={film}")
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    context.set_default_timeout(2e3 * LIMIT)
    with problems.watched(context):
        yield context.new_page()
    browser.close()
    assert problems.unexpected == []


def add_class(page: Page, name: str) -> Locator:
    """A new class; its card."""
    cards = page.locator(".classroom-gather .class")
    before = cards.count()
    page.get_by_placeholder("Name of a new class").fill(name)
    page.get_by_role("button", name="Add class").click()
    expect(cards).to_have_count(before + 1)
    return cards.nth(before)


def number_of(card: Locator) -> int:
    return int(card.locator(".count").inner_text().split()[0])


def record(page: Page, card: Locator, number: int) -> None:
    """Hold the button while the scene of this number is shown, until there are enough pictures."""
    hold = card.locator(".hold")
    hold.scroll_into_view_if_needed()
    deadline = time.monotonic() + 2 * LIMIT
    while number_of(card) < WANTED:
        assert time.monotonic() < deadline
        page.wait_for_function(f"({SHOWN})() === {number}")
        hold.hover()
        page.mouse.down()
        page.wait_for_function(
            f"([card, wanted]) => ({SHOWN})() !== {number} || "
            "parseInt(card.querySelector('.count').textContent) >= wanted",
            arg=[card.element_handle(), WANTED],
        )
        page.mouse.up()


def camera_page(page: Page, app: Server) -> None:
    """The owner's page, with nothing gathered."""
    page.goto(app.url("/Data?tab=Bring+your+own&way=camera"))
    expect(page.locator(".classroom-gather")).to_be_visible()


def test_three_classes_are_recorded_trained_and_named_live(
    app: Server, visitor: Page, figure: Callable[[str], None]
) -> None:
    page = visitor
    camera_page(page, app)
    began = time.monotonic()
    page.get_by_role("button", name="Turn the camera on").click()
    page.wait_for_function(f"({SHOWN})() >= 0")
    for number, name in enumerate(CLASSES):
        record(page, add_class(page, name), number)
    train = page.get_by_role("button", name="Train", exact=True)
    expect(train).to_be_enabled()
    recorded = time.monotonic()
    train.click()
    page.wait_for_url(re.compile("/Train"))
    expect(page.get_by_text("finished").first).to_be_visible()
    trained = time.monotonic()
    page.goto(app.url(f"/Predict?{page.url.partition('?')[2]}&way=camera"))
    verdict = page.locator(".classroom-gather .verdict")
    expect(verdict).to_have_text(re.compile("sure|Unsure"))
    answered = time.monotonic()
    for number, name in enumerate(CLASSES):
        page.wait_for_function(
            f"name => ({SHOWN})() === {number} && "
            "document.querySelector('.classroom-gather .best .name')?.textContent === `▸ ${name}`",
            arg=name,
        )
    figure(
        f"camera: {answered - began:.0f} s from the first click to the first live answer "
        f"(recording {recorded - began:.0f} s, training {trained - recorded:.1f} s); "
        + page.locator(".classroom-gather .answer .count").inner_text()
    )
    page.get_by_text("Show what it looks at").click()
    expect(page.locator(".classroom-gather .heat")).to_be_visible()
    page.get_by_role("button", name="Look closer").click()
    expect(page.get_by_role("tab", name="Why")).to_be_visible()


def test_what_a_phone_adds_appears_within_two_seconds_and_a_reload_loses_nothing(
    app: Server, visitor: Page, new_page: NewPage, problems: Problems, figure: Callable[[str], None]
) -> None:
    problems.allow("status of 400")  # once the link has ended
    owner, phone = new_page(), visitor
    phone.set_viewport_size({"width": 390, "height": 844})
    camera_page(owner, app)
    card = add_class(owner, "Cup")
    owner.get_by_role("button", name="Add from other phones").click()
    owner.get_by_role("button", name="Make a link").click()
    link = owner.get_by_text("?add=")
    expect(link).to_be_visible()
    phone.goto(link.inner_text())
    theirs = phone.locator(".classroom-gather .class")
    expect(theirs).to_have_count(1)
    phone.get_by_role("button", name="Turn the camera on").click()
    phone.wait_for_function(f"({SHOWN})() >= 0")
    theirs.locator(".hold").hover()
    phone.mouse.down()
    phone.wait_for_function("parseInt(document.querySelector('.classroom-gather .count').textContent) >= 5")
    phone.mouse.up()
    expect(phone.get_by_text("0 on their way")).to_be_visible()
    sent = time.monotonic()
    number = number_of(theirs)
    expect(card.locator(".picture")).to_have_count(number)
    figure(f"camera: a phone's pictures appear on the owner's page after {time.monotonic() - sent:.1f} s")
    assert phone.locator("button.picture").count() == 0  # nothing to delete there
    owner.keyboard.press("Escape")
    card.locator(".picture").first.click()
    expect(card.locator(".picture")).to_have_count(number - 1)
    owner.reload()
    expect(owner.locator(".classroom-gather .picture")).to_have_count(number - 1)
    owner.get_by_role("button", name="Add from other phones").click()
    owner.get_by_role("button", name="End the link").click()
    expect(owner.get_by_role("button", name="Make a link")).to_be_visible()
    expect(phone.get_by_text("This link doesn't add pictures any more")).to_be_visible()
