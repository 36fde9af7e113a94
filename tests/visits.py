"""Visits without a browser: what it says to the server when a page is opened, and what the server keeps of them."""

import json
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from tests.browser.conftest import ROOT, Server

LIMIT = 60.0  # seconds, on a busy machine
PAGES = ("", "Data", "Train", "Runs", "Activations", "Predict", "Gradient_Descent", "Class")
# Put beside the server's own modules: at a signal it says how many sessions are in its memory, and how many of these
# Streamlit keeps for two minutes, for a browser that lost its connection.
_COUNTER = """
import gc, json, os, pathlib, signal

def count(*_):
    from streamlit import runtime
    from streamlit.runtime.app_session import AppSession
    gc.collect()
    sessions = sum(isinstance(one, AppSession) for one in gc.get_objects())
    kept = len(runtime.get_instance()._session_mgr._session_storage.list())
    target = pathlib.Path(os.environ["SESSIONS_FILE"])
    target.with_suffix(".new").write_text(json.dumps([sessions, kept]))
    target.with_suffix(".new").replace(target)

signal.signal(signal.SIGUSR1, count)
"""


_LOOP = 3  # open files of a session's event loop


@dataclass(frozen=True)
class Kept:
    """What a server has open and in memory."""

    files: int  # open, without those of `resumable`
    threads: int
    sessions: int  # all that are in memory
    resumable: int  # those of them that Streamlit keeps for a lost connection
    bytes: int  # resident, without mapped files


class CountingServer(Server):
    """The app, which also says what it keeps of its visitors."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self._answer = folder / "sessions"
        (folder / "sitecustomize.py").write_text(_COUNTER)
        paths = {"PYTHONPATH": f"{folder}:{ROOT}", "SESSIONS_FILE": str(self._answer)}
        super().__init__(ROOT / "streamlit_app.py", folder, env={**env, **paths})

    def kept(self) -> Kept:
        """What it has open and in memory now."""
        assert self.process
        self._answer.unlink(missing_ok=True)
        os.kill(self.process.pid, signal.SIGUSR1)
        deadline = time.monotonic() + LIMIT
        while not self._answer.exists():
            assert time.monotonic() < deadline, "the server doesn't answer"
            time.sleep(0.02)
        sessions, resumable = json.loads(self._answer.read_text())
        process = psutil.Process(self.process.pid)
        memory = process.memory_info()
        files = process.num_fds() - _LOOP * resumable
        return Kept(files, process.num_threads(), sessions, resumable, memory.rss - memory.shared)


def visit(server: Server, page: str, *, hurry: bool = False) -> None:
    """Open a page and leave once it is drawn; in a `hurry` before that."""
    address = server.url("/_stcore/stream").replace("http:", "ws:")
    with connect(address, subprotocols=["streamlit"], max_size=None, open_timeout=LIMIT) as socket:  # type: ignore[list-item]
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = ""
        socket.send(message.SerializeToString())
        answer = ForwardMsg()
        while not hurry and answer.WhichOneof("type") != "script_finished":
            answer.ParseFromString(socket.recv(timeout=LIMIT))
