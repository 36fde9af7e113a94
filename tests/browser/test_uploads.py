"""Uploads that are refused, as their visitor sees it."""

from pathlib import Path

from playwright.sync_api import expect

from pages.components.shell.upload_limits import TOO_MUCH
from tests.browser.conftest import NewPage, Problems, StartServer
from tests.core.data.sets import pets, zipped

BYTES = 30 * 10**6  # far more than the server reads before it refuses


def test_a_refused_upload_is_told_in_our_words_until_another_arrives(
    start_server: StartServer, new_page: NewPage, problems: Problems, tmp_path: Path
) -> None:
    problems.allow("413|ERR_CONNECTION|File uploader error")
    archive, page = tmp_path / "pets.zip", new_page(width=390, height=844)
    page.goto(start_server(env={"UPLOADS_MB": "1"}).url("/Data?tab=Bring your own"))
    field = page.get_by_test_id("stFileUploaderDropzoneInput")
    archive.write_bytes(bytes(BYTES))
    field.set_input_files(archive)
    expect(page.get_by_test_id("stToast").get_by_text(str(TOO_MUCH))).to_be_in_viewport()
    told = page.get_by_test_id("stAlert").get_by_text(str(TOO_MUCH))
    expect(told).to_be_visible()
    expect(page.get_by_test_id("stFileChip")).to_have_count(0)
    assert "/Data?tab=Bring" in page.url
    archive.write_bytes(zipped(pets(24, 20)).getvalue())
    field.set_input_files(archive)
    expect(told).to_have_count(0)
    expect(page.get_by_role("button", name="Import", exact=True)).to_be_visible()
