"""Decodes images in child processes, on all cores. A file that crashes a decoder does no other harm.

Threads don't help with small photos, because Pillow holds the GIL most of the time, which would also block the pages. A
child reads from its standard input and ends when that closes, so none outlives the app. It writes pixels to its own
file and answers with JSON, which can't run code in the app.
"""

import faulthandler
import hashlib
import itertools
import json
import os
import queue
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from PIL import Image

from core import environment
from core.child import Child, limit_memory
from core.data.own.images import Trait, decode
from core.errors import DataError
from core.messages import Message, as_json, as_message, say

THUMBNAIL = 16  # height and width in pixels
SECONDS = 30  # one file may take so long; then its child ends itself
SILENT_SECONDS = SECONDS + 5  # a child that can't even do that is killed
START_SECONDS = 60
MEMORY = 2 * 2**30  # bytes of address space of one child: 25 megapixels with transparency need about 0.5 GB
MODULE = "core.data.own.decoders"


@dataclass(frozen=True)
class Picture:
    """A decoded file. Its pixels, uint8 [height, width, 3], are in file number `shard`, from byte `offset` on."""

    shard: int
    offset: int
    height: int
    width: int
    original: tuple[int, int]  # height and width before scaling
    traits: Trait
    sha256: bytes  # of the file
    thumbnail: bytes  # uint8 [16, 16], grey, to find similar images


Answer = Picture | Message  # or the reason why it can't be decoded


class Decoders:
    """A pool of decoding processes. Use it as a context manager, which ends them."""

    def __init__(self, folder: Path, side: int, files: int) -> None:
        """Args:
        folder: The children write their pixels to `shard(folder, number)`.
        side: See `images.decode`.
        files: The approximate number of files, which limits the number of processes.
        """
        self.processes = min(environment.processors(), 1 + files // 16)
        self._folder = folder
        self._side = side
        self._threads = ThreadPoolExecutor(self.processes, thread_name_prefix="decoder")
        self._idle: queue.SimpleQueue[_Child] = queue.SimpleQueue()
        self._children: list[_Child] = []
        self._numbers = itertools.count()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        for child in tuple(self._children):
            child.kill()  # which wakes the threads that wait for them
        self._threads.shutdown(wait=True, cancel_futures=True)
        for child in self._children:
            child.close()

    def submit(self, files: Sequence[bytes]) -> "Future[list[Answer]]":
        """Decode files one after the other in one child."""
        return self._threads.submit(self._decode, files)

    def _decode(self, files: Sequence[bytes]) -> list[Answer]:
        answers: list[Answer] = []
        while len(answers) < len(files) and not self._closed:
            child = self._child()
            try:
                answers.extend(child.decode(files[len(answers) :]))
                self._idle.put(child)
            except _DiedError as died:
                answers += died.answers
                answers.append(CRASHED)
                child.kill()
        return answers

    def _child(self) -> "_Child":
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            child = _Child(self._folder, next(self._numbers), self._side)
            self._children.append(child)
            if self._closed:
                child.kill()
            return child


def shard(folder: Path, number: int) -> Path:
    """The file of pixels of decoder `number`."""
    return folder / f"pixels-{number}.bin"


def cannot_store(reason: str | None) -> DataError:
    """The error if the images can't be written."""
    return DataError(
        say("The images can't be saved ({reason}). Free some disk space and try again.", reason=reason or "")
    )


READY = b"+"
CRASHED = say("The image takes too long to decode, or crashes the decoder. Save it again with another program.")


class _DiedError(Exception):
    """A child ended before it had decoded all files."""

    def __init__(self, answers: list[Answer]) -> None:
        super().__init__()
        self.answers = answers


class _Child:
    """One decoding process."""

    def __init__(self, folder: Path, number: int, side: int) -> None:
        self._number = number
        shard(folder, number).touch()
        self._process = Child(MODULE, str(shard(folder, number)), str(side), env={"OPENBLAS_NUM_THREADS": "1"})
        with self._process.within(START_SECONDS):
            ready = self._process.output.read(1) == READY
        if not ready:
            self.close()
            raise RuntimeError("A decoding process doesn't start. See the log for its output.")

    def decode(self, files: Sequence[bytes]) -> list[Answer]:
        """Decode files. Raises _DiedError, and DataError if the pixels can't be written."""
        answers: list[Answer] = []
        sink, source = self._process.input, self._process.output
        try:
            with self._process.within(SILENT_SECONDS):
                sink.write(len(files).to_bytes(4, "little"))
                for data in files:
                    send(sink, data)
                sink.flush()
            while len(answers) < len(files):
                with self._process.within(SILENT_SECONDS):
                    answer = receive(source)
                answers.append(self._answer(json.loads(answer)))
        except (EOFError, OSError):
            raise _DiedError(answers) from None
        return answers

    def _answer(self, about: dict[str, Any]) -> Answer:
        if "full" in about:
            raise cannot_store(about["full"])
        if "error" in about:
            return as_message(about["error"])
        return Picture(
            shard=self._number,
            offset=about["offset"],
            height=about["height"],
            width=about["width"],
            original=(about["original"][0], about["original"][1]),
            traits=Trait(about["traits"]),
            sha256=bytes.fromhex(about["sha256"]),
            thumbnail=bytes.fromhex(about["thumbnail"]),
        )

    def kill(self) -> None:
        self._process.process.kill()

    def close(self) -> None:
        """Leave nothing of a child."""
        self._process.close()


def send(pipe: IO[bytes], data: bytes) -> None:
    """Write one message."""
    pipe.write(len(data).to_bytes(4, "little"))
    pipe.write(data)


def receive(pipe: IO[bytes]) -> bytes:
    """Read one message. Raises EOFError if the stream ends."""
    size = int.from_bytes(_exactly(pipe, 4), "little")
    return _exactly(pipe, size)


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data


# --- in the child -------------------------------------------------------------------------------------------------


def _serve(source: IO[bytes], sink: IO[bytes], pixels: IO[bytes], side: int) -> None:
    """Decode files until the parent is gone."""
    with open(os.devnull, "w") as nowhere:
        while True:
            count = int.from_bytes(_exactly(source, 4), "little")
            for data in [receive(source) for _ in range(count)]:
                faulthandler.dump_traceback_later(SECONDS, exit=True, file=nowhere)
                send(sink, json.dumps(_about(data, pixels, side)).encode())
                sink.flush()  # before the next file, which may be the one that ends this process
                faulthandler.cancel_dump_traceback_later()


def _about(data: bytes, pixels: IO[bytes], side: int) -> dict[str, object]:
    """Decode one file and write its pixels. Returns its index entry, or the reason why it can't be decoded."""
    try:
        decoded = decode(data, side)
    except DataError as error:
        return {"error": as_json(error.message)}
    image = decoded.image
    try:
        offset = pixels.tell()
        pixels.write(image.tobytes())
        pixels.flush()
    except OSError as error:
        return {"full": error.strerror}
    small = image.resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX).convert("L")
    return {
        "offset": offset,
        "height": image.height,
        "width": image.width,
        "original": (decoded.height, decoded.width),
        "traits": int(decoded.traits),
        "sha256": hashlib.sha256(data).hexdigest(),
        "thumbnail": small.tobytes().hex(),
    }


def main() -> None:
    """Decode files from standard input: `python -m core.data.own.decoders PIXELS SIDE`."""
    environment.set_up_logging()
    limit_memory(MEMORY)
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    try:
        with open(sys.argv[1], "wb") as pixels:
            _serve(sys.stdin.buffer, sys.stdout.buffer, pixels, int(sys.argv[2]))
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        os._exit(0)  # the parent is gone


if __name__ == "__main__":
    main()
