"""The live chart in a real browser: it grows without flicker, keeps what the reader did, and never has a gap."""

import json
import re
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from pages.components.shell.compression import STATIC
from pages.components.widgets import assets
from tests.browser.conftest import Problems, Server, StartServer

APP = Path(__file__).parent / "live_chart_app"
BARE_TICK, PER_POINT = 600, 40  # bytes at most
LIGHT_TEXT, DARK_TEXT = "#1c2430", "#e6eaf0"


@pytest.fixture(scope="module")
def charts(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The small app beside this file, with the scripts that the real one serves."""
    server = start_server(_with_scripts(tmp_path_factory), env={"BEGAN": str(time.time())})
    yield server
    server.end()


def _with_scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the app that finds `static/` beside it, as Streamlit wants it. The path of its script."""
    folder = tmp_path_factory.mktemp("app") / "app"
    shutil.copytree(APP, folder)
    assets.plotly_url()
    (folder / "static").symlink_to(STATIC)
    return folder / "app.py"


def chart_of(page: Page) -> Locator:
    """The chart, once it is drawn."""
    chart = page.locator(".classroom-live-chart")
    expect(chart.locator(".main-svg").first).to_be_attached()
    return chart


def points(chart: Locator) -> list[list[float]]:
    """The x values of each trace that Plotly holds."""
    held: list[list[float]] = chart.evaluate("box => box.data.slice(0, -1).map(trace => [...trace.x])")
    return held


def view(chart: Locator) -> list[float]:
    """The ends of the x axis and of the y axis as shown."""
    shown: list[float] = chart.evaluate("box => [...box._fullLayout.xaxis.range, ...box._fullLayout.yaxis.range]")
    return shown


def wait_for_ticks(chart: Locator, ticks: int) -> None:
    """Wait until new points were drawn so many times."""
    for _tick in range(ticks):
        drawn = chart.get_attribute("data-points")
        expect(chart).not_to_have_attribute("data-points", str(drawn))


def wait_for(chart: Locator, number: int) -> None:
    """Wait until so many points of the first trace are drawn."""
    held = "number => document.querySelector('.classroom-live-chart')?.data?.[0].x.length >= number"
    chart.page.wait_for_function(held, arg=number)


def assert_whole(chart: Locator, grid: int = 1) -> None:
    """All points from the first on, each once."""
    train, validation = points(chart)
    assert train == [grid * number for number in range(len(train))]
    assert validation == [grid * (10 * number + 9) for number in range(len(validation))]
    assert len(validation) in {len(train) // 10, len(train) // 10 + 1}


def drag(page: Page, chart: Locator, *, pause: float = 0) -> None:
    """Draw a zoom box over the middle of the plot, holding it for `pause` ms before letting go."""
    box = chart.locator(".nsewdrag").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.7, steps=4)
    drawn = chart.get_attribute("data-points")
    page.wait_for_timeout(pause)
    assert chart.get_attribute("data-points") == drawn or not pause  # a tick doesn't move what is being zoomed
    page.mouse.up()


def test_a_chart_grows_as_one_and_stays_as_the_reader_left_it(charts: Server, page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(charts.url("/?past=500"))
    chart = chart_of(page)
    chart.evaluate("box => { box.remembered = true }")
    points_appear_live(chart)
    colours_follow_the_theme(page, chart)
    zoom_and_legend_stay(page, chart)
    assert chart.get_attribute("data-plots") == "1"
    assert chart.evaluate("box => box.remembered")
    another_stream_starts_the_chart_over(page, chart)


def points_appear_live(chart: Locator) -> None:
    before = len(points(chart)[0])
    best = chart.locator(".textpoint").text_content()
    wait_for_ticks(chart, 6)
    assert len(points(chart)[0]) > before >= 500
    assert_whole(chart)
    expect(chart.locator(".textpoint")).not_to_have_text(str(best))


def colours_follow_the_theme(page: Page, chart: Locator) -> None:
    title = chart.locator(".gtitle")
    expect(title).to_have_css("fill", _rgb(DARK_TEXT))
    page.emulate_media(color_scheme="light")
    expect(title).to_have_css("fill", _rgb(LIGHT_TEXT))


def zoom_and_legend_stay(page: Page, chart: Locator) -> None:
    whole = view(chart)
    drag(page, chart, pause=1000)
    zoomed = view(chart)
    assert zoomed[1] - zoomed[0] == pytest.approx(0.3 * (whole[1] - whole[0]), rel=0.1)
    chart.locator(".legendtoggle").nth(1).click()
    page.wait_for_function("box => box.data[1].visible === 'legendonly'", arg=chart.element_handle())
    wait_for_ticks(chart, 6)
    assert view(chart) == zoomed
    assert chart.evaluate("box => box.data.map(trace => trace.visible ?? true)") == [True, "legendonly", True]
    assert_whole(chart)
    chart.locator(".nsewdrag").dblclick()
    page.wait_for_function(
        "([box, end]) => box._fullLayout.xaxis.range[1] > end", arg=[chart.element_handle(), whole[1]]
    )


def another_stream_starts_the_chart_over(page: Page, chart: Locator) -> None:
    drag(page, chart)
    zoomed = view(chart)
    page.get_by_text("Another stream").click()
    # In the same element, unless a tick and the rerun of the page overlapped: Streamlit makes a new one then.
    first = "start => document.querySelector('.classroom-live-chart')?.layout?.xaxis.range[0] !== start"
    page.wait_for_function(first, arg=zoomed[0])
    wait_for_ticks(chart, 3)
    assert_whole(chart)
    assert view(chart) != zoomed


def test_an_empty_chart_is_described_has_no_made_up_numbers_and_fits_a_phone(charts: Server, page: Page) -> None:
    page.goto(charts.url("/?past=100&hold=yes"))
    chart = chart_of(page)
    expect(chart.locator(".xtitle")).to_have_text("Step")
    expect(chart.locator(".xtick, .ytick")).to_have_count(0)
    expect(chart).to_have_attribute("role", "figure")
    expect(chart).to_have_attribute("aria-label", "Loss of training and validation by step")
    follows_its_width(page, chart)  # while it is at rest: nothing else makes it draw
    page.get_by_text("Hold").click()
    expect(chart.locator(".ytick").first).to_be_attached()
    expect(chart.locator(".xtick").first).to_be_attached()
    expect(chart.locator(".legendtext").nth(1)).to_have_text("Validation <b>set</b>")  # a name is text, not HTML
    assert chart.get_attribute("data-plots") == "1"
    assert_whole(chart)


def follows_its_width(page: Page, chart: Locator) -> None:
    for width in (390, 700):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_function(
            "box => Math.abs(box.querySelector('.main-svg').clientWidth - box.clientWidth) < 2",
            arg=chart.element_handle(),
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert width - 80 < float(chart.evaluate("box => box.clientWidth")) < width


def test_leaving_the_page_and_coming_back_gives_all_points(charts: Server, page: Page) -> None:
    page.goto(charts.url("/elsewhere?past=200"))
    page.wait_for_function("window.Plotly")  # prepared there, before any chart
    for _visit in range(2):
        page.get_by_role("link", name="Back").click()
        chart = chart_of(page)
        wait_for_ticks(chart, 3)
        assert_whole(chart)
        assert chart.get_attribute("data-plots") == "1"
        page.get_by_role("link", name="Elsewhere").click()
        expect(chart).to_have_count(0)


def test_a_lost_script_is_fetched_again_and_lost_points_are_asked_for(
    charts: Server, page: Page, problems: Problems
) -> None:
    losses = {"wanted": 0}
    whole: list[int] = []

    def pretend_a_loss(socket: WebSocketRoute) -> None:
        """Let ticks begin at a point far ahead, as they do when those before didn't arrive."""
        server = socket.connect_to_server()

        def to_page(message: str | bytes) -> None:
            if isinstance(message, bytes) and b'"points"' in message:
                if b'"spec"' in message:
                    whole.append(len(message))
                elif losses["wanted"]:
                    losses["wanted"] -= 1
                    message = re.sub(rb'"points": \[\[\d', b'"points": [[9', message)
            socket.send(message)

        server.on_message(to_page)

    page = page.context.new_page()  # which nobody gets after this test
    page.route_web_socket(lambda _address: True, pretend_a_loss)
    problems.allow("ERR_FAILED")
    page.route("**/plotly-*.js", lambda route: route.abort())
    page.goto(charts.url("/?past=300"))
    expect(page.get_by_text("The chart couldn't be loaded")).to_be_visible()
    page.unroute("**/plotly-*.js")
    chart = chart_of(page)
    expect(page.get_by_text("The chart couldn't be loaded")).to_have_count(0)
    wait_for_ticks(chart, 2)
    drag(page, chart)
    zoomed = view(chart)
    before = len(whole)
    losses["wanted"] = 2
    wait_for_ticks(chart, 4)
    assert losses["wanted"] == 0
    assert_whole(chart)
    assert len(whole) == before  # only what was missing came again
    assert view(chart) == zoomed
    assert chart.get_attribute("data-plots") == "1"


def test_a_tick_costs_the_same_after_tens_of_thousands_of_points(
    charts: Server, page: Page, figure: Callable[[str], None]
) -> None:
    ticks: list[bytes] = []

    def received(message: str | bytes) -> None:
        if isinstance(message, bytes) and b'"points"' in message:
            ticks.append(message)

    page.on("websocket", lambda socket: socket.on("framereceived", received))

    def ticks_at(address: str) -> list[tuple[int, int]]:
        """Bytes and new points of each tick."""
        page.goto(charts.url(address))
        chart = chart_of(page)
        for _try in range(30):  # until the browser said that it has the past
            wait_for_ticks(chart, 1)
            if ticks and b'"confirm"' not in ticks[-1]:
                break
        ticks.clear()
        wait_for_ticks(chart, 8)
        assert chart.locator("path.point").count() <= 61  # of the validation's curve, and the star
        return [(len(tick), _new_points(tick)) for tick in ticks]

    early = ticks_at("/?past=20")
    late = ticks_at("/?past=1900&grid=42")  # a curve thinned out to 1,900 of 80,000 points
    for name, found in (("early", early), ("after 80,000 steps", late)):
        figure(f"a tick {name}: {statistics.median(size for size, _new in found):.0f} bytes")
        # A tick that took longer brings more new points; nothing else may make it larger.
        assert all(new < 400 and size < BARE_TICK + PER_POINT * new for size, new in found), found


def _new_points(tick: bytes) -> int:
    """How many points a message to the chart carries."""
    text = tick[tick.index(b'{"chart"') :].decode(errors="replace")
    message, _end = json.JSONDecoder().raw_decode(text)
    return sum(len(xs) for _start, xs, _ys in message["points"])


def _rgb(color: str) -> str:
    return f"rgb({', '.join(str(int(color[start : start + 2], 16)) for start in (1, 3, 5))})"


def test_works_under_a_path_on_a_deep_link_and_after_the_server_was_killed(
    start_server: StartServer, tmp_path_factory: pytest.TempPathFactory, page: Page, problems: Problems
) -> None:
    problems.allow_lost_connection()
    page = page.context.new_page()  # a tab of a lost server can't be used again
    server = start_server(_with_scripts(tmp_path_factory), base="school/class", env={"BEGAN": str(time.time())})
    page.goto(server.url("/deep?past=150"))
    chart = chart_of(page)
    wait_for_ticks(chart, 2)
    server.kill()
    held = len(points(chart)[0])
    server.start()
    wait_for(chart, held + 20)
    assert_whole(chart)
    assert chart.get_attribute("data-plots") == "1"
    page.goto(server.url("/?past=150"))
    wait_for_ticks(chart_of(page), 2)
    assert_whole(chart_of(page))
    server.end()
