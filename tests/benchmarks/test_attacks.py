"""What visitors can make the server's memory do: large pictures, large sizes by link, large uploads.

Each is done to a real server by real browsers. Measured are the server's largest resident memory, that of all its
processes together (sampled), and what the server keeps afterwards.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.benchmarks.conftest import LIMIT, visitor
from tests.browser.conftest import Server

pytestmark = [pytest.mark.benchmark, pytest.mark.filterwarnings("ignore::ResourceWarning")]
TOGETHER, LASTING = 1e9, 100e6  # bytes: of all processes through an attack, and more than before after it
VISITORS = 5
Figure = Callable[[str], None]


@dataclass
class Memory:
    """Bytes of resident memory, without the files that are mapped."""

    before: int = 0
    peak: int = 0  # of the server
    together: int = 0  # of the server and its children
    after: int = 0


def private(process: psutil.Process) -> int:
    """What a process has in memory for itself alone."""
    with suppress(psutil.Error):
        used = process.memory_info()
        return int(used.rss - used.shared)
    return 0


@contextmanager
def watched(server: Server, figure: Figure, attack: str) -> Iterator[Memory]:
    """Sample the server's memory during the block, and see what is left of it soon after."""
    assert server.process
    process, found, done = psutil.Process(server.process.pid), Memory(), threading.Event()
    found.before = private(process)

    def sample() -> None:
        while not done.wait(0.01):
            own = private(process)
            found.peak = max(found.peak, own)
            found.together = max(found.together, own + sum(map(private, process.children(recursive=True))))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()
    time.sleep(2)
    found.after = private(process)
    megabytes = [round(value / 1e6) for value in (found.before, found.peak, found.together, found.after)]
    figure("{}: server {} MB before, {} at most, {} with its children, {} after".format(attack, *megabytes))
    assert found.together < TOGETHER
    assert found.after - found.before < LASTING


def test_pictures_of_25_megapixels_by_five_visitors_at_once(
    server: Server, chromium: Browser, figure: Figure, tmp_path: Path
) -> None:
    picture = tmp_path / "large.png"
    Image.new("RGBA", (5_000, 5_000), (200, 10, 10, 90)).save(picture, compress_level=1)
    pages = [chromium.new_context(locale="en-US").new_page() for _ in range(VISITORS)]
    for page in pages:
        page.goto(server.url("/Predict?way=upload"))
        expect(page.get_by_text("The network's answer will appear here.")).to_be_visible(timeout=LIMIT)
    with watched(server, figure, "25 megapixels, five at once"):
        for page in pages:
            page.locator("input[type=file]").last.set_input_files(picture)
        for page in pages:
            expect(page.get_by_text("% sure").or_(page.get_by_text("Unsure:")).first).to_be_visible(timeout=LIMIT)
    for page in pages:
        page.context.close()


def test_a_large_size_by_link(server: Server, chromium: Browser, figure: Figure, real_data: Path) -> None:
    with visitor(chromium) as page:
        page.goto(server.url("/Data?data.image_size=40"))  # which loads the code that resizes: 80 MB, once
        expect(page.locator("canvas").first).to_be_visible(timeout=LIMIT)
    with visitor(chromium) as page, watched(server, figure, "MNIST at 140 pixels") as found:
        page.goto(server.url("/Data?data.dataset=mnist&data.image_size=140&data.validation_fraction=0.2"))
        button = page.get_by_role("button", name="Prepare them")
        expect(button).to_be_visible(timeout=LIMIT)
        while button.is_visible():
            button.click()
            page.wait_for_timeout(500)
            expect(button.or_(page.locator("canvas").first).first).to_be_visible(timeout=LIMIT)
        expect(page.locator("canvas").first).to_be_visible(timeout=LIMIT)
        page.goto(server.url("/Data?data.dataset=mnist&data.image_size=140&data.validation_fraction=0.2&tab=Numbers"))
        expect(page.get_by_text("Mean, measured").first).to_be_visible(timeout=LIMIT)
    assert found.peak - found.before < 500e6


def test_archives_of_many_visitors(server: Server, chromium: Browser, figure: Figure, tmp_path: Path) -> None:
    archive = tmp_path / "large.zip"
    archive.write_bytes(bytes(190 * 2**20))
    with watched(server, figure, "190 MB by each of five visitors") as found:
        pages = [chromium.new_context(locale="en-US").new_page() for _ in range(VISITORS)]
        for page in pages:
            page.goto(server.url("/Data?tab=Bring your own"))
            field = page.locator("input[type=file]").first
            expect(field).to_be_attached(timeout=LIMIT)
            field.set_input_files(archive)
            expect(page.get_by_text("large.zip").first).to_be_visible(timeout=LIMIT)
            page.wait_for_timeout(3_000)
        for page in pages:  # to another page of the same session
            page.get_by_role("link", name="Gradient descent").click()
            expect(page.get_by_role("heading", name="Gradient descent")).to_be_visible(timeout=LIMIT)
    for page in pages:
        page.context.close()
    assert found.peak - found.before > 150e6  # one of them was there
