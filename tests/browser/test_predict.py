"""The page Predict in a real browser: a digit drawn with the mouse and with a finger, pasted, and chosen."""

import base64
import io
import re
import time
import zipfile
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect

from core.recipes import configure
from core.runs.run import Run
from core.runs.state import State
from core.runs.store import Store
from tests.browser.conftest import NewPage, Server, wait

Stroke = Sequence[tuple[float, float]]  # places on the pad, 0..1 to the right and down
ZERO: list[Stroke] = [
    [(0.5 + 0.2 * float(np.sin(turn)), 0.5 - 0.36 * float(np.cos(turn))) for turn in np.linspace(0, 2 * np.pi, 16)]
]
FOUR: list[Stroke] = [[(0.55, 0.15), (0.25, 0.6), (0.75, 0.6)], [(0.58, 0.35), (0.58, 0.9)]]


def pad_of(page: Page) -> Locator:
    pad = page.locator(".classroom-pad canvas")
    expect(pad).to_be_visible()
    pad.scroll_into_view_if_needed()
    return pad


def places(pad: Locator, stroke: Stroke) -> list[tuple[float, float]]:
    """A stroke in pixels of the window."""
    box = pad.bounding_box()
    assert box
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]


def draw(page: Page, strokes: Sequence[Stroke]) -> None:
    pad = pad_of(page)
    for stroke in strokes:
        start, *rest = places(pad, stroke)
        page.mouse.move(*start)
        page.mouse.down()
        for place in rest:
            page.mouse.move(*place, steps=2)
        page.mouse.up()


def expect_answer(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=re.compile(rf"^{name}, [\d.]+ % sure"))).to_be_visible()
    expect(page.locator(".classroom-bars .best .name")).to_have_text(f"▸ {name}")


def picture_of(digit: Sequence[Stroke]) -> bytes:
    """The strokes as a PNG, black on white."""
    page = Image.new("L", (200, 200), 255)
    for stroke in digit:
        ImageDraw.Draw(page).line([(200 * x, 200 * y) for x, y in stroke], fill=0, width=18, joint="curve")
    file = io.BytesIO()
    page.save(file, "PNG")
    return file.getvalue()


def test_a_digit_is_drawn_with_the_mouse_and_read(
    app: Server, builtin: Run, page: Page, figure: Callable[[str], None]
) -> None:
    page.goto(app.url(f"/Predict?run={builtin.id}"))
    draw(page, FOUR)
    expect_answer(page, "4")
    what_it_saw_and_why_are_one_click_away(page)
    undo, clear = (page.get_by_role("button", name=name, exact=True) for name in ("Undo", "Clear"))
    clear.click()
    expect(page.get_by_text("Draw something.")).to_be_visible()
    expect(undo).to_be_disabled()
    the_answer_moves_while_a_stroke_is_drawn(page)
    clear.click()
    began = time.perf_counter()
    draw(page, ZERO)
    drawn = time.perf_counter()
    expect_answer(page, "0")
    figure(f"answer {1_000 * (time.perf_counter() - drawn):.0f} ms after a stroke of {drawn - began:.1f} s")
    draw(page, [[(0.1, 0.1), (0.9, 0.1)]])
    undo.click()
    expect_answer(page, "0")


def what_it_saw_and_why_are_one_click_away(page: Page) -> None:
    expect(page.locator(".classroom-image-grid")).to_be_visible()
    for tab, text in (
        ("Why", "Saliency"),
        ("Inside", "What the first layer looks for"),
        ("Similar images", "The most similar of"),
    ):
        page.get_by_role("tab", name=tab, exact=True).click()
        expect(page.get_by_text(text)).to_be_visible()
    page.get_by_role("tab", name="What the network saw", exact=True).click()


def the_answer_moves_while_a_stroke_is_drawn(page: Page) -> None:
    start, *rest = places(pad_of(page), ZERO[0])
    page.mouse.move(*start)
    page.mouse.down()
    for place in rest[:8]:
        page.mouse.move(*place, steps=4)
        page.wait_for_timeout(30)
    expect(page.locator(".classroom-bars .best")).to_have_count(1)
    page.mouse.up()


def test_a_digit_is_drawn_with_a_finger_on_a_phone_and_read(app: Server, builtin: Run, new_page: NewPage) -> None:
    page = new_page(width=390, height=844, dark=True)
    finger = page.context.new_cdp_session(page)
    finger.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    page.goto(app.url(f"/Predict?run={builtin.id}"))
    pad = pad_of(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    top = page.evaluate("document.scrollingElement.scrollTop")
    for stroke in FOUR:
        start, *rest = places(pad, stroke)
        touch("touchStart", start)
        for (x, y), (last_x, last_y) in zip(rest, [start, *rest], strict=False):
            for share in (0.25, 0.5, 0.75, 1):
                touch("touchMove", (last_x + share * (x - last_x), last_y + share * (y - last_y)))
        touch("touchEnd")
    expect_answer(page, "4")
    assert page.evaluate("document.scrollingElement.scrollTop") == top, "a finger on the pad must not scroll"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    finger.detach()


def test_an_image_is_pasted(app: Server, builtin: Run, page: Page) -> None:
    page.goto(app.url(f"/Predict?run={builtin.id}&way=paste"))
    expect(page.locator(".classroom-paste")).to_be_visible()
    page.evaluate(
        """(data) => {
            const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
            const clipboardData = new DataTransfer();
            clipboardData.items.add(new File([bytes], "a.png", { type: "image/png" }));
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
        }""",
        base64.b64encode(picture_of(ZERO)).decode(),
    )
    expect_answer(page, "0")


def test_a_validation_image_is_chosen_and_judged(app: Server, builtin: Run, page: Page) -> None:
    page.goto(app.url(f"/Predict?run={builtin.id}&way=held-out"))
    grid = page.locator(".classroom-image-grid canvas").nth(1)
    expect(grid).to_be_visible()
    grid.click(position={"x": 20, "y": 20})
    expect(page.get_by_text(re.compile("^(✓ Right|✗ Wrong): it is "))).to_be_visible()
    page.get_by_role("button", name="Show other images").click()
    expect(page.get_by_text("Click on an image.")).to_be_visible()


def test_many_images_become_a_table_and_a_matrix_to_click(app: Server, builtin: Run, page: Page) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        for name, digit in (("0", ZERO), ("4", FOUR)):
            for number in range(5):
                files.writestr(f"{name}/{number}.png", picture_of(digit))
        files.writestr("4/wrong.png", picture_of(ZERO))
    page.goto(app.url(f"/Predict?run={builtin.id}&way=many"))
    page.get_by_role("radio", name="Zip archive").click()
    uploader = page.locator("[class*='many-zip'] input[type=file]")
    uploader.set_input_files({"name": "digits.zip", "mimeType": "application/zip", "buffer": archive.getvalue()})
    page.get_by_role("button", name="Classify all").click()
    expect(page.get_by_text("10 of 11")).to_be_visible()
    cell = page.locator('.classroom-confusion button[data-cell="4-0"]')
    expect(cell).to_have_text("1")
    cell.click()
    expect(page.get_by_role("button", name="Show all images again")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the table").click()
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert lines[0] == "file,folder,predicted,confidence"
    assert len(lines) == 12


def test_two_networks_side_by_side(app: Server, store: Store, builtin: Run, new_page: NewPage) -> None:
    other = store.create(configure("digits", {"epochs": 2, "seed": 5}), owner="nobody", name="a second one")
    wait(store, other, lambda run: run.state == State.FINISHED)
    page = new_page()
    page.goto(app.url(f"/Predict?run={builtin.id}&with={other}"))
    draw(page, FOUR)
    expect(page.locator(".classroom-bars .best")).to_have_count(2)
    expect(page.get_by_text("a second one", exact=True)).to_be_visible()
