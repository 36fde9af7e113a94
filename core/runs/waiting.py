"""How the threads of a training process wait for each other: awake on a quiet machine, asleep beside other work.

A step of a small convolution is dozens of parallel pieces, each of a tenth of a millisecond. Threads that stay awake
between them ("spin") make lesson 5 a quarter faster. Beside one busy process, though, they make it three times slower:
each waits for another that isn't even running.

libgomp, which runs PyTorch's threads on Linux, lets them spin as often as GOMP_SPINCOUNT says, but hardly at all as
long as a process has more OpenMP threads than there are processors (its manual, GOMP_SPINCOUNT). So this process holds
a few idle threads while others need the processors, and lets them go when they don't. No number changes by it: the
threads that compute stay the same.
"""

import threading
import time

import torch

from core import environment

try:
    import resource
except ImportError:  # Windows has neither this nor libgomp
    resource = None  # type: ignore[assignment]

LOOK_SECONDS = 0.25
CALM_SECONDS = 1.0  # so long it must be quiet before threads stay awake again
# How often a second the system takes the processor away. Measured on two: alone 20 to 80 times; beside a busy process
# 200 times where threads spin, 2,400 times where they sleep.
CROWDED = 130.0


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

    def decide(self, interruptions: float, calm_seconds: float) -> None:
        """By how often a second the processor was taken away, and how long that has been seldom."""
        if interruptions > CROWDED:
            self.sleep()
        elif calm_seconds >= CALM_SECONDS:
            self.wake()


def watch() -> None:
    """Decide again and again, in the background, for as long as this process lives."""
    if resource is not None:
        threading.Thread(target=_watch, args=(Patience(),), daemon=True).start()


def _watch(patience: Patience) -> None:
    seen, calm = _interruptions(), 0.0
    while True:
        time.sleep(LOOK_SECONDS)
        rate = (_interruptions() - seen) / LOOK_SECONDS
        seen = _interruptions()
        calm = 0.0 if rate > CROWDED else calm + LOOK_SECONDS
        patience.decide(rate, calm)


def _interruptions() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def _hold_threads(ready: threading.Event, release: threading.Event) -> None:
    """Have as many OpenMP threads as there are processors, beside those that compute, until `release`."""
    threads = torch.get_num_threads()
    torch.set_num_threads(environment.processors())
    torch.ones(1_000_000).add_(1)  # large enough for all of them: they are made now, and end with this thread
    torch.set_num_threads(threads)
    ready.set()
    release.wait()
