"""A visitor without a browser: speaks to the server as Streamlit's page does, and costs next to nothing here."""

import threading
import time
from urllib.parse import quote

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

LIMIT = 120.0  # seconds for one answer, on a busy machine


class Session:
    """An open page, whose timers run as in a browser until `close`.

    `secret` is the visitor's, as the cookie has it: 32 letters.
    """

    def __init__(self, url: str, secret: str, page: str, **query: str) -> None:
        self._address, self._page, self._query = url, page, query
        self._socket = connect(
            f"ws{url.removeprefix('http')}_stcore/stream",
            additional_headers={"Cookie": f"torch_classroom={secret}"},
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
        )
        self._sending = threading.Lock()
        self._finished = threading.Condition()
        self._answers = 0
        self._buttons: dict[str, str] = {}  # label → id
        self._timers: dict[str, float] = {}  # fragment → its interval in seconds
        self._due: dict[str, float] = {}  # fragment → when it runs next, by the monotonic clock
        threading.Thread(target=self._listen, daemon=True).start()
        self.seconds = self._run()  # until the page was there

    def press(self, label: str) -> None:
        """Press the button with this label. Returns at once."""
        message = self._message()
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.trigger_value = self._buttons[label], True
        self._send(message)

    def update(self) -> float:
        """Have the page's first timed part drawn again. Returns the seconds that it took."""
        return self._run(next(iter(self._timers)))

    def keep_alive(self, done: threading.Event) -> None:
        """Have all timed parts drawn when they are due, as a browser does."""
        while not done.wait(0.1):
            now = time.monotonic()
            for fragment in [one for one, due in list(self._due.items()) if due <= now]:
                self._due[fragment] = now + self._timers.get(fragment, LIMIT)
                self._send(self._message(fragment))

    def close(self) -> None:
        """Leave."""
        self._socket.close()

    def _run(self, fragment: str = "") -> float:
        began = time.perf_counter()
        with self._finished:
            before = self._answers
        self._send(self._message(fragment))
        with self._finished:
            assert self._finished.wait_for(lambda: self._answers > before, LIMIT), "no answer"
        return time.perf_counter() - began

    def _message(self, fragment: str = "") -> BackMsg:
        query = "&".join(f"{name}={quote(value)}" for name, value in self._query.items())
        message = BackMsg()
        message.rerun_script.query_string = query
        message.rerun_script.page_name = self._page
        message.rerun_script.context_info.url = f"{self._address}{self._page}"
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = bool(fragment)
        return message

    def _send(self, message: BackMsg) -> None:
        with self._sending:
            self._socket.send(message.SerializeToString())

    def _listen(self) -> None:
        try:
            for content in self._socket:
                message = ForwardMsg()
                message.ParseFromString(content if isinstance(content, bytes) else content.encode())
                self._take(message)
        except ConnectionClosed:
            return

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session" and not message.new_session.fragment_ids_this_run:
            self._timers.clear()
            self._due.clear()
        elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "button":
            button = message.delta.new_element.button
            self._buttons[button.label] = button.id
        elif kind == "auto_rerun":
            self._timers[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            self._due[message.auto_rerun.fragment_id] = time.monotonic() + message.auto_rerun.interval
        elif kind == "page_info_changed":
            self._query = dict(
                part.split("=", 1) for part in message.page_info_changed.query_string.split("&") if "=" in part
            )
        elif kind == "script_finished":
            with self._finished:
                self._answers += 1
                self._finished.notify_all()
