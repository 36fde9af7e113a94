"""Every page on a dark phone and on a light desktop: nothing sticks out, covers the title or jumps.

And axe-core finds nothing that keeps anybody out.
"""

from collections.abc import Callable
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from core.runs.run import Run
from tests.browser.conftest import NewPage, Server, settled

LOOKS: list[tuple[int, int, Literal["light", "dark"]]] = [
    (390, 844, "dark"),
    (1440, 900, "light"),
]
# Each page, and what is to be seen on its other tabs.
PAGES: dict[str, dict[str, str]] = {
    "/": {},
    "/Data?batch_size=64": {
        "Numbers": "Pixels of the training images",
        "Transforms": "One training image, step by step",
        "Checks and labels": "The built-in images need no checks",
        "Bring your own": "One folder for each class",
    },
    "/Train?recipe=digits": {},
    "/Runs": {},
    "/Train?run={run}": {
        "Evaluate": "Blue is right, orange is wrong",
        "Diagnosis": "Find a learning rate",
        "Hand in": "Download all as one zip",
    },
    "/Activations?show=Mish&show=SiLU&show=Hardsigmoid&show=SELU": {
        "Speed": "six times faster",
        "Training": "Which function trains best?",
        "Inside": "the gradient vanishes",
    },
    "/Predict?run={run}": {},
    "/Class": {},
    "/Gradient_Descent": {"Race": "All optimizers start at the same point"},
}
SHIFT = 0.1  # at most; what is over it is called poor
# Browsers let the keyboard into what scrolls by themselves.
AXE = {"resultTypes": ["violations"], "rules": {"scrollable-region-focusable": {"enabled": False}}}
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


@pytest.mark.parametrize(("path", "tabs"), PAGES.items(), ids=PAGES)
def test_nothing_sticks_out(app: Server, builtin: Run, new_page: NewPage, path: str, tabs: dict[str, str]) -> None:
    page = new_page(width=390, height=844)
    page.goto(app.url(path.format(run=builtin.id)))
    expect(page.get_by_test_id("stHeading").first).to_be_visible()
    look_at_all_sizes(page)
    for tab, text in tabs.items():
        page.get_by_role("tab", name=tab, exact=True).click()
        expect(page.get_by_text(text).first).to_be_visible()
        look_at_all_sizes(page)


def look_at_all_sizes(page: Page) -> None:
    settled(page)
    title = page.get_by_test_id("stHeading").first
    for width, height, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        assert sticking_out(page) == [], (width, scheme)
        assert barriers(page) == [], (width, scheme)
        bar, box = page.locator("header").bounding_box(), title.bounding_box()
        assert bar
        assert box
        assert box["y"] >= bar["y"] + bar["height"], "the bar above the page covers its title"


def barriers(page: Page) -> list[str]:
    """What axe-core calls serious or critical, once every widget's script has run: its rule and where."""
    for _attempt in range(5):
        if not (found := _barriers(page)):
            break
        page.wait_for_timeout(500)
    return found


def _barriers(page: Page) -> list[str]:
    found = Axe().run(page, options=AXE).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    return [f"{one['id']}: {node['html'][:200]}" for one in serious for node in one["nodes"]]


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1440, 900)])
def test_nothing_jumps(
    app: Server, builtin: Run, new_page: NewPage, figure: Callable[[str], None], width: int, height: int
) -> None:
    page = new_page(width=width, height=height)
    shifts = {path: layout_shift(page, app.url(path.format(run=builtin.id))) for path in PAGES}
    figure(f"layout shift at {width} pixels: at most {max(shifts.values()):.2f}")
    assert {path: shift for path, shift in shifts.items() if shift > SHIFT} == {}


def layout_shift(page: Page, address: str) -> float:
    """How much of the page jumps while it opens; the best of three: a busy machine draws in more parts."""
    shift = 1.0
    for _attempt in range(3):
        page.goto(address)
        expect(page.get_by_test_id("stHeading").first).to_be_visible()
        settled(page)
        page.wait_for_timeout(500)  # for what the page's widgets draw
        shift = min(shift, page.evaluate("layoutShift()"))
        if shift <= SHIFT:
            break
    return shift


def sticking_out(page: Page) -> list[str]:
    """What sticks out, once charts, tables and the sidebar have taken their new widths."""
    found: list[str] = []
    for _attempt in range(30):
        page.evaluate("async () => { for (let i = 0; i < 8; i += 1) await new Promise(requestAnimationFrame); }")
        found = page.evaluate(STICKING_OUT)
        if not found:
            break
    return found
