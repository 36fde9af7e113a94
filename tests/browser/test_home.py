"""Home in a real browser: three clicks to a run, and what runs now is there for everyone."""

import re

from playwright.sync_api import Page, expect

from core.recipes import configure
from core.runs.store import Store
from tests.browser.conftest import Server, wait


def test_two_clicks_start_a_lesson_and_what_others_train_appears_without_reloading(
    app: Server, store: Store, page: Page
) -> None:
    page.goto(app.url())
    expect(page.get_by_text("Nothing is running.")).to_be_visible()
    others = store.create(configure("digits", {"epochs": 2_000}), owner="nobody", name="Somebody's digits")
    link = page.get_by_role("link", name="Somebody's digits")
    expect(link).to_be_visible()
    link.click()
    expect(page.locator(".classroom-live-chart .main-svg").first).to_be_attached()
    assert page.url.endswith(f"?run={others}")
    page.get_by_role("link", name="Home").click()
    expect(link).to_be_visible()
    store.request_stop(others, owner="nobody")
    wait(store, others, lambda run: run.ended)
    expect(page.get_by_text("Nothing is running.")).to_be_visible()
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url("**/Train?run=*")
    expect(page.locator(".stMarkdownBadge", has_text=re.compile("running|finished"))).to_be_visible()
    expect(page.locator(".classroom-live-chart .main-svg").first).to_be_attached()
