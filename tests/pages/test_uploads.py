"""Uploads lie in the server's memory: each is bounded, and so are all visitors' together."""

from contextlib import suppress
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from pages.components.shell.uploads import LARGE_MB, PICTURE_MB, bounded
from tests.core.data.sets import pets, zipped
from tests.pages.opened import open_app, written


def file(name: str, size: int, number: int = 0) -> UploadedFileRec:
    return UploadedFileRec(f"id-{number}", name, "", bytes(size))


def total(manager: MemoryUploadedFileManager) -> int:
    return sum(len(one.data) for files in manager.file_storage.values() for one in files.values())


@pytest.fixture
def manager() -> MemoryUploadedFileManager:
    made = MemoryUploadedFileManager("")
    made.add_file = bounded(made)  # type: ignore[assignment,method-assign]
    return made


def test_a_picture_may_be_smaller_than_an_archive(manager: MemoryUploadedFileManager) -> None:
    manager.add_file("a", file("one.png", PICTURE_MB * 2**20))
    manager.add_file("a", file("all.ZIP", PICTURE_MB * 2**20 + 1, 1))
    with pytest.raises(HTTPException) as refused:
        manager.add_file("a", file("two.png", PICTURE_MB * 2**20 + 1, 2))
    assert refused.value.status_code == 413


def test_a_visitor_has_one_archive_at_a_time(manager: MemoryUploadedFileManager) -> None:
    for number in range(5):
        manager.add_file("a", file("all.zip", 1_000_000, number))
        manager.add_file("a", file("one.png", 1_000, 10 + number))
    assert total(manager) == 1_000_000 + 5 * 1_000


def test_made_up_sessions_cannot_fill_the_memory(
    manager: MemoryUploadedFileManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPLOADS_MB", "10")
    accepted = 0
    for number in range(30):
        with suppress(HTTPException):
            manager.add_file(f"session {number}", file("all.zip", 999_000))
            accepted += 1
    assert accepted == 10
    manager.remove_session_files("session 0")
    manager.add_file("session 99", file("all.zip", 999_000))  # there is room again


def test_the_servers_limit_is_that_of_an_archive() -> None:
    from streamlit import config

    assert config.get_option("server.maxUploadSize") == LARGE_MB


def test_an_imported_archive_is_given_back() -> None:
    app = open_app("pages/1_Data.py", tab="Bring your own")
    assert "Up to 200 MB, one archive at a time. All visitors' uploads together may take 300 MB" in written(app)
    field: Any = app.get("file_uploader")[0]
    field.set_value(("images.zip", zipped(pets(24, 20)).getvalue(), "application/zip")).run()
    assert "classroom.uploads" not in app.session_state
    app.button(key="import").click().run()
    assert app.session_state["classroom.uploads"] == 1


def test_what_was_uploaded_on_one_page_goes_with_the_next() -> None:
    app = open_app("pages/1_Data.py", tab="Bring your own")
    app.run()
    assert "classroom.uploads" not in app.session_state
    app.switch_page("pages/4_Activations.py").run()
    assert app.session_state["classroom.uploads"] == 1
