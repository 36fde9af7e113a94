"""The training loop: an iterator of records.

    trainer = Trainer(config, data, device)
    for record in trainer.records():
        ...             # LossRecord several times a second, EpochRecord after each epoch, one EndRecord;
                        # where the configuration says so, a ProbeRecord before the training and after each epoch

The caller writes, shows or stops; the loop knows nothing of it. Between two records `trainer.state_dict()` holds all
that is needed to go on: the run continues with the very same numbers.
"""

import math
import time
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

import torch
from torch import nn

from core.config import RunConfig
from core.data.batches import Batch, Cut, Randomness, training_batches, validation_batches
from core.data.datasets import ImageData
from core.errors import ConfigError
from core.models import network
from core.progress import Progress
from core.training import features, last_batch, transfer
from core.training.device import arrange, precision
from core.training.losses import LOSSES
from core.training.optim import Schedule, make_optimizer
from core.training.probe import Probe
from core.training.records import EndReason, EndRecord, EpochRecord, LossRecord, ProbeRecord, Record

# A record of losses at least this often. On CUDA it is the only time the loop waits for the device.
RECORD_SECONDS = 0.2
# The first one comes sooner: someone waits for it.
FIRST_RECORD_SECONDS = 0.05


class Sums:
    """Loss and hits so far in an epoch. What the device knows of the last steps waits there until it is fetched."""

    def __init__(self, loss: float = 0.0, hits: int = 0, images: int = 0) -> None:
        self.loss = loss  # of all images; the mean is exact to more digits than anyone prints
        self.hits = hits
        self.images = images
        self._waiting: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []  # mean loss, outputs and labels

    def add(self, outputs: torch.Tensor, labels: torch.Tensor, loss: torch.Tensor) -> None:
        """Count one batch whose mean loss is `loss`, without waiting for the device."""
        self._waiting.append((loss.detach(), outputs.detach(), labels))
        self.images += len(labels)

    def fetch(self) -> list[float]:
        """The mean losses of the batches since the last call, which from now on are in the sums."""
        if not self._waiting:
            return []
        losses, outputs, labels = zip(*self._waiting, strict=True)
        self._waiting.clear()
        fetched: list[float] = torch.stack(losses).tolist()
        for loss, batch in zip(fetched, labels, strict=True):
            self.loss += loss * len(batch)
        self.hits += int((torch.cat(outputs).argmax(1) == torch.cat(labels)).sum())
        return fetched

    def means(self) -> tuple[float, float]:
        """Mean loss and accuracy."""
        self.fetch()
        return self.loss / self.images, self.hits / self.images

    def state_dict(self) -> dict[str, Any]:
        """What `Sums(**state)` needs to go on. Nothing may wait."""
        assert not self._waiting
        return {"loss": self.loss, "hits": self.hits, "images": self.images}


@dataclass
class Position:
    """Where a run stands: what a checkpoint must remember beside weights and generators."""

    epoch: int = 0  # finished epochs
    batch: int = 0  # finished batches of the current epoch
    step: int = 0  # finished steps of the run
    seconds: float = 0.0  # of training
    best_epoch: int | None = None
    best_val_accuracy: float = -1.0
    diverged: bool = False
    ended: bool = False


class Trainer:
    """One run, from its first step or from where a checkpoint left it."""

    def __init__(self, config: RunConfig, data: ImageData, device: torch.device) -> None:
        if found := last_batch.problems(config, len(data.train)):
            raise ConfigError(found)
        torch.manual_seed(config.seed)
        self.config = config
        self.device = device
        self.classes = data.classes
        # Built on the CPU, so that the same seed gives the same weights on every device.
        self.model = network.build(config, len(data.classes))
        transfer.begin(self.model, config)
        self.model.to(device)
        arrange(self.model, config, device)
        self.criterion = LOSSES[config.loss]
        self.optimizer = make_optimizer(config, (one for one in self.model.parameters() if one.requires_grad))
        self.random = Randomness.of(config.seed)
        self.batches: Cut = training_batches(config, data.train, device, self.random)
        self.validation: Cut = validation_batches(config, data.validation, device)
        self.schedule = Schedule(config, self.optimizer, len(self.batches))
        self.position = Position()
        self.best_weights: dict[str, torch.Tensor] | None = None
        self._sums = Sums()
        self._order_state = self.random.order.get_state()  # as it was when the current epoch began
        self._since = time.perf_counter()
        self._probe = Probe(config, self.model, self.validation) if config.probe else None
        self._learner: nn.Module = self.model  # what a batch passes through
        self._data: ImageData | None = data if features.useful(config, self.model) else None

    @property
    def total_steps(self) -> int:
        """Steps in all epochs."""
        return self.config.epochs * len(self.batches)

    @property
    def images_seen(self) -> int:
        """Training images seen so far, each as often as it was seen."""
        return self.position.epoch * len(self.batches.labels) + self._sums.images

    def prepare(self) -> Iterator[Progress]:
        """Compute what is computed once for all epochs. `records` does it where nobody asked for the progress.

        Raises:
            RunError: what was computed can't be kept.
        """
        if self._data is None:
            return
        began = time.perf_counter()
        frozen = features.Frozen(self.config, self.model, self.device, self._autocast())
        validation = yield from frozen.validation(self._data.validation)
        self.batches = yield from frozen.training(self._data.train, self.batches.generator)
        self.validation = validation
        self._learner = network.tail(self.config, self.model) or self.model
        self._data = None
        self.position.seconds += time.perf_counter() - began

    def records(self) -> Iterator[Record]:
        """Train to the end, telling what happens."""
        for _progress in self.prepare():
            pass
        self._since = time.perf_counter()
        if self.position.step == 0:
            yield from self._look_inside(0)
        while not self.position.ended:
            if reason := self._reason_to_end():
                yield self._end(reason)
                return
            for record in self._train_epoch():
                finite = list(takewhile(math.isfinite, record.losses))
                self.position.diverged = len(finite) < len(record.losses)
                yield replace(record, losses=finite)
                if self.position.diverged:
                    break
            else:
                # Before the epoch counts as finished: a run interrupted between the two tells both again.
                yield from self._look_inside(self.position.epoch + 1)
                yield self._finish_epoch()

    def _reason_to_end(self) -> EndReason | None:
        """Asked before every epoch, and so also by a run that goes on exactly where its last one ended."""
        position, patience = self.position, self.config.early_stopping
        if position.diverged:
            return "diverged"
        if position.epoch >= self.config.epochs:
            return "finished"
        if patience is not None and position.epoch - (position.best_epoch or 0) >= patience:
            return "stopped_early"
        return None

    def _train_epoch(self) -> Iterator[LossRecord]:
        """The rest of the current epoch."""
        self.train_mode()
        self._order_state = self.random.order.get_state()
        due = time.perf_counter() + (RECORD_SECONDS if self.position.step else FIRST_RECORD_SECONDS)
        for batch in self.batches.epoch(start=self.position.batch, number=self.position.epoch):
            self._step(batch)
            if time.perf_counter() >= due:
                yield self._loss_record(self._sums.fetch())
                due = time.perf_counter() + RECORD_SECONDS
        if losses := self._sums.fetch():
            yield self._loss_record(losses)

    def train_mode(self) -> None:
        """Put the network into training mode, but for what is frozen."""
        transfer.train_mode(self.model, self.config)

    def training_step(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """One step of gradient descent: the outputs, [B, classes], and the mean loss of the batch before the step."""
        images, labels = batch
        self.optimizer.zero_grad()
        with self._autocast():
            outputs = self._learner(images)
            loss = self.criterion(outputs, labels)
        loss.backward()
        self.optimizer.step()
        return outputs, loss

    def _step(self, batch: Batch) -> None:
        outputs, loss = self.training_step(batch)
        self.schedule.after_step()
        self._sums.add(outputs, batch[1], loss)
        self.position.batch += 1
        self.position.step += 1

    def _loss_record(self, losses: list[float]) -> LossRecord:
        return LossRecord(self.position.step - len(losses), losses, self._clock())

    def _look_inside(self, epoch: int) -> Iterator[ProbeRecord]:
        if self._probe:
            yield self._probe.measure(epoch, self._autocast())

    def _finish_epoch(self) -> EpochRecord:
        train_loss, train_accuracy = self._sums.means()
        val_loss, val_accuracy = self.evaluate()
        lr = self.optimizer.param_groups[0]["lr"]
        self.schedule.after_epoch(val_loss)
        position = self.position
        position.epoch += 1
        position.batch = 0
        self._sums = Sums()
        position.diverged = not math.isfinite(val_loss)
        best = val_accuracy > position.best_val_accuracy and not position.diverged
        if best:
            position.best_epoch, position.best_val_accuracy = position.epoch, val_accuracy
            self.best_weights = deepcopy(self.model.state_dict())
        return EpochRecord(
            position.epoch, position.step, train_loss, train_accuracy, val_loss, val_accuracy, lr, self._clock(), best
        )

    @torch.no_grad()
    def evaluate(self) -> tuple[float, float]:
        """Loss and accuracy over all validation images, in evaluation mode."""
        self.model.eval()
        sums = Sums()
        for images, labels in self.validation.epoch():
            with self._autocast():
                outputs = self._learner(images)
                loss = self.criterion(outputs, labels)
            sums.add(outputs, labels, loss)
        return sums.means()

    def _end(self, reason: EndReason) -> EndRecord:
        self.position.ended = True
        if self.best_weights is not None:
            self.model.load_state_dict(self.best_weights)
        best = self.position.best_epoch
        return EndRecord(reason, best, self.position.best_val_accuracy if best else None, self._clock())

    def _autocast(self) -> torch.autocast:
        reduced = precision(self.config, self.device) == "bfloat16"
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=reduced)

    def _clock(self) -> float:
        """Seconds of training, over all the processes it took."""
        now = time.perf_counter()
        self.position.seconds += now - self._since
        self._since = now
        return self.position.seconds

    # --- going on later -----------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """All that decides the numbers to come. To be taken between two records."""
        return {
            "model": self.model.state_dict(),
            "best": self.best_weights,
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "position": vars(self.position).copy(),
            "sums": self._sums.state_dict(),
            # In the middle of an epoch its order is drawn again, and the batches already seen are passed over.
            "order": self._order_state if self.position.batch else self.random.order.get_state(),
            "draws": self.random.draws.get_state(),
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state_all() if self.device.type == "cuda" else [],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where `state` was taken."""
        self.model.load_state_dict(state["model"])
        self.best_weights = state["best"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.position = Position(**state["position"])
        self._sums = Sums(**state["sums"])
        self.random.order.set_state(state["order"])
        self.random.draws.set_state(state["draws"])
        torch.set_rng_state(state["random"])
        if self.device.type == "cuda":
            torch.cuda.set_rng_state_all(state["random_cuda"])
