"""Home in a real browser: three clicks to a run, and what runs now is there for everyone."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.recipes import configure
from core.runs.store import Store
from tests.browser.conftest import NewPage, Server, wait


def test_two_clicks_start_a_recipe_and_what_others_train_appears_without_reloading(
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
    page.get_by_role("button", name="Train it yourself").click()
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url("**/Train?run=*")
    expect(page.locator(".stMarkdownBadge", has_text=re.compile("running|finished"))).to_be_visible()
    expect(page.locator(".classroom-live-chart .main-svg").first).to_be_attached()


# The milliseconds from the page's first byte to the first moment of the film, and how many moments came in two seconds.
WATCH_FILM = """async () => {
    const first = performance.now() - performance.getEntriesByType("navigation")[0].responseStart;
    const film = document.querySelector(".recorded");
    const [steps, pictures] = [new Set(), new Set()];
    for (const until = performance.now() + 2000; performance.now() < until; await new Promise(requestAnimationFrame)) {
        steps.add(film.dataset.step);
        pictures.add(film.querySelector(".answers").toDataURL());
    }
    return [first, steps.size, pictures.size];
}"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["wide", "phone"])
def test_a_film_of_the_first_lesson_plays_by_itself(
    app: Server, new_page: NewPage, size: tuple[int, int], dark: bool, figure: Callable[[str], None]
) -> None:
    width, height = size
    page = new_page(width=width, height=height, dark=dark)
    page.emulate_media(reduced_motion="no-preference", color_scheme="dark" if dark else "light")
    page.goto(app.url())
    page.wait_for_selector(".recorded[data-step]")
    first, steps, pictures = page.evaluate(WATCH_FILM)
    figure(f"moving pictures {first:.0f} ms after the first byte, {width} pixels, {'dark' if dark else 'light'}")
    assert first < 20_000  # the figure is for an idle machine, this for a busy one
    assert steps >= 3
    assert pictures >= 3
    box = page.locator(".recorded").bounding_box()
    assert box
    assert box["x"] + box["width"] <= width
    assert box["y"] < height / 2, "at first sight"
    shot = Image.open(BytesIO(page.locator(".recorded .strip").screenshot())).convert("RGB")
    colours = {colour for _count, colour in shot.getcolors(shot.width * shot.height) or []}
    assert len(colours) > 50, "digits, dots and a curve"
    paper = shot.getpixel((shot.width - 2, 2))
    assert isinstance(paper, tuple)
    assert (max(paper) < 60) == dark
    page.get_by_role("button", name="Pause").click()
    still = page.locator(".recorded").get_attribute("data-step")
    page.wait_for_timeout(600)
    assert page.locator(".recorded").get_attribute("data-step") == still


def test_the_film_stands_still_at_its_end_where_people_want_less_motion(app: Server, page: Page) -> None:
    page.goto(app.url())
    film = page.locator(".recorded[data-step]")
    expect(film).to_be_visible()
    last = film.get_attribute("data-step")
    page.wait_for_timeout(800)
    assert film.get_attribute("data-step") == last
    expect(film.get_by_role("button", name="Play")).to_be_visible()
    expect(film.locator(".readout")).to_have_text(re.compile(r"2\d of 24 digits right"))
