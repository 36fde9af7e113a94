"""What training a network really takes, measured in a process of its own.

python -m tests.benchmarks.memory < configurations, a line of JSON each

prints the bytes by which each made its process larger than it was after its warming up, a line each.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import torch

from core.config import RunConfig, from_json
from core.data import catalog
from core.data.datasets import ImageData, ImageSet
from core.runs.queue import TUNED
from core.training import checkpoint, memory
from core.training.device import use_threads
from core.training.loop import Trainer
from core.training.records import EpochRecord

ROOT = Path(__file__).parents[2]
STATUS = Path("/proc/self/status")


def measured(configs: Iterable[RunConfig]) -> list[int]:
    """Bytes that training each of these takes, in the environment of a training process."""
    command = [sys.executable, "-m", "tests.benchmarks.memory"]
    lines = "\n".join(config.to_json() for config in configs)
    done = subprocess.run(
        command, cwd=ROOT, env=TUNED | os.environ, input=lines, stdout=subprocess.PIPE, text=True, check=True
    )
    return [int(line) for line in done.stdout.splitlines()]


def kilobytes(name: str) -> int:
    """A figure of this process, such as VmRSS."""
    return next(int(line.split()[1]) for line in STATUS.read_text().splitlines() if line.startswith(f"{name}:"))


def train(config: RunConfig) -> int:
    """Bytes of memory that two epochs of one batch took beyond what there was before."""
    use_threads(config)
    data = images(config)
    Path("/proc/self/clear_refs").write_text("5")  # the highest so far is forgotten
    before = kilobytes("VmRSS")
    trainer = Trainer(config, data, torch.device("cpu"))
    for record in trainer.records():
        if isinstance(record, EpochRecord):
            checkpoint.save(trainer, "measured")
    return (kilobytes("VmHWM") - before) * 1024


def images(config: RunConfig) -> ImageData:
    """Random images for one batch of training and one of validation."""
    known = catalog.info(config.data.dataset)
    shape = (known.channels, *[catalog.full_size(config.data)] * 2)
    validation = memory.validation_batch_size(config, len(known.classes))
    parts = []
    for number in (config.batch_size, validation):
        pixels = torch.randint(0, 256, (number, *shape), dtype=torch.uint8)
        parts.append(ImageSet(pixels, torch.arange(number) % len(known.classes)))
    return ImageData(parts[0], parts[1], known.classes)


def main() -> None:
    """Each configuration in a fork of this process, which has imported PyTorch and computed nothing yet."""
    for line in sys.stdin.read().splitlines():
        sys.stdout.flush()
        if not (child := os.fork()):
            from core.runs.worker import warm_up

            warm_up()
            print(train(from_json(line)), flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            sys.exit(f"failed: {line}")


if __name__ == "__main__":
    main()
