"""A phone, 390×844: what is looked at and what is moved are on one screen, and nothing covers the page."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from core.recipes import configure
from core.runs.run import Run
from core.runs.store import Store
from tests.browser.conftest import NewPage, Server, settled, wait

WIDTH, HEIGHT = 390, 844
FINGER = 40  # CSS pixels


@pytest.fixture
def phone(new_page: NewPage) -> Page:
    return new_page(width=WIDTH, height=HEIGHT)


def box(part: Locator) -> dict[str, float]:
    found = part.bounding_box()
    assert found
    return {"x": found["x"], "y": found["y"], "bottom": found["y"] + found["height"]}


def test_the_menu_closes_when_a_page_is_chosen_and_is_closed_on_the_next_link(app: Server, phone: Page) -> None:
    phone.goto(app.url("/"))
    sidebar = phone.get_by_test_id("stSidebar")
    expect(sidebar).to_have_attribute("data-collapsed", "true")
    settled(phone)
    open_menu = phone.get_by_test_id("stExpandSidebarButton")
    open_menu.click()
    runs = sidebar.get_by_role("link", name="Runs")
    expect(runs).to_be_visible()
    runs.click()
    phone.wait_for_url(re.compile("/Runs$"))
    expect(phone.get_by_role("heading", name="Runs")).to_be_visible()
    expect(sidebar).to_have_attribute("data-collapsed", "true")
    open_menu.click()
    expect(sidebar).to_have_attribute("data-collapsed", "false")
    phone.goto(app.url("/Data"))
    expect(sidebar).to_have_attribute("data-collapsed", "true")


def test_the_drawing_and_its_answer_are_on_one_screen(app: Server, builtin: Run, phone: Page) -> None:
    phone.goto(app.url(f"/Predict?run={builtin.id}"))
    pad = phone.locator(".classroom-pad canvas")
    expect(pad).to_be_visible()
    settled(phone)
    area = box(pad)
    phone.mouse.move(area["x"] + 60, area["y"] + 60)
    phone.mouse.down()
    phone.mouse.move(area["x"] + 150, area["y"] + 180, steps=5)
    phone.mouse.up()
    answer = phone.get_by_text(re.compile(r"^\d, [\d.]+ % sure$"))
    expect(answer).to_be_visible()
    assert phone.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0
    assert box(pad)["y"] > 0
    assert box(answer)["bottom"] < HEIGHT


def test_the_knob_and_the_picture_of_gradient_descent_are_on_one_screen(app: Server, phone: Page) -> None:
    phone.goto(app.url("/Gradient_Descent"))
    knob = phone.get_by_role("slider", name="Learning rate")
    picture = phone.locator("svg:has(path.track)").first
    expect(picture).to_be_visible()
    settled(phone)
    assert box(knob)["bottom"] < box(picture)["y"]
    assert box(picture)["bottom"] <= HEIGHT, box(picture)


def test_state_accuracy_and_stop_of_a_running_run_stand_above_its_charts(
    app: Server, store: Store, builtin: Run, phone: Page
) -> None:
    phone.goto(app.url("/Train?recipe=digits&epochs=2000"))
    phone.get_by_role("button", name="Train", exact=True).click()
    phone.wait_for_url(re.compile("run="))
    chart = phone.locator(".classroom-live-chart").first
    expect(chart).to_be_visible()
    for part in (
        phone.get_by_test_id("stProgress"),
        phone.get_by_test_id("stMetric"),
        phone.get_by_role("button", name="Stop"),
    ):
        expect(part).to_be_visible()
        assert box(part)["bottom"] <= box(chart)["y"] < HEIGHT
    run = store.recent(1)[0]
    store.request_stop(run.id, owner=run.owner)
    wait(store, run.id, lambda run: run.ended)
    assert configure("digits", {"epochs": 2_000}) == run.config


def test_what_is_touched_is_large_enough(app: Server, builtin: Run, new_page: NewPage) -> None:
    page = new_page(width=WIDTH, height=HEIGHT)
    finger = page.context.new_cdp_session(page)
    finger.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    page.goto(app.url(f"/Train?run={builtin.id}"))
    expect(page.get_by_role("tab", name="Curves")).to_be_visible()
    settled(page)
    small = page.evaluate(
        """(finger) => [...document.querySelectorAll("[data-testid=stMain] button, [data-testid=stMain] [role=tab]")]
            .filter((part) => part.checkVisibility() && part.getBoundingClientRect().height > 0)
            .filter((part) => part.getBoundingClientRect().height < finger)
            .filter((part) => !part.closest("[data-testid=stTooltipIcon]"))
            .map((part) => `${part.innerText} ${part.getBoundingClientRect().height}`)""",
        FINGER - 2,
    )
    finger.send("Emulation.setTouchEmulationEnabled", {"enabled": False})  # the tab is used again
    assert small == []


def test_a_button_with_a_help_text_can_be_pressed_with_a_finger(app: Server, builtin: Run, new_page: NewPage) -> None:
    page = new_page(width=WIDTH, height=HEIGHT)
    finger = page.context.new_cdp_session(page)
    finger.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    page.goto(app.url(f"/Train?run={builtin.id}"))
    button = page.get_by_role("button", name="Change and train again")
    expect(button).to_be_visible()
    settled(page)
    button.click()
    page.wait_for_url(re.compile("recipe="))
    finger.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
