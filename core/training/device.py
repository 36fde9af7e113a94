"""Where to compute, and with how many threads."""

import torch

from core import environment
from core.config import RunConfig
from core.errors import Problem
from core.words import say

# A perceptron is fastest with one thread: more wait for each other, the more so beside a browser and other runs.
# A convolution is enough work for two.
PERCEPTRON_THREADS = 1
CONVOLUTION_THREADS = 2


def choose_device(config: RunConfig) -> torch.device:
    """The device of this run, which must have no `problems`."""
    if config.device != "auto":
        return torch.device(config.device)
    available = _available()
    return torch.device(next(name for name in ("cuda", "mps", "cpu") if available[name]))


def problems(config: RunConfig) -> list[Problem]:
    """Why this run can't compute where it wants to."""
    if config.device == "auto" or _available()[config.device]:
        return []
    message = say("This machine has no {device} device. Choose auto or cpu.", device=config.device)
    return [Problem("device", message)]


def _available() -> dict[str, bool]:
    return {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}


def use_threads(config: RunConfig) -> None:
    """Set this process's threads. The same number each time, since it decides the last digits of a sum."""
    convolves = any(layer.kind == "conv2d" for layer in config.model.layers)
    threads = CONVOLUTION_THREADS if convolves else PERCEPTRON_THREADS
    torch.set_num_threads(min(config.threads or threads, environment.processors()))
