"""Gradient descent in a real browser: the walk plays without the server, and a link shows what was left."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewPage, Server, settled

PATH = "/Gradient_Descent"


def player(page: Page) -> Locator:
    """The film and its controls, once the walk is drawn."""
    found = page.locator(".player:visible")
    expect(found.locator(".track").first).to_be_attached()
    return found


def at_step(film: Locator, step: int) -> None:
    expect(film).to_have_attribute("data-step", str(step))


def button(film: Locator, name: str) -> Locator:
    return film.get_by_role("button", name=name, exact=True)


def colour(film: Locator) -> str:
    """The colour of its text, such as "rgb(28, 36, 48)"."""
    return str(film.evaluate("root => getComputedStyle(root).color"))


def test_the_whole_walk_is_played_in_all_panels_without_the_server_in_any_theme_and_width(
    app: Server, page: Page
) -> None:
    sent: list[object] = []

    def count(frame: object) -> None:
        sent.append(frame)

    page.on("websocket", lambda socket: socket.on("framesent", count))
    page.set_viewport_size({"width": 1000, "height": 900})
    page.goto(app.url(PATH))
    film = player(page)
    the_whole_walk_is_there(film)
    settled(page)
    before = len(sent)
    it_is_walked_and_played(film)
    assert len(sent) == before
    another_theme_and_a_wider_window_leave_it_where_it_was(page, film)


def the_whole_walk_is_there(film: Locator) -> None:
    at_step(film, 10)
    expect(film.locator("figure")).to_have_count(4)
    expect(film.locator("figure").first.locator(".dot, .here")).to_have_count(11)
    expect(film.locator(".readout")).to_contain_text("Step 10 of 10 · loss 0.00149")
    expect(film.locator(".contour")).not_to_have_count(0)
    expect(button(film, "Step")).to_be_disabled()


def it_is_walked_and_played(film: Locator) -> None:
    def seen() -> list[int]:
        return [figure.locator(".dot, .here").count() for figure in film.locator("figure").all()]

    button(film, "Reset").click()
    at_step(film, 0)
    assert seen() == [1, 1, 1, 1]
    curve = film.locator("figure").nth(1).locator(".curve")
    first = curve.get_attribute("d")
    button(film, "Step").click()
    at_step(film, 1)
    assert seen() == [2, 2, 2, 2]
    assert curve.get_attribute("d") != first  # another bias, another parabola
    button(film, "Play").click()
    button(film, "Pause").click()
    button(film, "Play").click()
    at_step(film, 10)
    assert seen() == [11, 11, 11, 11]
    expect(button(film, "Play")).to_be_visible()
    film.get_by_role("slider").press("ArrowLeft")
    at_step(film, 9)


def another_theme_and_a_wider_window_leave_it_where_it_was(page: Page, film: Locator) -> None:
    light = colour(film)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "([root, light]) => getComputedStyle(root).color !== light", arg=[film.element_handle(), light]
    )
    panel = film.locator("figure svg").first
    narrow = panel.get_attribute("viewBox")
    page.set_viewport_size({"width": 1600, "height": 900})
    expect(panel).not_to_have_attribute("viewBox", str(narrow))
    at_step(film, 9)


def test_a_knob_changes_the_walk_and_the_link_and_the_surface_stays_turned(
    app: Server, page: Page, new_page: NewPage
) -> None:
    page.goto(app.url(PATH))
    film = player(page)
    patch = film.locator(".patch").first
    turned = turn_the_surface(page, film)
    knob = page.get_by_role("slider", name="Learning rate")
    knob.press("ArrowRight")
    expect(film.locator(".readout")).not_to_contain_text("0.00149")
    assert patch.get_attribute("d") == turned
    film.locator(".turnable").press("ArrowLeft")
    expect(patch).not_to_have_attribute("d", turned)
    knob.press("End")
    expect(page.get_by_text("The walk diverges")).to_be_visible()
    expect(page).to_have_url(re.compile(r"lr=2\b"))
    expect(film.locator(".readout")).to_contain_text("loss 8.91e+10")
    at_step(film, 10)
    visitor = new_page()
    visitor.goto(page.url)
    expect(player(visitor).locator(".readout")).to_have_text(film.locator(".readout").inner_text())
    expect(visitor.get_by_text("The walk diverges")).to_be_visible()


def turn_the_surface(page: Page, film: Locator) -> str:
    """With the mouse; what its first patch looks like then."""
    patch = film.locator(".patch").first
    before = patch.get_attribute("d")
    surface = film.locator(".turnable")
    surface.scroll_into_view_if_needed()
    box = surface.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 120, steps=3)
    page.mouse.up()
    turned = patch.get_attribute("d")
    assert turned
    assert turned != before
    return turned


def test_racers_differ_by_more_than_colour_and_the_link_carries_the_knobs_of_both_tabs(app: Server, page: Page) -> None:
    page.goto(app.url(f"{PATH}?tab=Race&valley_sgd_lr=0.1&lr=0.3"))
    film = player(page)
    expect(film.locator("figure")).to_have_count(3)
    expect(film.locator(".legend span")).to_have_text(["SGD", "SGD + momentum", "Adam", "RMSprop"])
    shapes = film.locator(".legend path").evaluate_all("paths => paths.map(path => path.getAttribute('d'))")
    assert len(set(shapes)) == 4
    outside = film.locator("figure").first.locator(".away")
    expect(outside).to_have_text("outside the picture: SGD")  # who leaves is named
    expect(film.locator("figure").first.locator(".here")).to_have_count(3)
    page.get_by_role("tab", name="Hello world").click()
    expect(player(page).locator("figure")).to_have_count(4)
    expect(page).to_have_url(re.compile(r"valley_sgd_lr=0\.1"))
    expect(page).to_have_url(re.compile(r"[?&]lr=0\.3"))
    page.get_by_role("tab", name="Race").click()
    expect(outside).to_have_text("outside the picture: SGD")


def test_on_a_phone_nothing_sticks_out_and_the_knobs_stay_near(app: Server, new_page: NewPage) -> None:
    page = new_page(width=390, height=844, dark=True)
    page.goto(app.url(PATH))
    for tab in ("Hello world", "Race"):
        page.get_by_role("tab", name=tab).click()
        film = player(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        box = film.bounding_box()
        assert box is not None
        assert box["width"] <= 390
        assert box["height"] < 500
        panels = film.locator(".panels")
        assert panels.evaluate("strip => strip.scrollWidth > strip.clientWidth")
        assert min(int(part) for part in re.findall(r"\d+", colour(film))) > 200  # light text on dark
