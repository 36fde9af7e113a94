"""Two thousand pictures from several phones into one set: none is lost, and the server's memory doesn't grow."""

import json
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from core.data.own import gathering
from pages.components.shell.identity import COOKIE, owner_at
from tests.browser.conftest import ROOT, Server
from tests.core.data.own.pictures import jpeg

pytestmark = pytest.mark.benchmark

OWNER = {COOKIE: "o" * 32}
PHONES, BATCH = 4, 10


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    started = Server(ROOT / "streamlit_app.py", tmp_path)
    monkeypatch.setenv("STATE_DIR", str(started.state))
    started.start()
    yield started
    started.end()


def send(server: Server, phone: int, key: str, category: str, files: list[bytes]) -> None:
    """One batch, again and again until it is taken, as the page does."""
    listed = [[secrets.token_hex(12), len(data)] for data in files]
    header = json.dumps({"class": category, "pictures": listed}).encode()
    body = len(header).to_bytes(4, "little") + header + b"".join(files)
    headers = {"Cookie": f"{COOKIE}={str(phone) * 32}", "X-Set-Key": key}
    while True:
        try:
            urllib.request.urlopen(urllib.request.Request(server.url("/gather/pictures"), body, headers), timeout=60)
        except urllib.error.HTTPError as refused:
            if refused.code not in (429, 503):
                raise
            time.sleep(0.5)
        else:
            return


def test_two_thousand_pictures_arrive_and_memory_stays_flat(server: Server, figure: Callable[[str], None]) -> None:
    owner = owner_at(OWNER)
    classes = [gathering.add_class(owner, f"class {number}").id for number in range(10)]
    key = gathering.let_others_add(owner)
    pictures = [jpeg(seed, 256, 256) for seed in range(BATCH)]
    for phone in range(PHONES):  # whatever is made once
        send(server, phone, key, classes[0], pictures[:1])
    assert server.process
    process = psutil.Process(server.process.pid)
    before, began = process.memory_info().rss, time.monotonic()
    batches = [category for category in classes for _ in range(gathering.PICTURES // BATCH)]
    batches = batches[1:]  # the first class has four already
    with ThreadPoolExecutor(PHONES) as phones:
        list(
            phones.map(
                lambda at: send(server, at[0] % PHONES, key, at[1], pictures), enumerate(batches), chunksize=PHONES
            )
        )
    seconds, grown = time.monotonic() - began, process.memory_info().rss - before
    assert gathering.of(owner).pictures == BATCH * len(batches) + PHONES
    figure(
        f"gathering: {BATCH * len(batches)} pictures from {PHONES} phones in {seconds:.0f} s, "
        f"the server's memory {grown / 1e6:+.1f} MB"
    )
    assert grown < 30e6
