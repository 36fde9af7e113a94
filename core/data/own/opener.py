"""Single images, decoded and made smaller by a child process with a memory limit of its own.

A picture of 25 megapixels takes 440 MB while it is decoded. In the web server, five visitors at once would take 2 GB,
of which much never comes back. The child starts with the first image, waits for further ones, and ends when none came
for a while. Where there are more images than children, they wait for each other.
"""

import faulthandler
import json
import os
import sys
import threading
import time
from typing import IO

from PIL import Image

from core import environment
from core.child import Child, limit_memory
from core.data.own.decoders import CRASHED, READY, SECONDS, SILENT_SECONDS, START_SECONDS, receive, send
from core.data.own.images import MAX_BYTES, decode
from core.errors import DataError
from core.messages import Message, as_json, as_message, say

PROCESSES = max(1, min(4, environment.processors() - 1))  # one processor is left for everybody else
IDLE_SECONDS = 60.0
MEMORY = 2**30  # bytes of address space of one child
MODULE = "core.data.own.opener"


class Opener:
    """A few children that open images, warm for a while. Safe to use from several threads."""

    def __init__(self, processes: int = PROCESSES, idle_seconds: float = IDLE_SECONDS) -> None:
        self._idle_seconds = idle_seconds
        self._free = threading.BoundedSemaphore(processes)
        self._lock = threading.Lock()
        self._idle: list[tuple[float, Child]] = []  # since when
        self._timed = False  # whether a timer waits to end them: one is enough, however many images come

    def open(self, data: bytes, side: int) -> Image.Image:
        """The image in a file's bytes, as `images.decode` gives it. Raises DataError."""
        if len(data) > MAX_BYTES:
            limit = MAX_BYTES // 2**20
            raise DataError(say("The file is larger than {limit} MB. Make the image smaller.", limit=limit))
        with self._free:
            child = self._take()
            try:
                answer = _asked(child, data, side)
            except (EOFError, OSError):
                child.close()
                raise DataError(CRASHED) from None
            except BaseException:
                child.close()
                raise
            self._put(child)
        if isinstance(answer, Message):
            raise DataError(answer)
        return answer

    def close(self) -> None:
        """End the children that wait."""
        self._end_idle(0)

    def _take(self) -> Child:
        with self._lock:
            while self._idle:
                _since, child = self._idle.pop()
                if child.alive:
                    return child
                child.close()
        return _started()

    def _put(self, child: Child) -> None:
        with self._lock:
            self._idle.append((time.monotonic(), child))
            if not self._timed:
                self._look_again()

    def _look_again(self) -> None:
        self._timed = True
        timer = threading.Timer(self._idle_seconds, self._look)
        timer.daemon = True
        timer.start()

    def _look(self) -> None:
        self._end_idle(self._idle_seconds)
        with self._lock:
            self._timed = False
            if self._idle:
                self._look_again()

    def _end_idle(self, seconds: float) -> None:
        """End the children that had nothing to do for so long."""
        with self._lock:
            now = time.monotonic()
            for since, child in tuple(self._idle):
                if now - since >= seconds:
                    self._idle.remove((since, child))
                    child.close()


OPENER = Opener()


def _started() -> Child:
    child = Child(MODULE, env={"OPENBLAS_NUM_THREADS": "1"})
    with child.within(START_SECONDS):
        ready = child.output.read(1) == READY
    if not ready:
        child.close()
        raise RuntimeError("A process that opens images doesn't start. What it wrote to the log says why.")
    return child


def _asked(child: Child, data: bytes, side: int) -> Image.Image | Message:
    """The image, or why there is none. Raises EOFError or OSError where the child ends."""
    with child.within(SILENT_SECONDS):
        child.input.write(side.to_bytes(4, "little"))
        send(child.input, data)
        child.input.flush()
        about = json.loads(receive(child.output))
        if "error" in about:
            return as_message(about["error"])
        return Image.frombytes("RGB", (about["width"], about["height"]), receive(child.output))


# --- in the child -------------------------------------------------------------------------------------------------


def _serve(source: IO[bytes], sink: IO[bytes]) -> None:
    """Answer until the parent is gone."""
    with open(os.devnull, "w") as nowhere:
        while side := int.from_bytes(source.read(4), "little"):
            data = receive(source)
            faulthandler.dump_traceback_later(SECONDS, exit=True, file=nowhere)
            for message in _answer(data, side):
                send(sink, message)
            sink.flush()
            faulthandler.cancel_dump_traceback_later()


def _answer(data: bytes, side: int) -> list[bytes]:
    """What there is to know of the image and its pixels, or why it can't be opened."""
    try:
        image = decode(data, side).image
    except DataError as error:
        return [json.dumps({"error": as_json(error.message)}).encode()]
    return [json.dumps({"width": image.width, "height": image.height}).encode(), image.tobytes()]


def main() -> None:
    """Open what comes through standard input: `python -m core.data.own.opener`."""
    environment.set_up_logging()
    limit_memory(MEMORY)
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    try:
        _serve(sys.stdin.buffer, sys.stdout.buffer)
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        os._exit(0)  # the parent has gone: nothing to tidy, and nobody to tell


if __name__ == "__main__":
    main()
