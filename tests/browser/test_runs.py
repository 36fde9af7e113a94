"""The page Runs in a real browser: a click on the confusion matrix, strangers and downloads."""

import io
import re
import zipfile

import pytest
from playwright.sync_api import Locator, Page, expect

from core.evaluation.results import Evaluation, cell, confused_pairs
from core.recipes import configure
from core.runs import history, owner_actions
from core.runs.run import Run
from core.runs.state import State
from core.runs.store import Store
from tests.browser.conftest import NewPage, Server, wait


@pytest.fixture(scope="module")
def finished(store: Store) -> Run:
    """A run of nobody's, poor enough to make mistakes."""
    run_id = store.create(configure("digits", {"epochs": 3}), owner="nobody", name="three epochs", recipe="digits")
    return wait(store, run_id, lambda run: run.state == State.FINISHED)


def evaluation(app: Server, run: Run) -> Evaluation:
    """What the server found out about a run, read from its folder."""
    import numpy as np

    with np.load(app.state / "runs" / run.id / f"evaluation-{run.best_epoch}.npz") as file:
        names = ("labels", "predicted", "confidence", "losses")
        return Evaluation(run.best_epoch or 0, tuple(map(str, file["classes"])), *(file[name] for name in names))


def listed(page: Page, grid: Locator) -> list[int]:
    """The positions of a grid's images in their order, as they are told when the keys move over them."""
    number = int(grid.get_attribute("data-images") or 0)
    grid.locator("canvas").nth(1).focus()
    page.keyboard.press("Home")
    found = []
    for _image in range(number):
        text = grid.get_by_role("status").inner_text()
        found.append(int(re.findall(r"image (\d+)", text)[0]))
        page.keyboard.press("ArrowRight")
    return found


def test_a_click_on_the_matrix_lists_exactly_those_images(
    app: Server, finished: Run, page: Page, new_page: NewPage
) -> None:
    page.goto(app.url(f"/Runs?run={finished.id}&tab=Evaluate"))
    matrix = page.locator(".classroom-confusion")
    expect(matrix.get_by_role("button")).to_have_count(100)
    found = evaluation(app, finished)
    rows = [[int(text) for text in row.locator("button").all_inner_texts()] for row in matrix.locator("tbody tr").all()]
    assert [sum(row) for row in rows] == [int((found.labels == label).sum()) for label in range(10)]
    grid = page.locator(".classroom-image-grid")
    for label, predicted, number in [*confused_pairs(found)[:2], (1, 1, rows[1][1])]:
        button = matrix.locator(f"button[data-cell='{label}-{predicted}']")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        expect(page.get_by_text(f"{number} images of {label}", exact=False).first).to_be_visible()
        expect(grid).to_have_attribute("data-images", str(number))
        assert listed(page, grid) == cell(found, label, predicted).tolist()
        assert page.url.endswith(f"cell={label}-{predicted}")
    by_keys = matrix.locator("button[data-cell='0-0']")
    by_keys.focus()
    page.keyboard.press("Enter")
    expect(by_keys).to_have_attribute("aria-pressed", "true")
    assert re.fullmatch(r"\d+ images of 0, predicted correctly", by_keys.get_attribute("aria-label") or "")
    expect(grid).to_have_attribute("data-images", str(rows[0][0]))
    stranger = new_page()  # the link shows the same images to anyone
    stranger.goto(page.url)
    expect(stranger.locator(".classroom-image-grid")).to_have_attribute("data-images", str(rows[0][0]))


def test_another_browser_watches_but_may_not_change(app: Server, store: Store, page: Page) -> None:
    run_id = store.create(configure("digits", {"epochs": 2_000}), owner="nobody", name="somebody's")
    page.goto(app.url(f"/Runs?run={run_id}"))
    expect(page.get_by_role("button", name="Change and train again")).to_be_visible()
    expect(page.locator(".classroom-live-chart .scatterlayer path.js-line").first).to_be_visible()
    for forbidden in ("Stop", "Edit", "Delete", "Train longer"):
        expect(page.get_by_role("button", name=forbidden)).to_have_count(0)
    page.get_by_role("tab", name="Hand in").click()
    expect(page.locator(".classroom-live-chart")).to_have_count(0)
    waiting = store.create(configure("digits", {}), owner="nobody", name="somebody's second")
    page.goto(app.url(f"/Train?run={waiting}&tab=Hand in"))
    expect(page.locator(".stMarkdownBadge", has_text="waiting")).to_be_visible()
    owner_actions.delete(store, waiting, owner="nobody")
    expect(page.get_by_role("alert")).to_contain_text("There is no run")
    page.goto(app.url(f"/Train?run={run_id}&tab=Hand in"))
    store.request_stop(run_id, owner="nobody")
    expect(page.locator(".stMarkdownBadge", has_text="stopped")).to_be_visible()


def test_its_owner_trains_a_finished_run_longer_watches_and_deletes_it(app: Server, store: Store, page: Page) -> None:
    page.goto(app.url("/Train?recipe=digits&epochs=2"))
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url(re.compile("run="))
    run = store.recent(1)[0]
    before = wait(store, run.id, lambda run: run.state == State.FINISHED)
    page.get_by_role("button", name="Train longer").click()
    page.get_by_role("button", name="Continue training").click()
    after = wait(store, run.id, lambda run: run.state == State.FINISHED and run.epoch == 5)
    assert (after.config.epochs, after.attempt) == (5, before.attempt + 1)
    expect(page.get_by_text("Epoch 5 of 5")).to_be_visible()
    whole = store.create(configure("digits", {"epochs": 5}), owner="nobody", name="whole")
    wait(store, whole, lambda run: run.state == State.FINISHED)
    losses = [history.step_losses(store.database, name)[1].tobytes() for name in (run.id, whole)]
    assert losses[0] == losses[1]
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete permanently").click()
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    assert store.find(run.id) is None


def test_a_run_is_opened_from_the_list_and_two_are_compared(
    app: Server, store: Store, finished: Run, page: Page
) -> None:
    other = store.create(configure("digits", {"epochs": 2}), owner="nobody", name="two epochs", recipe="digits")
    page.goto(app.url("/Runs?search=epochs"))  # among those of other tests
    wait(store, other, lambda run: run.state == State.FINISHED)
    page.reload()
    table = page.get_by_test_id("stDataFrame")
    expect(table).to_be_visible()
    box = table.bounding_box()
    assert box
    for row in (1, 2):
        page.mouse.click(box["x"] + 17, box["y"] + 17 + 35 * row)
    page.get_by_role("button", name="Compare 2 runs").click()
    expect(page.get_by_role("heading", name="Compare runs")).to_be_visible()
    assert set(page.url.split("compare=")[1].replace("%2C", ",").split(",")) == {finished.id, other}
    expect(page.locator(".js-plotly-plot .scatterlayer path.js-line")).to_have_count(2)
    page.get_by_role("button", name="All runs").click()
    expect(table).to_be_visible()
    box = table.bounding_box()
    assert box
    page.mouse.click(box["x"] + 120, box["y"] + 17 + 35)
    expect(page).to_have_url(re.compile(f"run={other}"))


def test_the_zip_arrives_whole_and_a_phone_scans_the_link(app: Server, finished: Run, page: Page) -> None:
    page.goto(app.url(f"/Runs?run={finished.id}&tab=Hand in"))
    button = page.get_by_role("link", name="Download all as one zip")
    with page.expect_download() as download:
        button.click()
    content = download.value.path().read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert any(name.endswith("/train.py") for name in archive.namelist())
    assert download.value.suggested_filename == f"three-epochs-{finished.id}.zip"
    page.get_by_role("tab", name="Curves").click()
    page.get_by_role("button", name="Share").click()
    square = page.get_by_test_id("stPopoverBody").locator("img")
    expect(square).to_be_visible()
    assert square.evaluate("image => image.naturalWidth") >= 150
    expect(page.get_by_test_id("stPopoverBody")).to_contain_text(f"/Train?run={finished.id}")
