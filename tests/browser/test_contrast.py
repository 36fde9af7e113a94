"""Text can be read in both themes, and the keyboard's place is seen."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage, Server, settled

# The contrast (1 to 21) of an element's text with what is behind it, as the formula of WCAG has it; opacity counts.
CONTRAST = """(element) => {
    const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
    const parents = [];
    for (let one = element; one; one = one.parentElement) parents.push(one);
    const over = ([r, g, b, a = 1], below) => [r, g, b].map((value, i) => value * a + below[i] * (1 - a));
    const behind = parents.map((one) => numbers(getComputedStyle(one).backgroundColor)).reverse()
        .reduce((below, color) => over(color.length < 4 ? [...color, 1] : color, below), [255, 255, 255]);
    const opacity = parents.reduce((share, one) => share * Number(getComputedStyle(one).opacity), 1);
    const [r, g, b, a = 1] = numbers(getComputedStyle(element).color);
    const light = (color) => color.map((value) => value / 255)
        .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
        .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
    const [low, high] = [light(over([r, g, b, a * opacity], behind)), light(behind)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
}"""


@pytest.mark.parametrize("dark", [False, True])
def test_text_on_the_page_train_can_be_read(app: Server, new_page: NewPage, dark: bool) -> None:
    page = new_page(dark=dark)
    page.goto(app.url("/Train?recipe=digits"))
    button = page.get_by_role("button", name="Train", exact=True)
    expect(button).to_be_enabled()
    page.get_by_role("tab", name="The five steps").click()
    expect(page.locator("[data-testid=stCode] .token.number").first).to_be_visible()
    settled(page)
    kinds = ("keyword", "number", "operator", "boolean", "string", "punctuation", "comment")
    parts = {kind: page.locator(f"[data-testid=stCode] .token.{kind}").first for kind in kinds}
    parts |= {"button": button.locator("p"), "caption": page.locator("[data-testid=stCaptionContainer] p").first}
    found = {name: part.evaluate(CONTRAST) for name, part in parts.items()}
    assert {name: round(value, 2) for name, value in found.items() if value < 4.5} == {}


def test_the_keyboard_is_seen_and_the_page_begins_with_a_way_past_the_menu(app: Server, new_page: NewPage) -> None:
    page = new_page()
    page.goto(app.url("/"))
    expect(page.get_by_role("button", name="Train it yourself")).to_be_visible()
    settled(page)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to main content")
    page.keyboard.press("Enter")
    for _tab in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText.includes('Train it yourself')"):
            break
    assert page.evaluate("document.activeElement.innerText.includes('Train it yourself')"), (
        "more than 8 tabs to the first button"
    )
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "2px"
