"""Child processes: Python modules of this project that end with whoever started them.

A child's standard input is a pipe that nobody else holds: it closes with the parent, whatever kills the parent. The
child notices by `ParentLines` or `end_with_parent`, so none is left behind.
"""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

_ROOT = Path(__file__).parents[1]


class Child:
    """A process that runs `python -m module`. `input` is its standard input, `output` what it prints."""

    def __init__(
        self,
        module: str,
        *arguments: str,
        answers: bool = True,
        env: Mapping[str, str] | None = None,
        errors: IO[bytes] | None = None,
    ) -> None:
        """Args:
        answers: Whether somebody reads what it prints; otherwise that goes where this process's output goes.
        env: Added to this process's environment.
        errors: Where its standard error goes; by default where this process's goes.
        """
        self._started = time.monotonic()
        paths = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if answers else None,
            stderr=errors,
            env={**os.environ, **(env or {}), "PYTHONPATH": paths},
        )

    @property
    def input(self) -> IO[bytes]:
        """What it reads."""
        assert self.process.stdin
        return self.process.stdin

    @property
    def output(self) -> IO[bytes]:
        """What it prints, of one that `answers`."""
        assert self.process.stdout
        return self.process.stdout

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    @property
    def age(self) -> float:
        """Seconds since its start."""
        return time.monotonic() - self._started

    def send(self, command: Mapping[str, Any]) -> None:
        """Write a line of JSON to it. `alive` tells whether the process was still there."""
        try:
            self.input.write(json.dumps(command).encode() + b"\n")
            self.input.flush()
        except BrokenPipeError:
            self.kill()

    def lines(self) -> Iterator[dict[str, Any]]:
        """The lines of JSON that it prints, until it ends."""
        for line in self.output:
            yield json.loads(line)

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Kill it if the block takes longer: whoever reads from a hung process then reads its end."""
        timer = threading.Timer(seconds, self.process.kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def kill(self) -> None:
        """End it at once, also one that is stopped, and wait until nothing is left of it."""
        self.process.kill()
        self.process.wait()
        with suppress(BrokenPipeError):  # what was still to be sent has no reader
            self.input.close()

    def close(self) -> None:
        """Kill it, and close what it printed, too. Not while another thread still reads that."""
        self.kill()
        if self.process.stdout:
            self.process.stdout.close()


# --- in the child -------------------------------------------------------------------------------------------------


class ParentLines:
    """Standard input, read in a thread, so that its end is noticed in the middle of the work on a line."""

    def __init__(self, grace: float) -> None:
        """Args:
        grace: Seconds that the work in hand gets after the parent has gone; then this process ends.
        """
        self.closed = threading.Event()
        self._grace = grace
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def __iter__(self) -> Iterator[str]:
        """Each line as it comes, until the input closes."""
        while (line := self._lines.get()) is not None:
            yield line

    def _read(self) -> None:
        # os.read, not sys.stdin: a buffered reader that still waits would crash the interpreter at exit.
        pending = b""
        while data := os.read(0, 4096):
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                self._lines.put(line.decode())
        self.closed.set()
        self._lines.put(None)
        time.sleep(self._grace)
        os._exit(1)


def end_with_parent() -> None:
    """From now on, end this process at once when its standard input closes."""
    ParentLines(grace=0)


def limit_memory(most_bytes: int) -> None:
    """Refuse this process more address space than so much, so that no input makes the machine swap."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = most_bytes if hard == resource.RLIM_INFINITY else min(most_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
