"""The server around the pages: headers of every answer, and errors that nobody expected."""

import logging

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from pages.components.shell import server


def answer(_request: object) -> PlainTextResponse:
    return PlainTextResponse("hello")


def client() -> TestClient:
    return TestClient(Starlette(routes=[Route("/", answer)], middleware=[Middleware(server.Headers)]))


def test_every_answer_says_what_a_page_may_do() -> None:
    for path in ("/", "/missing"):
        headers = client().get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["content-security-policy"] == server.policy()


def test_the_policy_names_no_foreign_host() -> None:
    for directive in server.policy().split("; "):
        _name, *sources = directive.split()
        allowed = {"'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"}
        assert set(sources) <= allowed, directive


def test_only_who_is_named_may_show_the_app_in_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    assert server.policy().endswith("frame-ancestors 'self'")
    monkeypatch.setenv("EMBED_FROM", "https://moodle.example https://lms.example")
    assert server.policy().endswith("frame-ancestors 'self' https://moodle.example https://lms.example")


def page_with(error: str) -> AppTest:
    """A page that meets this error, and shows it as the server does."""
    return AppTest.from_string(
        f"""
import sqlite3
from sqlalchemy.exc import OperationalError
from pages.components.shell.server import error_shown
assert error_shown({error})
"""
    ).run()


def test_a_bug_is_told_in_the_app_s_words_with_the_number_that_the_log_has(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        page = page_with("KeyError('a bug of ours')")
    (told,) = [error.value for error in page.error]
    (record,) = [record for record in caplog.records if "while drawing a page" in record.message]
    number = record.message.split()[1]
    assert f"(number {number})" in told
    assert "a bug of ours" not in told
    assert "a bug of ours" in caplog.text


def test_a_full_disk_is_told_as_a_full_disk() -> None:
    (told,) = [error.value for error in page_with("OSError(28, 'No space left on device')").error]
    assert "The disk is full" in told


def test_a_database_that_does_not_answer_is_waited_for() -> None:
    page = page_with("OperationalError('select', {}, sqlite3.OperationalError('database is locked'))")
    assert not page.error
    (told,) = [warning.value for warning in page.warning]
    assert "tries again by itself" in told
