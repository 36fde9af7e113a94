"""A run in a real browser: from the click to the end, through reloads, strangers, stops and kills."""

import re
import signal
from collections.abc import Callable

import psutil
import pytest
from playwright.sync_api import Locator, Page, expect

from core.recipes import configure
from core.runs import history
from core.runs.run import Run
from core.runs.state import State
from core.runs.store import Store
from tests.browser.conftest import LIMIT, NewPage, Problems, Server, wait
from tests.browser.test_live_chart import drag, view, wait_for_ticks

EPOCHS = 40  # long enough to be interrupted, some seconds
LONG = 2_000  # longer than any test
# Promises the milliseconds from the next click to the first point of a line on the screen.
STOPWATCH = """() => {
    let clicked;
    document.addEventListener("click", () => { clicked = performance.now() }, { capture: true, once: true });
    window.firstPoint = new Promise((tell) => {
        const look = (now) => {
            const line = document.querySelector(".classroom-live-chart .scatterlayer path.js-line");
            if (clicked && line?.getAttribute("d")) tell(now - clicked);
            else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    });
}"""
# Counts what is taken off the page from now on. Streamlit keeps what stays where it was.
WATCH_FLICKER = """() => {
    window.removed = [];
    new MutationObserver((changes) => {
        const gone = changes.flatMap((change) => [...change.removedNodes]).filter((node) => node.querySelector);
        for (const node of gone)
            if (node.matches("[data-testid=stColumn]") || node.querySelector("[data-testid=stColumn], .main-svg"))
                window.removed.push(node.outerHTML.slice(0, 200));
    }).observe(document.body, { childList: true, subtree: true });
}"""


@pytest.fixture(scope="module", autouse=True)
def whole(store: Store) -> Run:
    """A run that nobody interrupted."""
    run_id = store.create(configure("digits", {"epochs": EPOCHS}), owner="nobody", name="uninterrupted")
    run = wait(store, run_id, lambda run: run.ended)
    assert run.state == State.FINISHED
    return run


def ready(app: Server, page: Page, epochs: int) -> Locator:
    """The Train button of a page that is filled in."""
    page.goto(app.url(f"/Train?recipe=digits&epochs={epochs}"))
    button = page.get_by_role("button", name="Train", exact=True)
    expect(button).to_be_enabled()
    return button


def start(app: Server, page: Page, epochs: int) -> str:
    """Press Train; the run's id."""
    ready(app, page, epochs).click()
    page.wait_for_url("**/Train?run=*")
    return page.url.split("run=")[1]


def state(page: Page, word: str) -> None:
    """Wait until the run is told to be in this state."""
    expect(page.locator(".stMarkdownBadge", has_text=re.compile(rf"{word}$"))).to_be_visible()


def loss_chart(page: Page, points: int = 1) -> Locator:
    """The chart of losses, once it shows so many points."""
    # Looked up anew each time: Streamlit makes another element where a tick and a rerun of the page overlap.
    held = "number => document.querySelector('.classroom-live-chart')?.data?.[0].x.length >= number"
    page.wait_for_function(held, arg=points)
    return page.locator(".classroom-live-chart").first


def steps(chart: Locator) -> list[int]:
    """The steps of the training losses that the chart holds."""
    held: list[int] = chart.evaluate("box => [...box.data[0].x]")
    return held


def assert_whole(store: Store, run_id: str, chart: Locator) -> None:
    """The chart holds what there was up to its last point, each point once."""
    held = steps(chart)
    run = store.get(run_id)
    curve = history.loss_curve(store.database, run_id, since=0, total_steps=run.total_steps or 0, ended=run.ended)
    assert held == curve.steps.tolist()[: len(held)]


def assert_same_numbers(store: Store, run_id: str, whole: Run) -> None:
    """Every loss and every epoch are those of the run that nobody interrupted, which may be shorter."""
    ours, theirs = (history.step_losses(store.database, run)[1] for run in (run_id, whole.id))
    assert (len(ours), len(theirs)) == (store.get(run_id).total_steps, whole.total_steps)
    assert ours[: len(theirs)].tobytes() == theirs.tobytes()
    epochs, wanted = (
        [(record.val_loss, record.val_accuracy) for record in history.epoch_records(store.database, run)]
        for run in (run_id, whole.id)
    )
    assert epochs[: len(wanted)] == wanted


def workers(app: Server) -> list[psutil.Process]:
    """The server's training processes."""
    return [child for child in app.children() if "core.runs.worker" in child.cmdline()]


def test_start_and_watch_to_the_end(
    app: Server, store: Store, whole: Run, page: Page, figure: Callable[[str], None]
) -> None:
    button = ready(app, page, EPOCHS)
    page.wait_for_function("window.Plotly")  # while people read what the page offers
    page.evaluate(STOPWATCH)
    button.click()
    milliseconds = page.evaluate("() => window.firstPoint")
    figure(f"from click to first point on the curve: {milliseconds:.0f} ms")
    assert milliseconds < 20_000  # the figure is for an idle machine, this for a busy one
    chart = loss_chart(page)
    state(page, "finished")
    run_id = page.url.split("run=")[1]
    assert_same_numbers(store, run_id, whole)
    curve = history.loss_curve(store.database, run_id, since=0, total_steps=whole.step, ended=True)
    loss_chart(page, len(curve.steps))
    assert_whole(store, run_id, chart)
    assert chart.get_attribute("data-plots") == "1"
    expect(page.get_by_test_id("stMetricValue")).to_have_text(f"{100 * (whole.best_val_accuracy or 0):.1f} %")
    expect(page.get_by_text(f"Epoch {EPOCHS} of {EPOCHS}")).to_be_visible()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)


def test_a_run_that_goes_on_is_zoomed_into_reloaded_and_watched_by_a_stranger_whose_own_waits_in_line(
    app: Server, store: Store, page: Page, new_page: NewPage
) -> None:
    run_id = start(app, page, LONG)
    state(page, "running")
    zoom_stays_and_nothing_flickers(page)
    stranger = new_page()
    reload_and_a_stranger_get_all_past_points_and_then_live(store, run_id, page, stranger)
    a_second_run_waits_in_line_and_starts_after_the_first(page, stranger)


def zoom_stays_and_nothing_flickers(page: Page) -> None:
    chart = loss_chart(page, 20)
    drag(page, chart)
    zoomed = view(chart)
    page.evaluate(WATCH_FLICKER)
    wait_for_ticks(chart, 4)
    assert view(chart) == zoomed
    assert page.evaluate("() => window.removed") == []
    assert chart.get_attribute("data-plots") == "1"


def reload_and_a_stranger_get_all_past_points_and_then_live(
    store: Store, run_id: str, page: Page, stranger: Page
) -> None:
    before = len(steps(loss_chart(page)))
    page.reload()
    stranger.goto(page.url)
    for tab in (page, stranger):
        chart = loss_chart(tab, before)
        wait_for_ticks(chart, 2)
        assert_whole(store, run_id, chart)
    expect(stranger.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()  # the cookie says whose it is


def a_second_run_waits_in_line_and_starts_after_the_first(page: Page, stranger: Page) -> None:
    first = page.url
    stranger.get_by_role("button", name="Change and train again").click()
    stranger.get_by_role("button", name="Train", exact=True).click()
    state(stranger, "waiting")
    assert stranger.url != first
    expect(stranger.get_by_text("Your run is next.")).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    state(stranger, "running")
    loss_chart(stranger)


def test_a_run_that_is_stopped_and_killed_twice_ends_with_the_numbers_of_one_that_nobody_interrupted(
    app: Server, store: Store, whole: Run, page: Page, problems: Problems
) -> None:
    run_id = start(app, page, 2 * EPOCHS)
    stopped_within_two_seconds_it_goes_on_when_resumed(store, run_id, page)
    goes_on_by_itself_after_its_process_was_killed(app, store, run_id)
    goes_on_with_the_next_server_after_its_own_was_killed(app, store, run_id, problems)
    state(page, "finished")  # in the tab that was open all the while
    assert store.get(run_id).attempt == 4
    assert_same_numbers(store, run_id, whole)
    assert_whole(store, run_id, loss_chart(page))


def stopped_within_two_seconds_it_goes_on_when_resumed(store: Store, run_id: str, page: Page) -> None:
    wait(store, run_id, lambda run: run.step > 100)
    page.get_by_role("button", name="Stop", exact=True).click()
    asked = wait(store, run_id, lambda run: run.stop_requested_at is not None).stop_requested_at or 0
    state(page, "stopped")
    stopped = store.get(run_id)
    print(f"from the request to stop to the end: {(stopped.finished_at or 0) - asked:.2f} s")
    assert (stopped.finished_at or 0) - asked < 2
    assert stopped.step < (stopped.total_steps or 0), "this test needs a run that is stopped before its end"
    assert_whole(store, run_id, loss_chart(page))
    page.get_by_role("button", name="Resume").click()
    wait(store, run_id, lambda run: run.step > stopped.step + 100)


def goes_on_by_itself_after_its_process_was_killed(app: Server, store: Store, run_id: str) -> None:
    for worker in workers(app):
        worker.send_signal(signal.SIGKILL)
    wait(store, run_id, lambda run: run.attempt == 3)
    begun = store.get(run_id).step
    assert not wait(store, run_id, lambda run: run.step > begun + 100).ended


def goes_on_with_the_next_server_after_its_own_was_killed(
    app: Server, store: Store, run_id: str, problems: Problems
) -> None:
    problems.allow_lost_connection()
    problems.allow("reaching server endpoint")
    left = workers(app)
    assert left
    app.kill()
    _gone, alive = psutil.wait_procs(left, timeout=LIMIT)
    assert alive == [], "a training process outlived its server"
    assert not store.get(run_id).ended, "this test needs a run that is killed before its end"
    app.start()


def test_wrong_settings_are_reported_with_their_remedy_and_keep_the_button_from_being_pressed(
    app: Server, page: Page
) -> None:
    button = ready(app, page, 2)
    rate = page.get_by_label("Learning rate", exact=True)
    rate.fill("0")
    rate.press("Enter")
    expect(page.get_by_text("Learning rate is 0. Choose a value above 0.").first).to_be_visible()
    expect(button).to_be_disabled()
    rate.fill("0.1")
    rate.press("Enter")
    expect(button).to_be_enabled()
    expect(page).to_have_url(re.compile(r"[?&]optimizer\.lr=0\.1(&|$)"))
    delete_the_last_layer(page)
    expect(page.get_by_text("The output of the last layer is 64, but there are 10 classes.")).to_be_visible()
    expect(button).to_be_disabled()
    page.go_back()
    expect(button).to_be_enabled()


def delete_the_last_layer(page: Page) -> None:
    table = page.get_by_test_id("stDataFrame")
    expect(table).to_be_visible()
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    row = box["height"] / 8  # a head, six layers, and an empty row for a new one
    page.mouse.click(box["x"] + 16, box["y"] + 6.5 * row)
    page.get_by_role("button", name="Delete row(s)").click()


def paste(field: Locator, text: str) -> None:
    """Replace what a field holds, as with the keys of the clipboard."""
    field.select_text()
    field.evaluate(
        """(field, text) => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            const options = { clipboardData: data, bubbles: true, cancelable: true };
            field.dispatchEvent(new ClipboardEvent("paste", options));
        }""",
        text,
    )


def test_a_number_never_becomes_another_one(app: Server, page: Page) -> None:
    ready(app, page, EPOCHS)
    rate, epochs = (page.get_by_role("spinbutton", name=name) for name in ("Learning rate", "Epochs"))
    rate.select_text()
    rate.press_sequentially("0,005")
    rate.press("Enter")
    expect(page).to_have_url(re.compile(r"optimizer\.lr=0\.005"))
    for written, value in ((" 0,02 ", "0.02"), ("1\u00a0000,5", "1000.5"), ("1.234,5", "1234.5"), ("0.003", "0.003")):
        paste(rate, written)
        expect(rate).to_have_value(value)
    rate.press("Enter")
    expect(page).to_have_url(re.compile(r"optimizer\.lr=0\.003"))
    paste(epochs, "1 000")
    expect(epochs).to_have_value("1000")
    for field, written in ((epochs, "1.000"), (epochs, "2,5"), (rate, "1,000"), (rate, "many")):
        before = field.input_value()
        paste(field, written)
        expect(field).to_have_value(before)
        assert told(field), written
    for typed in ("2,5", "1.000"):
        epochs.select_text()
        epochs.press_sequentially(typed)
        expect(epochs).to_have_value(typed[0])
        assert told(epochs) == "This needs a whole number, without a point or comma. Write a thousand as 1000."
        epochs.press("Backspace")
        assert not told(epochs)
    epochs.press_sequentially("12")
    epochs.press("Enter")
    expect(page).to_have_url(re.compile("epochs=12"))


def told(field: Locator) -> str:
    """What the browser says beside the field."""
    return str(field.evaluate("field => field.validationMessage"))
