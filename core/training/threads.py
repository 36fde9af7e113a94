"""Decides how the threads of a training process wait for each other: awake on a quiet machine, asleep on a busy one.

A step of a small convolution has dozens of parallel pieces of a tenth of a millisecond. Threads that stay awake
between them ("spin") make mnist-cnn-8x8 a quarter faster. Beside one busy process, spinning makes it three times
slower, because threads wait for others that aren't running.

On Linux, libgomp runs PyTorch's threads. They spin as long as GOMP_SPINCOUNT allows, but hardly at all while the
process has more OpenMP threads than there are processors (see libgomp's manual, GOMP_SPINCOUNT). So this process holds
some idle threads while other processes need the processors, and releases them afterwards. This doesn't change any
result: the same threads compute.
"""

import threading
import time
from contextlib import suppress
from pathlib import Path

import torch

from core import environment

THREADS = Path("/proc/self/task")  # on Linux; other systems have no libgomp
LOOK_SECONDS = 0.25
CALM_SECONDS = 1.0  # how long it must be quiet before threads stay awake again
# Seconds per second that all threads together wait for a processor. Measured on two processors: 0.02 alone; beside a
# process that is busy 5 % of the time 0.07, 30 % of it 0.2, all of it 0.5 to 0.8. Spinning is faster up to 30 %.
CROWDED = 0.35


class Patience:
    """Switches between sleeping and spinning threads. They spin at first."""

    def __init__(self) -> None:
        self._release: threading.Event | None = None

    @property
    def sleeping(self) -> bool:
        """Whether waiting threads sleep."""
        return self._release is not None

    def sleep(self) -> None:
        """Let waiting threads sleep."""
        if self._release is None:
            self._release, ready = threading.Event(), threading.Event()
            threading.Thread(target=_hold_threads, args=(ready, self._release), daemon=True).start()
            ready.wait()

    def wake(self) -> None:
        """Let waiting threads spin."""
        if self._release is not None:
            self._release.set()
            self._release = None

    def decide(self, waited: float, calm_seconds: float) -> None:
        """Switch according to the time that threads wait for a processor, and how long it has been short."""
        if waited > CROWDED:
            self.sleep()
        elif calm_seconds >= CALM_SECONDS:
            self.wake()


def watch() -> None:
    """Start a background thread that decides four times a second."""
    if waits := _waits():
        threading.Thread(target=_watch, args=(Patience(), waits), daemon=True).start()
    elif THREADS.exists():  # the waiting time can't be measured
        Patience().sleep()


def _watch(patience: Patience, before: dict[str, int]) -> None:
    calm, looked = 0.0, time.monotonic()
    while True:
        time.sleep(LOOK_SECONDS)
        now = time.monotonic()
        seconds, looked = now - looked, now
        waits = _waits()
        waited = sum(total - before.get(thread, 0) for thread, total in waits.items()) / 1e9 / seconds
        before = waits
        calm = 0.0 if waited > CROWDED else calm + seconds
        patience.decide(waited, calm)


def _waits() -> dict[str, int]:
    """Nanoseconds that each thread has waited for a processor (see Linux's documentation of schedstat)."""
    found = {}
    for thread in THREADS.glob("*/schedstat"):
        with suppress(OSError):  # the thread has just ended
            found[str(thread)] = int(thread.read_text().split()[1])
    return found


def _hold_threads(ready: threading.Event, release: threading.Event) -> None:
    """Hold as many additional OpenMP threads as there are processors, until `release` is set."""
    threads = torch.get_num_threads()
    torch.set_num_threads(environment.processors())
    torch.ones(1_000_000).add_(1)  # large enough to start all of them; they end with this thread
    torch.set_num_threads(threads)
    ready.set()
    release.wait()
