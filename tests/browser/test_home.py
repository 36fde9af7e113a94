"""Home in a real browser: three clicks to a run, and what runs now is there for everyone."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage, Server


def test_two_clicks_start_a_lesson_which_everyone_finds_on_home(app: Server, page: Page, new_page: NewPage) -> None:
    visitor = new_page(width=390, height=844, dark=True)
    visitor.goto(app.url())
    expect(visitor.get_by_text("Nothing is running.")).to_be_visible()
    page.goto(app.url())
    page.get_by_role("link", name="Open").first.click()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
    epochs = page.get_by_label("Epochs", exact=True)
    epochs.fill("2000")  # to go on until everyone has seen it
    epochs.press("Enter")
    page.wait_for_url("**epochs=2000")
    page.get_by_role("button", name="Train", exact=True).click()
    link = visitor.get_by_role("link", name="Read handwritten digits")  # without reloading
    expect(link).to_be_visible()
    link.click()
    expect(visitor.locator(".classroom-live-chart .main-svg").first).to_be_attached()
    assert visitor.url.split("?")[1] == page.url.split("?")[1]
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(visitor.locator(".stMarkdownBadge", has_text="stopped")).to_be_visible()
