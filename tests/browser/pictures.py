"""The README's pictures: `python -m tests.browser.pictures` starts the app and photographs it into `pictures/`.

Needs Chromium, as the browser tests do, and takes about half a minute.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import ARGUMENTS, BROWSERS, ROOT, Server
from tests.browser.test_predict import FOUR, draw, expect_answer

PICTURES = Path(__file__).parent / "pictures"
LIMIT = 120_000.0  # milliseconds
COLORS = 128  # enough for text and lines, and a quarter of the file


def main() -> None:
    """Take all pictures."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(ROOT / "streamlit_app.py", Path(folder), env={"TRAINING_SLOTS": "2"})
        server.start()
        found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)  # None: Playwright's own
        try:
            with tab(browser) as page:
                running(server, page)
            with tab(browser) as page:
                home(server, page)
            with tab(browser, width=390, height=844, dark=True) as page:
                finished(server, page)
            with tab(browser) as page:
                predicted(server, page)
        finally:
            browser.close()
            server.end()


@contextmanager
def tab(browser: Browser, *, width: int = 1440, height: int = 900, dark: bool = False) -> Iterator[Page]:
    """A new visitor's browser of this size."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", locale="en-US"
    )
    yield context.new_page()
    context.close()


def home(server: Server, page: Page) -> None:
    """Home, with the run of `running` on it."""
    page.goto(server.url())
    expect(page.get_by_text("% right")).to_be_visible(timeout=LIMIT)
    take(page, "home")


def running(server: Server, page: Page) -> None:
    """The recipe of mixed activations after some of its 133 epochs."""
    start(server, page, "recipe=mnist-mixed-activations")
    expect(page.get_by_text("Epoch 9 of 133")).to_be_visible(timeout=LIMIT)
    take(page, "train")


def finished(server: Server, page: Page) -> None:
    """The first recipe to its end, on a dark phone."""
    start(server, page, "recipe=digits&epochs=20")
    expect(page.locator(".stMarkdownBadge", has_text="finished")).to_be_visible(timeout=LIMIT)
    expect(page.locator(".classroom-live-chart .textpoint")).to_be_attached(timeout=LIMIT)
    take(page, "finished")


def predicted(server: Server, page: Page) -> None:
    """A four, drawn on the pad and read."""
    page.goto(server.url("/Predict"))
    expect(page.locator(".classroom-pad canvas")).to_be_visible(timeout=LIMIT)
    draw(page, FOUR)
    expect_answer(page, "4")
    page.wait_for_timeout(1_000)  # for the bars to stand still
    take(page, "predict")


def start(server: Server, page: Page, query: str) -> None:
    """Press Train."""
    page.goto(server.url(f"/Train?{query}"))
    page.get_by_role("button", name="Train", exact=True).click(timeout=LIMIT)
    expect(page.locator(".classroom-live-chart .main-svg").first).to_be_attached(timeout=LIMIT)


def take(page: Page, name: str) -> None:
    """A small PNG of what the page shows."""
    path = PICTURES / f"{name}.png"
    page.screenshot(path=path, animations="disabled")
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(COLORS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
