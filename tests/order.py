"""In which order and in which process tests run.

The modes of pytest-xdist 3.8 don't do it with pytest 9.2: `loadfile` starts a server and a Chromium in each process
that gets a file of the browser's, and `loadgroup` spreads the tests of one group over processes.
"""

import pytest
from xdist.scheduler import LoadScopeScheduling

LONG = (  # beside the browser's
    "test_recipes", "test_transfer", "test_queue", "test_handin",
    "test_timing", "test_loop", "test_predict", "test_train", "test_snapshots",
)  # fmt: skip


def turn(test: str) -> int:
    """The place of a test, such as "tests/core/test_x.py::test_y", in the order of all."""
    if _in_browser(test):
        return 0
    return 1 if _file(test) in LONG else 2


class Together(LoadScopeScheduling):  # type: ignore[misc]  # which has no types
    """The tests of a file share a process and so what it prepares; those of a browser also across files."""

    def __init__(self, config: pytest.Config, log: object) -> None:
        config.option.loadscopereorder = False  # they are in order already
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if _in_browser(nodeid) else nodeid.split("::", maxsplit=1)[0]


def _in_browser(test: str) -> bool:
    return "browser/" in test.split("::", maxsplit=1)[0]


def _file(test: str) -> str:
    return test.split("::", maxsplit=1)[0].rpartition("/")[2].removesuffix(".py")
