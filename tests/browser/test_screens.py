"""Every page on a phone and on a desktop, light and dark: nothing sticks out, and nothing covers the title."""

import pytest
from playwright.sync_api import Page, expect

from core.runs.run import Run
from tests.browser.conftest import LIMIT, NewPage, Server, settled

LOOKS = [(390, 844, "light"), (390, 844, "dark"), (1440, 900, "dark"), (1440, 900, "light")]
PAGES = [
    "/",
    "/Data?batch_size=64",
    "/Data?tab=Numbers",
    "/Data?tab=Transforms",
    "/Data?tab=Checks+and+labels",
    "/Data?tab=Bring+your+own",
    "/Train?recipe=digits",
    "/Train?run={run}",
    "/Runs",
    "/Runs?run={run}",
    "/Runs?run={run}&tab=Evaluate",
    "/Runs?run={run}&tab=Diagnosis",
    "/Runs?run={run}&tab=Hand in",
    "/Activations?show=Mish&show=SiLU&show=Hardsigmoid&show=SELU",
    "/Activations?tab=Speed",
    "/Activations?tab=Training",
    "/Predict?run={run}",
    "/Gradient_Descent",
    "/Gradient_Descent?tab=Race",
]
# What can be seen beyond its column or the window, but for what scrolls by itself.
STICKING_OUT = """() => {
    const scrolls = (element) => /auto|scroll|hidden|clip/.test(getComputedStyle(element).overflowX);
    const main = document.querySelector("[data-testid=stMain]");
    const inside = (element) => {
        for (let parent = element.parentElement; parent !== main; parent = parent.parentElement)
            if (scrolls(parent)) return true;
        return false;
    };
    const right = (element) => element.getBoundingClientRect().right;
    const wide = [...main.querySelectorAll("*")]
        .filter((element) => element.checkVisibility() && right(element) > innerWidth + 1 && !inside(element));
    const formulas = [...main.querySelectorAll(".katex-html .base")]
        .filter((formula) => right(formula) > right(formula.closest("[data-testid=stColumn]") ?? main) + 1);
    const scrolled = main.scrollWidth > main.clientWidth ? [main] : [];
    return [...scrolled, ...wide, ...formulas].map((element) => element.outerHTML.slice(0, 120));
}"""


@pytest.mark.parametrize("path", PAGES)
def test_nothing_sticks_out(app: Server, builtin: Run, new_page: NewPage, path: str) -> None:
    width, height, _scheme = LOOKS[0]
    page = new_page(width=width, height=height)
    page.goto(app.url(path.format(run=builtin.id)))
    title = page.get_by_test_id("stHeading").first
    expect(title).to_be_visible(timeout=LIMIT * 1e3)
    settled(page)
    for width, height, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert sticking_out(page) == [], (width, scheme)
        bar, box = page.locator("header").bounding_box(), title.bounding_box()
        assert bar
        assert box
        assert box["y"] >= bar["y"] + bar["height"], "the bar above the page covers its title"


def sticking_out(page: Page) -> list[str]:
    """What sticks out, once charts, tables and the sidebar have taken their new widths."""
    found: list[str] = []
    for _attempt in range(30):
        page.evaluate("async () => { for (let i = 0; i < 8; i += 1) await new Promise(requestAnimationFrame); }")
        found = page.evaluate(STICKING_OUT)
        if not found:
            break
    return found
