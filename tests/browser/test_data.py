"""The page Data in a real browser: the grid as it is drawn, and photos from a zip to the first batch."""

import re
import shutil
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from core.data.catalog import DATASETS
from tests.browser.conftest import NewPage, Server
from tests.core.data.own.pictures import jpeg


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 pictures of two classes, one of them twice, one damaged, in folders and as zip."""
    folder = tmp_path_factory.mktemp("photos")
    for number in range(200):
        kind = "Cat" if number % 2 else "Dog"
        (folder / "Pets" / kind).mkdir(parents=True, exist_ok=True)
        data = jpeg(number, 60 + number % 7, 50)
        (folder / "Pets" / kind / f"{number}.jpg").write_bytes(data[:300] if number == 10 else data)
    (folder / "Pets" / "Cat" / "copy.jpg").write_bytes(jpeg(1, 61, 50))
    with zipfile.ZipFile(folder / "pets.zip", "w") as archive:
        for path in sorted((folder / "Pets").rglob("*.jpg")):
            archive.write(path, path.relative_to(folder))
    return folder


def grid(page: Page, place: int = 0) -> Locator:
    return page.locator(".classroom-image-grid").nth(place)


def wait_for_grid(page: Page, images: int) -> str:
    """Until the first grid shows so many images; its name."""
    expect(grid(page)).to_have_attribute("data-images", str(images))
    return grid(page).get_attribute("data-name") or ""


def colours(page: Page) -> int:
    """How many different colours the first grid shows."""
    return int(
        page.evaluate(
            """() => {
              const canvas = document.querySelector(".classroom-image-grid canvas");
              const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
              return new Set(new Uint32Array(data.buffer)).size;
            }"""
        )
    )


def test_the_grid_is_one_transfer_shows_what_is_pointed_at_and_is_walked_with_the_keyboard(
    app: Server, page: Page
) -> None:
    images: list[str] = []

    def noting(request: Request) -> None:
        if request.resource_type == "image":
            images.append(request.url)

    page.on("request", noting)
    page.goto(app.url("/Data?batch_size=64"))
    wait_for_grid(page, 64)
    assert colours(page) > 10
    assert images == []
    page.remove_listener("request", noting)
    canvas = grid(page).locator("canvas").nth(1)
    canvas.hover(position={"x": 10, "y": 10})
    told = grid(page).get_by_role("status")
    expect(told).to_have_text(re.compile(r"^\d · image \d+ of training · 8×8 pixels$"))
    canvas.focus()
    page.keyboard.press("Home")
    first = told.text_content()
    seen = {first}
    for key in ("ArrowRight", "ArrowDown", "ArrowRight", "End"):
        page.keyboard.press(key)
        seen.add(told.text_content())
    assert len(seen) == 5
    page.keyboard.press("Home")
    assert told.text_content() == first


def test_the_next_batch_is_another_and_a_link_brings_back_the_view(app: Server, page: Page) -> None:
    page.goto(app.url("/Data?batch_size=16&seed=3&data.augmentation.rotation=20"))
    before = wait_for_grid(page, 16)
    page.get_by_role("button", name="Next batch").click()
    expect(grid(page)).not_to_have_attribute("data-name", before)
    page.goto(page.url)
    assert wait_for_grid(page, 16) == before
    assert "seed=3" in page.url


def test_256_images_stay_smooth(app: Server, page: Page) -> None:
    page.goto(app.url("/Data?batch_size=256"))
    wait_for_grid(page, 256)
    longest = page.evaluate(
        """async () => {
          const canvas = document.querySelectorAll(".classroom-image-grid canvas")[1];
          const { left, top, width } = canvas.getBoundingClientRect();
          let longest = 0;
          for (let step = 0; step < 100; step += 1) {
            const start = performance.now();
            const place = { clientX: left + (width * step) / 100, clientY: top + 3 * step, bubbles: true };
            canvas.dispatchEvent(new PointerEvent("pointermove", place));
            longest = Math.max(longest, performance.now() - start);
            await new Promise(requestAnimationFrame);
          }
          return longest;
        }"""
    )
    assert longest < 50, "ms from a move of the pointer to what it tells"


def test_photos_go_from_a_zip_to_the_first_step_in_one_sitting(app: Server, page: Page, photos: Path) -> None:
    page.goto(app.url("/Data?tab=Bring+your+own"))
    page.locator("input[type=file]").set_input_files(photos / "pets.zip")
    page.get_by_label("Title").fill("Pets")
    page.get_by_label("Title").press("Tab")
    page.get_by_role("button", name="Import").click()
    # Counted and checked.
    expect(page.get_by_text("200 images · 2 classes · one file skipped")).to_be_visible()
    expect(page.get_by_text("Files that can't be used: 1.")).to_be_visible()
    expect(page.get_by_text("occur more than once: 1.")).to_be_visible()
    page.wait_for_url(re.compile(r"data\.dataset=images-[0-9a-f]{16}(&|$)"))
    page.get_by_role("button", name="Leave out one image").first.click()
    expect(page.get_by_text("199 images · 2 classes · one file skipped · one left out")).to_be_visible()
    expect(page.get_by_role("button", name="Leave out one image")).to_have_count(0)  # the new page has arrived
    # Labels corrected in the grid.
    cleaner = page.locator(".classroom-image-grid").last
    expect(cleaner).to_have_attribute("data-images", "60")
    cleaner.locator("canvas").nth(1).click(position={"x": 10, "y": 10})
    page.get_by_role("button", name="Leave out one image").click()
    expect(page.get_by_text("two left out").or_(page.get_by_text("2 left out"))).to_be_visible()
    page.wait_for_url(re.compile(r"data\.dataset=images-[0-9a-f]{16}-[0-9a-f]{12}"))
    # Split and shown.
    page.get_by_role("tab", name="Numbers").click()
    expect(page.get_by_text("(20%)")).to_be_visible()
    page.get_by_role("tab", name="A batch").click()
    expect(grid(page)).to_have_attribute("data-images", "32")
    assert colours(page) > 100
    # And a run is ready to start, from whichever tab is open.
    page.get_by_role("tab", name="Checks and labels").click()
    page.get_by_role("button", name="Train with these images").click()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
    page.wait_for_url(re.compile(r"/Train\?.*data\.dataset=images-"))


def test_another_visitor_does_not_see_what_somebody_imported(app: Server, new_page: NewPage, photos: Path) -> None:
    owner = new_page()
    owner.goto(app.url("/Data?tab=Bring+your+own"))
    owner.locator("input[type=file]").set_input_files(photos / "pets.zip")
    owner.get_by_role("button", name="Import").click()
    expect(owner.get_by_text("200 images · 2 classes")).to_be_visible()
    visitor = new_page()
    visitor.goto(app.url("/Data"))
    wait_for_grid(visitor, 32)
    visitor.get_by_role("combobox", name="Data set").click()
    expect(visitor.get_by_role("option", name="MNIST", exact=True)).to_be_visible()
    assert set(visitor.get_by_role("option").all_text_contents()) <= {known.title for known in DATASETS.values()}


def test_a_folder_of_this_computer_keeps_its_classes(app: Server, page: Page, photos: Path, tmp_path: Path) -> None:
    for path in [*sorted(photos.rglob("Cat/*.jpg"))[:12], *sorted(photos.rglob("Dog/*.jpg"))[20:32]]:
        (tmp_path / "Pets" / path.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / "Pets" / path.parent.name)
    page.goto(app.url("/Data?tab=Bring+your+own"))
    page.get_by_text("Folder on this computer").click()
    picker = page.locator("input[webkitdirectory]")
    # Too large: told at once, before anything is sent.
    (tmp_path / "Large").mkdir()
    with (tmp_path / "Large" / "a.tif").open("wb") as file:
        file.truncate(201 * 2**20)
    picker.set_input_files(tmp_path / "Large")
    expect(page.get_by_text("This folder has 201 MB, and 200 MB fit.")).to_be_visible()
    # Packed by the browser, so that it comes as one file.
    picker.set_input_files(tmp_path / "Pets")
    expect(page.get_by_text("Pets.zip")).to_be_visible()
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("24 images · 2 classes")).to_be_visible()


def test_a_file_that_the_browser_refuses_is_told_in_words(app: Server, page: Page, tmp_path: Path) -> None:
    page.goto(app.url("/Data?tab=Bring+your+own"))
    field = page.locator("[class*='st-key-zip-']")
    with (tmp_path / "large.zip").open("wb") as file:
        file.truncate(201 * 2**20)
    field.locator("input[type=file]").set_input_files(tmp_path / "large.zip")
    expect(field.locator("[aria-invalid=true]")).to_be_visible()
    told = field.evaluate("field => getComputedStyle(field, '::after').content")
    assert told == '"A file in red is larger than 200 MB, so it isn\'t sent. Take fewer or smaller images."'


def test_cancelling_an_import_leaves_nothing_behind(app: Server, page: Page, tmp_path: Path) -> None:
    many = tmp_path / "many.zip"
    data = [jpeg(seed, 1_500, 1_200) for seed in range(4)]
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(600):
            archive.writestr(f"{'ab'[number % 2]}/{number}.jpg", data[number % 4] + bytes([number % 256]))
    before = sorted(path.name for path in (app.state / "datasets").glob("*"))
    page.goto(app.url("/Data?tab=Bring+your+own"))
    page.locator("input[type=file]").set_input_files(many)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text(re.compile(r"Preparing image \d+ of 600"))).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    expect(page.get_by_role("button", name="Import")).to_be_enabled()
    page.wait_for_timeout(1_000)
    assert sorted(path.name for path in (app.state / "datasets").glob("*")) == before
