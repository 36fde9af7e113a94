"""The child process of `core.activations.speed`, which measures activation functions.

`python -m core.activations.timing '{"rows": 100, "columns": 150, "rounds": 30}'` prints one JSON line a round,
`{"done": 3, "of": 30}`, and a `Measurement` as its last line. It ends when its standard input closes, so it can't
outlive its parent.

The comparison is fair: every function gets the same inputs; each round measures every function once, in a new order, so
that disturbances affect all of them; the first rounds, in which memory and caches fill up, don't count; and a ratio
compares times of the same round. ReLU is measured twice, as baseline and as a normal function. Its distance from 1
shows the noise of all ratios.
"""

import gc
import itertools
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import torch
from torch import nn

from core import environment
from core.activations.modules import make_activation
from core.activations.speed import BASELINE, Measure, Measurement, Spread, Timing, Workload
from core.child import end_with_parent
from core.config import ACTIVATIONS, Activation

WARM_UP = 3  # rounds that don't count
# A sample repeats its call until it has processed about this many values, or this many times.
VALUES_PER_SAMPLE, CALLS_PER_SAMPLE = 300_000, 20

Task = tuple[Measure, str]  # (what is measured, which function)


def sampled(
    tasks: Mapping[Task, Callable[[], object]],
    rounds: int,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> Iterator[dict[Task, float]]:
    """Run every task once in each round, in random order. Yields their times in microseconds, without warm-up "
    "rounds."""
    order = list(tasks)
    shuffle = random.Random(0).shuffle
    for number in range(-WARM_UP, rounds):
        shuffle(order)
        times = {}
        for task in order:
            begin = clock()
            tasks[task]()
            times[task] = (clock() - begin) / 1e3
        if number >= 0:
            yield times


def timings(samples: list[dict[Task, float]], calls: Mapping[Measure, int]) -> dict[Measure, dict[str, Timing]]:
    """Quartiles of the time of one call and of its ratio to ReLU, by measure and function.

    `calls` is the number of calls in a sample of each measure.
    """
    table: dict[Measure, dict[str, Timing]] = {measure: {} for measure in calls}
    for measure, kind in samples[0]:
        if kind == BASELINE:
            continue
        times = [sample[measure, kind] for sample in samples]
        ratios = [sample[measure, kind] / sample[measure, BASELINE] for sample in samples]
        table[measure][kind] = Timing(
            microseconds=_spread([time / calls[measure] for time in times]), ratio=_spread(ratios)
        )
    return table


def _spread(values: list[float]) -> Spread:
    low, middle, high = statistics.quantiles(values, method="inclusive")
    return Spread(low=low, middle=middle, high=high)


def layer_tasks(work: Workload, device: torch.device, calls: int) -> dict[Task, Callable[[], object]]:
    """Each function on `rows` × `columns` values: forward, and forward with backward."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(work.rows, work.columns, generator=generator).to(device)
    leaf = x.clone().requires_grad_()
    upstream = torch.ones_like(x)
    tasks: dict[Task, Callable[[], object]] = {}
    for kind in _contestants():
        module = _module(kind).to(device)
        tasks["forward", kind] = _repeat(calls, device, partial(_forward, module, x))
        tasks["both", kind] = _repeat(calls, device, partial(_both, module, leaf, upstream))
    return tasks


def step_tasks(device: torch.device) -> dict[Task, Callable[[], object]]:
    """A whole training step of the three-hidden-layer perceptron 784 → 150 → 150 → 150 → 10 on a batch of 100."""
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(100, 784, generator=generator).to(device)
    labels = torch.randint(10, (100,), generator=generator).to(device)
    tasks: dict[Task, Callable[[], object]] = {}
    for kind in _contestants():
        torch.manual_seed(0)
        sizes = [784, 150, 150, 150]
        hidden = [layer for m, n in itertools.pairwise(sizes) for layer in (nn.Linear(m, n), _module(kind))]
        network = nn.Sequential(*hidden, nn.Linear(150, 10)).to(device)
        optimizer = torch.optim.SGD(network.parameters(), lr=0.02)
        tasks["step", kind] = _repeat(1, device, partial(_step, network, optimizer, images, labels))
    return tasks


def _contestants() -> list[str]:
    return [*ACTIVATIONS, BASELINE]


def _module(kind: str) -> nn.Module:
    return make_activation(Activation(kind="relu" if kind == BASELINE else kind))


def _repeat(calls: int, device: torch.device, call: Callable[[], object]) -> Callable[[], object]:
    """Repeat a call and wait until the device has finished."""

    def run() -> None:
        for _ in range(calls):
            call()
        if device.type == "cuda":
            torch.cuda.synchronize()
        elif device.type == "mps":
            torch.mps.synchronize()

    return run


def _forward(module: nn.Module, x: torch.Tensor) -> None:
    with torch.no_grad():
        module(x)


def _both(module: nn.Module, leaf: torch.Tensor, upstream: torch.Tensor) -> None:
    leaf.grad = None
    module.zero_grad(set_to_none=True)
    module(leaf).backward(upstream)


def _step(network: nn.Module, optimizer: torch.optim.Optimizer, images: torch.Tensor, labels: torch.Tensor) -> None:
    optimizer.zero_grad()
    nn.functional.cross_entropy(network(images), labels).backward()
    optimizer.step()


def measurement(work: Workload) -> Iterator[tuple[int, Measurement | None]]:
    """Measure. Yields (rounds done, None), and at the end (rounds, measurement)."""
    # One thread is disturbed less by other work, and small layers use only one anyway.
    torch.set_num_threads(1)
    device = _device()
    calls = max(1, min(CALLS_PER_SAMPLE, VALUES_PER_SAMPLE // (work.rows * work.columns)))
    tasks = layer_tasks(work, device, calls) | step_tasks(device)
    samples: list[dict[Task, float]] = []
    yield 0, None
    gc.disable()
    for times in sampled(tasks, work.rounds):
        samples.append(times)
        yield len(samples), None
    result = Measurement(
        work=work,
        measured_at=datetime.now(UTC),
        device=_device_name(device),
        threads=torch.get_num_threads(),
        torch_version=torch.__version__,
        timings=timings(samples, {"forward": calls, "both": calls, "step": 1}),
    )
    yield work.rounds, result


def _device() -> torch.device:
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return processor_name() if device.type == "cpu" else "Apple GPU"


def processor_name() -> str:
    """The model name of the processor, or at least its architecture."""
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def main() -> None:
    environment.set_up_logging()
    end_with_parent()
    work = Workload.model_validate_json(sys.argv[1])
    for done, result in measurement(work):
        line = result.model_dump_json() if result else f'{{"done": {done}, "of": {work.rounds}}}'
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
