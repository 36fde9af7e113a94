"""Zips of Windows in other countries, from the import to the table of predictions: every name as it was written."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.runs.store import Store
from tests.browser.conftest import Server, wait
from tests.core.data.own.pictures import jpeg
from tests.core.data.sets import zipped

EACH = 12  # images of a class
SPANISH, CHINESE = ("cp850", ("Árbol", "Ñandú")), ("gb18030", ("猫", "狗"))


@pytest.mark.parametrize(("page_of_codes", "names"), [SPANISH, CHINESE], ids=["spanish", "chinese"])
def test_names_stay_as_written_from_the_zip_to_the_table(
    app: Server, store: Store, page: Page, tmp_path: Path, page_of_codes: str, names: tuple[str, str]
) -> None:
    files = {f"{name}/{n}.jpg": jpeg(EACH * place + n) for place, name in enumerate(names) for n in range(EACH)}
    archive = tmp_path / "windows.zip"
    archive.write_bytes(zipped(files, page=page_of_codes).getvalue())

    # The preview shows how the names read, before anything is decoded.
    page.goto(app.url("/Data?tab=Bring+your+own"))
    page.locator("input[type=file]").set_input_files(archive)
    expect(page.get_by_text(f"{2 * EACH} images")).to_be_visible()
    read = re.compile("".join(f"(?=.*{name})" for name in names))
    expect(page.get_by_role("combobox", name="Spelling of the names")).to_have_value(read)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text(f"{2 * EACH} images · 2 classes")).to_be_visible()

    # A run on them, which is called as its classes.
    page.get_by_role("button", name="Train with these images").click()
    page.wait_for_url(re.compile(r"/Train\?.*data\.dataset=images-"))
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url(re.compile(r"run="))
    run = wait(store, re.findall(r"run=([^&]+)", page.url)[0], lambda run: run.ended)
    assert run.state == "finished"

    # And its predictions for the same images.
    page.goto(app.url(f"/Predict?run={run.id}&way=many"))
    page.get_by_text("Zip archive").click()
    page.locator("[class*='many-zip'] input[type=file]").set_input_files(archive)
    page.get_by_role("button", name="Classify all").click()
    expect(page.get_by_text(re.compile(rf"of {2 * EACH}"))).to_be_visible()
    assert table_of(page) == {(name, f"{name}/{n}.jpg") for name in names for n in range(EACH)}


def table_of(page: Page) -> set[tuple[str, str]]:
    """The folder and the file of each line that the page gives to download."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the table").click()
    text = Path(download.value.path()).read_text("utf-8-sig")
    return {(row["folder"], row["file"]) for row in csv.DictReader(text.splitlines())}
