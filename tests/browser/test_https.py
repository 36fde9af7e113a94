"""Behind a proxy that speaks https, as on a school's server: the cookie is bound to this host, and the pages live."""

import asyncio
import ssl
import subprocess
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from pages.components.shell.identity import COOKIE, SECURE_COOKIE
from tests.browser.conftest import LIMIT, Server, StartServer, settled

PLATFORM = "https://moodle.example"  # another site, which shows the app in a frame


@pytest.fixture(scope="module")
def server(start_server: StartServer) -> Server:
    return start_server(env={"EMBED_FROM": PLATFORM})


@pytest.fixture
def https(server: Server, tmp_path: Path) -> Iterator[str]:
    """The address of the app over https."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    made = f"openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -days 1 -keyout {key} -out {certificate}"
    subprocess.run(made.split(), check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def done(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(timeout=10)

    proxy = done(asyncio.start_server(to(server.port), "127.0.0.1", 0, ssl=context))
    yield f"https://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
    proxy.close()
    done(ended())
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def to(port: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]:
    """What a proxy does with each connection: pass on what comes, both ways."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", port)
        ways = [asyncio.create_task(passed(*way)) for way in ((reader, server_writer), (server_reader, writer))]
        with suppress(asyncio.CancelledError):  # the test ends
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        server_writer.close()
        writer.close()

    return connected


async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()


async def ended() -> None:
    """End all connections."""
    ours = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in ours:
        task.cancel()
    await asyncio.gather(*ours, return_exceptions=True)


def cookies(context: BrowserContext) -> dict[str, dict[str, Any]]:
    """The app's cookies, by the site that shows it."""
    found: list[dict[str, Any]] = [dict(cookie) for cookie in context.cookies()]
    return {cookie["partitionKey"]: cookie for cookie in found if cookie["name"] == SECURE_COOKIE}


def test_the_cookie_is_bound_to_this_host_and_lives_in_a_platforms_frame(
    https: str, launch: Callable[..., Browser]
) -> None:
    # Of a platform on the internet, Chromium asks before it shows something of this machine.
    chromium = launch("--disable-features=LocalNetworkAccessChecks")
    context = chromium.new_context(ignore_https_errors=True, locale="en-US")
    context.set_default_timeout(2e3 * LIMIT)
    page = context.new_page()
    page.goto(https)
    page.wait_for_function(f"document.cookie.includes('{SECURE_COOKIE}')")
    [cookie] = cookies(context).values()
    assert (cookie["secure"], cookie["sameSite"], cookie["path"]) == (True, "None", "/")
    assert COOKIE not in {one["name"] for one in context.cookies()}, "another host could set this one"
    page.get_by_role("button", name="Train it yourself").click()  # over a websocket through the proxy
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()
    page.reload()
    settled(page)
    assert cookies(context)[https.rpartition(":")[0]]["value"] == cookie["value"], "it was known again"

    frame = f'<link rel="icon" href="data:,"><iframe src="{https}" width="1200" height="800"></iframe>'
    context.route(f"{PLATFORM}/**", lambda route: route.fulfill(content_type="text/html", body=frame))
    page.goto(f"{PLATFORM}/lesson")
    inside = page.frame_locator("iframe")
    expect(inside.get_by_role("button", name="Train it yourself")).to_be_visible()
    page.wait_for_timeout(1_000)
    mine = cookies(context)[PLATFORM]
    assert mine["value"] != cookie["value"], "what a platform shows can't be joined with visits elsewhere"
    page.reload()
    expect(inside.get_by_role("button", name="Train it yourself")).to_be_visible()
    expect(inside.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    assert cookies(context)[PLATFORM]["value"] == mine["value"], "the frame's visitor was known again"
    chromium.close()
