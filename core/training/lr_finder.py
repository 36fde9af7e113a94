"""Searches for a learning rate with a short training in which the learning rate grows at every step.

At first the steps are too small and the loss stays the same. Then it falls, and in the end it explodes. A good rate is
one at which the loss falls, well below the rate at which it explodes (L. N. Smith, "Cyclical Learning Rates", 2017).
"""

import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import chain, count
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.config import from_json
from core.errors import RunError
from core.messages import say
from core.progress import Progress
from core.storage import write_text
from core.training import run_files

if TYPE_CHECKING:  # reading a result needs no torch
    import torch

    from core.training.loop import Trainer

LOWEST, HIGHEST = 1e-6, 10.0
STEPS, FEWEST_STEPS = 300, 60
SECONDS = 20.0  # the rough duration of the search: slow steps make it use fewer of them
SMOOTHING = 0.8  # share of the running average that is kept at each step
EXPLODED = 4.0  # the search ends when the loss is this many times its lowest value
CUT_OFF = 1.0  # losses are clipped to this many times the first loss
FALLEN = 0.05  # the loss must fall by this share of the first loss for a suggestion


@dataclass(frozen=True)
class Search:
    """The rates that were tried, the loss at each, and the suggested rate. None if the loss never fell."""

    rates: list[float]
    losses: list[float]
    suggestion: float | None


def find(run_id: str, config_json: str) -> Iterator[Progress]:
    """Search for this configuration and save the result in the run's folder.

    Raises:
        DataError: the images are gone.
    """
    from core.data import datasets
    from core.training import device
    from core.training.loop import Trainer

    config = from_json(config_json)
    yield from datasets.prepare(config.data)
    device.use_threads(config)
    where = device.choose_device(config)
    tried: list[tuple[float, float]] = []
    trainer = Trainer(config, datasets.load(config.data), where)
    yield from trainer.compute_features()
    for rate, loss, fraction in sweep(trainer):
        tried.append((rate, loss))
        yield Progress(say("Trying learning rate {rate}", rate=f"{rate:.1e}"), fraction)
    rates, losses = [rate for rate, _ in tried], [loss for _, loss in tried]
    if len(tried) < 2:
        raise RunError(say("The loss is no number at the smallest rate already. Look at the data and the network."))
    _keep(run_id, Search(rates, losses, suggest(rates, losses)))


def sweep(trainer: "Trainer") -> Iterator[tuple[float, float, float]]:
    """Train with a growing rate. Yields the rate, the loss before the step, and the share of the search done (0..1).

    Uses the training loop's own step. Ends at the highest rate, or when the loss explodes.
    """
    batches = chain.from_iterable(trainer.batches.epoch(number=number) for number in count())
    trainer.train_mode()
    for _warming in range(2):  # the first step of a process takes longer
        began = time.perf_counter()
        _step(trainer, next(batches), LOWEST)
    seconds = time.perf_counter() - began
    steps = int(min(STEPS, max(FEWEST_STEPS, SECONDS / max(seconds, 1e-6))))
    average = lowest = math.inf
    for number in range(steps):
        rate = LOWEST * (HIGHEST / LOWEST) ** (number / (steps - 1))
        loss = _step(trainer, next(batches), rate)
        if not math.isfinite(loss):
            return
        yield rate, loss, (number + 1) / steps
        average = loss if math.isinf(average) else SMOOTHING * average + (1 - SMOOTHING) * loss
        lowest = min(lowest, average)
        if average > EXPLODED * lowest:
            return


def _step(trainer: "Trainer", batch: "tuple[torch.Tensor, torch.Tensor]", rate: float) -> float:
    """Do one training step at this rate. Returns the loss before it."""
    for group in trainer.optimizer.param_groups:
        group["lr"] = rate
    _outputs, loss = trainer.training_step(batch)
    return float(loss.detach())


def smoothed(losses: list[float]) -> NDArray[np.float64]:
    """The running average of the losses, forwards and backwards, so that it has no delay.

    High losses are clipped. Otherwise an explosion at the end would raise the average at the minimum.
    """
    values = np.minimum(losses, CUT_OFF * losses[0])
    return (_averages(values) + _averages(values[::-1])[::-1]) / 2


def _averages(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    averages = np.empty_like(losses)
    average = losses[0]
    for place, loss in enumerate(losses):
        average = SMOOTHING * average + (1 - SMOOTHING) * loss
        averages[place] = average
    return averages


def suggest(rates: list[float], losses: list[float]) -> float | None:
    """The rate at which the loss falls fastest, at most a third of the rate at which it is lowest. Two digits."""
    curve = smoothed(losses)
    bottom = int(curve.argmin())
    if bottom < 2 or curve[0] - curve[bottom] < FALLEN * abs(curve[0]):
        return None
    slope = np.gradient(curve[: bottom + 1], np.log(rates[: bottom + 1]))
    return float(f"{min(rates[int(slope.argmin())], rates[bottom] / 3):.1e}")


def kept(run_id: str) -> Search | None:
    """The saved result of a search. None if there is none."""
    try:
        return Search(**json.loads(run_files.learning_rates(run_id).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def _keep(run_id: str, found: Search) -> None:
    write_text(run_files.learning_rates(run_id), json.dumps(asdict(found)))
