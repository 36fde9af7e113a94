"""Device, threads and precision of a run."""

import torch
from torch import nn

from core import environment
from core.config import Backbone, RunConfig
from core.errors import Problem
from core.messages import say

# A perceptron is fastest with one thread: several wait for each other, especially beside a browser and other runs.
# A convolution has enough work for two.
PERCEPTRON_THREADS = 1
CONVOLUTION_THREADS = 2


def choose_device(config: RunConfig) -> torch.device:
    """The device of this run. The configuration must have no `problems`."""
    if config.device != "auto":
        return torch.device(config.device)
    available = _available()
    return torch.device(next(name for name in ("cuda", "mps", "cpu") if available[name]))


def problems(config: RunConfig) -> list[Problem]:
    """The problem, if this machine doesn't have the chosen device."""
    if config.device == "auto" or _available()[config.device]:
        return []
    message = say("This machine has no {device} device. Choose Auto or CPU.", device=config.device)
    return [Problem("device", message)]


def _available() -> dict[str, bool]:
    return {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}


def use_threads(config: RunConfig) -> None:
    """Set the threads of this process. A run always has the same number, since it decides the last digits of sums."""
    torch.set_num_threads(threads(config))


def threads(config: RunConfig) -> int:
    """The number of threads of a run on this machine."""
    return min(config.threads or _threads(config), environment.processors())


def _threads(config: RunConfig) -> int:
    if isinstance(config.model, Backbone):
        return environment.processors()
    return CONVOLUTION_THREADS if config.convolves else PERCEPTRON_THREADS


def precision(config: RunConfig, device: torch.device) -> str:
    """float32 or bfloat16. Auto is bfloat16 for torchvision's networks if the device supports it, else float32."""
    if config.precision != "auto":
        return config.precision
    return "bfloat16" if isinstance(config.model, Backbone) and _computes_bfloat16(device) else "float32"


def _computes_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    can = torch.cpu.get_capabilities()
    return device.type == "cpu" and bool(can.get("avx512_bf16") or can.get("amx_bf16") or can.get("bf16"))


def arrange(model: nn.Module, config: RunConfig, device: torch.device) -> None:
    """Use the channels-last memory format where that is faster.

    On CPUs it makes a step a tenth (mnist-cnn-8x8) to a third faster. Tiny layers gain nothing.
    """
    if isinstance(config.model, Backbone) or (device.type == "cpu" and config.convolves):
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # its stub leaves it out
