"""How the threads of a training process wait for each other: awake on a quiet machine, asleep beside other work.

A step of a small convolution is dozens of parallel pieces, each of a tenth of a millisecond. Threads that stay awake
between them ("spin") make mnist-cnn-8x8 a quarter faster. Beside one busy process, they make it three times slower:
each waits for another that isn't even running.

libgomp, which runs PyTorch's threads on Linux, lets them spin as often as GOMP_SPINCOUNT says, but hardly at all as
long as a process has more OpenMP threads than there are processors (its manual, GOMP_SPINCOUNT). So this process holds
a few idle threads while others need the processors, and lets them go when they don't. No number changes by it: the
threads that compute stay the same.
"""

import threading
import time
from contextlib import suppress
from pathlib import Path

import torch

from core import environment

THREADS = Path("/proc/self/task")  # Linux's; elsewhere there is no libgomp
LOOK_SECONDS = 0.25
CALM_SECONDS = 1.0  # so long it must be quiet before threads stay awake again
# Seconds a second that all threads together wait for a processor. Measured on two processors, whether threads spin or
# sleep: alone 0.02; beside a process that is busy for 5 % of the time 0.07, for 30 % 0.2, always 0.5 to 0.8. Spinning
# is faster up to 30 %.
CROWDED = 0.35


class Patience:
    """Whether threads sleep while they wait. They stay awake at first."""

    def __init__(self) -> None:
        self._release: threading.Event | None = None

    @property
    def sleeping(self) -> bool:
        """Whether they sleep."""
        return self._release is not None

    def sleep(self) -> None:
        """Let them sleep."""
        if self._release is None:
            self._release, ready = threading.Event(), threading.Event()
            threading.Thread(target=_hold_threads, args=(ready, self._release), daemon=True).start()
            ready.wait()

    def wake(self) -> None:
        """Let them stay awake."""
        if self._release is not None:
            self._release.set()
            self._release = None

    def decide(self, waited: float, calm_seconds: float) -> None:
        """By the share of the time that was waited for a processor, and how long that has been small."""
        if waited > CROWDED:
            self.sleep()
        elif calm_seconds >= CALM_SECONDS:
            self.wake()


def watch() -> None:
    """Decide again and again, in the background, for as long as this process lives."""
    if waits := _waits():
        threading.Thread(target=_watch, args=(Patience(), waits), daemon=True).start()
    elif THREADS.exists():  # nobody can say whether it is quiet
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
    """Nanoseconds that each thread has been ready to run without a processor (Linux's sched-stats documentation)."""
    found = {}
    for thread in THREADS.glob("*/schedstat"):
        with suppress(OSError):  # it ended just now
            found[str(thread)] = int(thread.read_text().split()[1])
    return found


def _hold_threads(ready: threading.Event, release: threading.Event) -> None:
    """Have as many OpenMP threads as there are processors, beside those that compute, until `release`."""
    threads = torch.get_num_threads()
    torch.set_num_threads(environment.processors())
    torch.ones(1_000_000).add_(1)  # large enough for all of them: they are made now, and end with this thread
    torch.set_num_threads(threads)
    ready.set()
    release.wait()
