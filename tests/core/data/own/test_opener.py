"""Single images are opened by a child process."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from core.data.own import opener
from core.data.own.images import decode
from core.data.own.opener import Opener
from core.errors import DataError
from tests.core.data.own.pictures import as_file, huge_png, jpeg, scene, turned


@pytest.fixture(autouse=True)
def alone() -> None:
    """No child of the tests before waits."""
    opener.OPENER.close()


@pytest.fixture
def opens(alone: None) -> Iterator[Opener]:
    made = Opener(processes=1)
    yield made
    made.close()


def children() -> list[psutil.Process]:
    found = []
    for one in psutil.Process().children():
        with suppress(psutil.Error):  # it ends just now
            if opener.MODULE in one.cmdline():
                found.append(one)
    return found


@pytest.mark.parametrize(
    "file",
    [
        jpeg(1, 900, 600),
        as_file(scene(50, 40), "PNG"),
        as_file(scene(300, 400), "JPEG", exif=turned(6)),
        as_file(Image.new("RGBA", (60, 700), (200, 10, 10, 90)), "PNG"),
    ],
    ids=["large", "small", "turned", "long and transparent"],
)
def test_an_image_is_the_very_one_that_decoding_here_gives(opens: Opener, file: bytes) -> None:
    assert np.array_equal(np.asarray(opens.open(file, 256)), np.asarray(decode(file, 256).image))


@pytest.mark.parametrize("file", [b"", b"no image", huge_png(), jpeg()[:300]], ids=["empty", "text", "huge", "cut"])
def test_what_cannot_be_opened_is_told_as_before_and_the_child_goes_on(opens: Opener, file: bytes) -> None:
    opens.open(jpeg(), 64)
    (before,) = children()
    with pytest.raises(DataError) as told:
        opens.open(file, 64)
    with pytest.raises(DataError) as expected:
        decode(file, 64)
    assert str(told.value) == str(expected.value)
    opens.open(jpeg(), 64)
    assert children() == [before]


def test_a_child_that_dies_or_hangs_costs_one_image(opens: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opener, "SILENT_SECONDS", 0.5)
    opens.open(jpeg(), 64)
    (child,) = children()
    child.send_signal(signal.SIGSTOP)
    with pytest.raises(DataError, match="takes too long to decode, or crashes"):
        opens.open(jpeg(), 64)
    assert not children()
    monkeypatch.undo()
    opens.open(jpeg(), 64)
    os.kill(children()[0].pid, signal.SIGKILL)
    time.sleep(0.1)
    assert opens.open(jpeg(), 64).size == (40, 30)  # one that died while it waited costs none


def test_an_idle_child_ends() -> None:
    opens = Opener(processes=1, idle_seconds=0.3)
    opens.open(jpeg(), 64)
    assert len(children()) == 1
    deadline = time.monotonic() + 10
    while children() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not children()


def test_visitors_at_once_share_the_children(opens: Opener) -> None:
    with ThreadPoolExecutor(5) as visitors:
        sizes = list(visitors.map(lambda seed: opens.open(jpeg(seed, 400, 300), 256).size, range(10)))
    assert sizes == [(341, 256)] * 10
    assert len(children()) == 1


def test_the_largest_picture_costs_this_process_nothing_and_the_child_little(opens: Opener) -> None:
    see_through = Image.new("RGBA", (5_000, 5_000), (200, 10, 10, 90))
    large = as_file(see_through, "PNG", compress_level=1)
    del see_through
    opens.open(jpeg(), 256)
    Path("/proc/self/clear_refs").write_text("5")
    before = psutil.Process().memory_info().rss
    assert opens.open(large, 256).size == (256, 256)
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    assert int(status["VmHWM"].split()[0]) * 1024 - before < 5e6
    (child,) = children()
    assert child.memory_info().rss < 150e6
