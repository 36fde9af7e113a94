"""The page that is sent first, and files that are sent compressed."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from pages.components.shell import compression
from pages.components.shell.compression import Compressed
from pages.components.shell.index_page import IndexPage, address_of, page, preferred_language
from pages.components.shell.menu import MENU

HTML = {"accept": "text/html,*/*"}


async def answer(request: Request) -> Response:
    """As Streamlit does: its page for every address, unchanged since the last visit, but other answers for data."""
    name = request.url.path
    if name == "/data":
        return JSONResponse({"some": "data"})
    if name == "/missing":
        return HTMLResponse("not found", status_code=404)
    if "if-none-match" in request.headers:
        return Response(status_code=304)
    return HTMLResponse("Streamlit's own page") if not name.endswith(".js") else PlainTextResponse("as it is")


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    static = tmp_path / "static"
    (static / "widgets").mkdir(parents=True)
    (static / "widgets" / "chart.123.js").write_text("let a = 1;" * 100)
    (tmp_path / "secret.js").write_text("secret")
    monkeypatch.setattr(compression, "STATIC", static)
    routes = [Route("/{path:path}", answer)]
    app = Starlette(routes=routes, middleware=[Middleware(Compressed), Middleware(IndexPage)])
    with TestClient(app) as client:
        yield client


def test_every_page_begins_with_the_menu_and_what_is_waited_for(client: TestClient) -> None:
    sent = client.get("/Train", headers=HTML | {"if-none-match": "old"}).text
    for file, label in MENU.items():
        assert f'<a href="./{address_of(file)}">{label}</a>' in sent
    assert "The page is loading." in sent
    assert "<title>Torch Classroom</title>" in sent
    assert "Streamlit's own page" not in sent


def test_streamlit_s_page_has_all_that_is_replaced_in_it() -> None:
    sent = page("en").decode()
    assert 'lang="en"' in sent
    assert "./favicon.png" not in sent
    assert sent.index('<div id="root"></div>') > sent.index("<style>")
    assert sent.count("classroom-frame") >= 2, "the frame and its style"


@pytest.mark.parametrize("path", ["/data", "/missing"])
def test_other_answers_stay_as_they_are(client: TestClient, path: str) -> None:
    assert "The page is loading." not in client.get(path, headers=HTML).text


def test_who_asks_for_no_page_gets_none(client: TestClient) -> None:
    assert client.get("/Train", headers={"accept": "application/json"}).text == "Streamlit's own page"


def test_a_script_is_sent_compressed_and_kept_for_good(client: TestClient) -> None:
    sent = client.get("/app/static/widgets/chart.123.js")
    assert sent.headers["content-encoding"] == "gzip"
    assert "immutable" in sent.headers["cache-control"]
    assert sent.text == "let a = 1;" * 100
    assert int(sent.headers["content-length"]) < 100


@pytest.mark.parametrize(
    "path",
    ["/app/static/../secret.js", "/app/static/%2e%2e/secret.js", "/app/static//etc/x.js", "/app/static/missing.js"],
)
def test_a_path_outside_is_left_to_the_app(client: TestClient, path: str) -> None:
    assert client.get(path).text == "as it is"


def test_a_browser_that_can_t_unpack_gets_the_file_from_the_app(client: TestClient) -> None:
    sent = client.get("/app/static/widgets/chart.123.js", headers={"accept-encoding": "identity"})
    assert sent.text == "as it is"


def test_a_page_is_compressed_where_the_browser_takes_it(client: TestClient) -> None:
    with client.stream("GET", "/Train", headers=HTML | {"accept-encoding": "gzip"}) as sent:
        packed = b"".join(sent.iter_raw())
    assert b"The page is loading." in gzip.decompress(packed)


@pytest.mark.parametrize(
    ("accepted", "language"), [("", "en"), ("en-GB,en;q=0.9", "en"), ("xx,en", "en"), ("../../x", "en")]
)
def test_the_first_known_language_is_taken(accepted: str, language: str) -> None:
    assert preferred_language(accepted) == language
