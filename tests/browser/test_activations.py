"""The page Activations in a real browser: links, what the pointer shows, a measurement that leaves nothing behind."""

import re
import time
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

import psutil
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage, Server
from tests.browser.test_screens import sticking_out


def open_shapes(page: Page, app: Server, query: str = "") -> None:
    page.goto(app.url(f"/Activations{query}"))
    expect(page.get_by_text("Must all layers have the same function?")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(2)


def choice(page: Page) -> dict[str, list[str]]:
    """What the link says."""
    return parse_qs(urlsplit(page.url).query)


def measuring(app: Server) -> list[psutil.Process]:
    """The measurement's processes."""
    found = []
    for child in app.children():
        with suppress(psutil.NoSuchProcess):  # ended just now
            if "core.activations.timing" in child.cmdline():
                found.append(child)
    return found


def wait_for(condition: str, app: Server, count: int, limit: float) -> None:
    """Wait until there are so many measuring processes."""
    end = time.monotonic() + limit
    while len(measuring(app)) != count:
        assert time.monotonic() < end, condition
        time.sleep(0.1)


def test_a_choice_is_in_the_link_and_another_visitor_sees_it(app: Server, page: Page, new_page: NewPage) -> None:
    open_shapes(page, app)
    assert choice(page) == {}
    page.get_by_role("button", name="Show Tanh, Sigmoid").click()
    expect(page.locator(".js-plotly-plot").first.locator(".legendtext")).to_have_text(["Tanh", "Sigmoid"])
    expect(page).to_have_url(re.compile("show=Tanh&show=Sigmoid"))

    other = new_page()
    other.goto(page.url)
    expect(other.locator(".js-plotly-plot").first.locator(".legendtext")).to_have_text(["Tanh", "Sigmoid"])


def test_a_slider_moves_the_curve_and_the_link_and_other_tabs_leave_it(app: Server, page: Page) -> None:
    open_shapes(page, app, "?show=ELU&elu_alpha=1.5")
    legend = page.locator(".js-plotly-plot").first.locator(".legendtext")
    expect(legend).to_have_text(["ELU, α = 1.5"])
    page.get_by_role("slider", name="ELU: α").press("ArrowRight")
    expect(legend).to_have_text(["ELU, α = 1.6"])
    expect(page).to_have_url(re.compile("elu_alpha=1.6"))
    page.get_by_role("tab", name="Speed").click()
    expect(page.get_by_role("button", name="Measure")).to_be_visible()
    expect(page).to_have_url(re.compile("tab=Speed"))
    page.get_by_role("tab", name="Training").click()
    expect(page.get_by_role("button", name="Train 3 networks")).to_be_visible()
    page.get_by_role("tab", name="Shapes").click()
    expect(legend).to_have_text(["ELU, α = 1.6"])


def test_pointing_at_a_curve_never_shows_minus_zero(app: Server, page: Page) -> None:
    """Hardswish is −0 far left, in PyTorch too; a reader sees 0."""
    open_shapes(page, app, "?show=Hardswish&show=ReLU")
    page.locator(".js-plotly-plot").first.locator(".nsewdrag").hover(position={"x": 40, "y": 100})
    labels = page.locator(".js-plotly-plot").first.locator(".hoverlayer .legendtext")
    expect(labels).to_have_count(2)
    said = labels.all_text_contents()
    assert sorted(said) == ["Hardswish : 0.0000", "ReLU : 0.0000"]


def test_measuring_shows_progress_and_leaves_its_result_for_everybody(
    app: Server, page: Page, new_page: NewPage
) -> None:
    page.goto(app.url("/Activations?tab=Speed"))
    page.get_by_role("button", name="Measure").click()
    expect(page.get_by_text(re.compile(r"Round \d+ of 30"))).to_be_visible()
    expect(page.get_by_text(re.compile("^Measured 20"))).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
    wait_for("the child is gone when it is done", app, 0, limit=5)

    other = new_page()
    other.goto(app.url("/Activations?tab=Speed&show=Mish"))
    expect(other.get_by_text(re.compile("^Measured 20"))).to_be_visible()
    assert measuring(app) == []


def test_a_measurement_that_nobody_waits_for_ends(app: Server, page: Page) -> None:
    page = page.context.new_page()  # to be closed
    path = app.url("/Activations?tab=Speed&layer=1000+×+1000")
    page.goto(path)
    begin_measuring(app, page)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("This server has no measurement yet")).to_be_visible()
    wait_for("the child is gone at its next sign of life", app, 0, limit=15)
    begin_measuring(app, page)
    page.get_by_role("link", name="Home").click()
    wait_for("the child is gone at its next sign of life", app, 0, limit=15)
    page.goto(path)
    begin_measuring(app, page)
    page.close()
    wait_for("the child finishes what it began, at most", app, 0, limit=60)


def begin_measuring(app: Server, page: Page) -> None:
    page.get_by_role("button", name="Measure").click()
    expect(page.get_by_text(re.compile(r"Round \d+ of 30"))).to_be_visible()
    assert len(measuring(app)) == 1


# --- training and inside ------------------------------------------------------------------------------------------


def test_one_click_trains_all_and_another_browser_watches_live(app: Server, page: Page, new_page: NewPage) -> None:
    page.goto(app.url("/Activations?tab=Training&epochs=25"))
    page.get_by_role("button", name="Train 3 networks").click()
    expect(page).to_have_url(re.compile("comparison="))
    link = page.url
    page.goto("about:blank")  # nobody need stay

    other = new_page()
    other.goto(link)
    drawn = other.locator(".classroom-live-chart").first
    expect(drawn.locator(".legendtext")).to_have_text(["ReLU", "Sigmoid", "Tanh"])
    expect(other.get_by_role("button", name="Stop all")).to_have_count(0)
    points = "element => element.data.slice(0, 3).map(trace => trace.x.length)"
    has_points = "document.querySelector('.classroom-live-chart')?.data?.[0].x.length > 0"
    other.wait_for_function(has_points)
    before = drawn.evaluate(points)
    assert sum(before) < 75, "this test needs a comparison that still goes on"
    expect(other.get_by_text("finished")).to_have_count(3)
    expect(other.get_by_text("reached 90 % first")).to_be_visible()
    assert drawn.evaluate(points) == [25, 25, 25]
    assert drawn.get_attribute("data-plots") == "1", "grown, not drawn anew"
    page.goto(link)  # what it shows is in the link and in the database
    expect(page.get_by_text("finished")).to_have_count(3)
    page.wait_for_function(has_points)
    assert page.locator(".classroom-live-chart").first.evaluate(points) == [25, 25, 25]


def test_stop_ends_all_of_them(app: Server, page: Page) -> None:
    page.goto(app.url("/Activations?tab=Training&epochs=300"))
    page.get_by_role("button", name="Train 3 networks").click()
    page.get_by_role("button", name="Stop all").click()
    expect(page.get_by_text("stopped")).to_have_count(3)
    expect(page.get_by_role("button", name="Stop all")).to_have_count(0)


def test_ten_sigmoid_layers_are_trained_and_looked_into(app: Server, page: Page) -> None:
    page.goto(app.url("/Activations?tab=Inside&epochs=2&functions=Sigmoid&functions=Tanh"))
    page.get_by_role("button", name="Use ten hidden layers").click()
    expect(page).to_have_url(re.compile("depth=10"))
    page.get_by_role("button", name="Train 3 networks").click()
    expect(page.get_by_text("Values before and after each activation layer")).to_be_visible()
    expect(page.get_by_role("slider", name="After epoch")).to_be_visible()
    expect(page.get_by_text("the first layers hardly learn")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(6)
    page.set_viewport_size({"width": 390, "height": 844})
    assert sticking_out(page) == []
