"""Points in the plane, from the page Data to an answer for a point, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage, Server

PICTURE = "canvas => canvas.toDataURL()"


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["wide", "phone"])
def test_from_the_points_to_their_boundary_and_to_an_answer(
    app: Server, new_page: NewPage, size: tuple[int, int]
) -> None:
    page = new_page(width=size[0], height=size[1])
    page.goto(app.url("/Data?data.dataset=points&data.mean=[0]&data.std=[1]&data.points.number=100"))
    page.get_by_role("button", name="Train with these points").click()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_role("tab", name="Boundary")).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="Try it yourself").wait_for()
    boundary = page.locator(".classroom-snapshots canvas")
    at_the_end = boundary.evaluate(PICTURE)
    page.get_by_role("slider", name="Moment of the training").focus()
    page.keyboard.press("Home")
    page.wait_for_function("document.querySelector('.classroom-snapshots').dataset.step === '0'")
    assert boundary.evaluate(PICTURE) != at_the_end
    page.get_by_role("button", name="Try it yourself").click()
    pad = page.locator(".point-pad canvas")
    pad.wait_for()
    expect(page.get_by_text("The point (0.00, 0.00)")).to_be_visible()
    bounds = pad.bounding_box()
    assert bounds
    assert bounds["x"] + bounds["width"] <= size[0]
    pad.click(position={"x": bounds["width"] * 0.9, "y": bounds["height"] * 0.1})
    expect(page.get_by_text("The point (1.00, 1.00)")).to_be_visible()
    pad.press("ArrowLeft")
    expect(page.get_by_text("The point (0.95, 1.00)")).to_be_visible()
