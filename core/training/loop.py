"""The training loop: an iterator of records.

    trainer = Trainer(config, data, device)
    for record in trainer.records():
        ...             # LossRecord several times a second, EpochRecord after each epoch, one EndRecord;
                        # where the configuration says so, a ProbeRecord before the training and after each epoch;
                        # where somebody may watch, a Snapshot now and then (`core.training.snapshots`)

The caller stores or shows the records, and may stop at any record. Between two records, `trainer.state_dict()` has all
that is needed to resume the run with the same numbers.
"""

import math
import time
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
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
from core.training import features, last_batch, memory, transfer
from core.training.device import arrange, precision
from core.training.losses import LOSSES
from core.training.optim import Schedule, make_optimizer
from core.training.probe import Probe
from core.training.recorder import Recorder
from core.training.records import EndReason, EndRecord, EpochRecord, LossRecord, ProbeRecord, Record, Snapshot
from core.training.state import Position, Sums

# Seconds between two records of losses. Only for a record does the loop wait for a CUDA device.
RECORD_SECONDS = 0.2
# The first record comes sooner, because somebody waits for it.
FIRST_RECORD_SECONDS = 0.05


class Trainer:
    """Trains one run, from its first step or from a checkpoint."""

    def __init__(self, config: RunConfig, data: ImageData, device: torch.device, *, watched: bool = False) -> None:
        """Where the training is `watched`, it tells snapshots as well, of which its numbers don't depend."""
        if found := last_batch.problems(config, len(data.train)):
            raise ConfigError(found)
        torch.manual_seed(config.seed)
        self.config = config
        self.device = device
        self.classes = data.classes
        # Built on the CPU, so that the same seed gives the same weights on every device.
        self.model = network.build(config, len(data.classes))
        transfer.load_start(self.model, config)
        self.model.to(device)
        arrange(self.model, config, device)
        self.criterion = LOSSES[config.loss]
        self.optimizer = make_optimizer(config, (one for one in self.model.parameters() if one.requires_grad))
        self.random = Randomness.of(config.seed)
        self.batches: Cut = training_batches(config, data.train, device, self.random)
        self.validation: Cut = validation_batches(
            config, data.validation, device, memory.validation_batch_size(config, len(data.classes))
        )
        self.schedule = Schedule(config, self.optimizer, len(self.batches))
        self.position = Position()
        self.best_weights: dict[str, torch.Tensor] | None = None
        self._sums = Sums()
        self._order_state = self.random.order.get_state()  # at the start of the current epoch
        self._since = time.perf_counter()
        self._probe = Probe(config, self.model, self.validation) if config.probe else None
        self._learner: nn.Module = self.model  # the network, or only its head if features are stored
        self._data: ImageData | None = data if features.useful(config, self.model) else None
        self._watched_images = self.validation if watched else None
        self.recorder: Recorder | None = None

    @property
    def total_steps(self) -> int:
        """Steps in all epochs."""
        return self.config.epochs * len(self.batches)

    @property
    def images_seen(self) -> int:
        """Training images seen so far, counting repetitions."""
        return self.position.epoch * len(self.batches.labels) + self._sums.images

    def compute_features(self) -> Iterator[Progress]:
        """Compute the features of a frozen network, if the run uses them. `records` does it if it wasn't called.

        Raises:
            RunError: the features can't be stored.
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
        """Train to the end, yielding records."""
        for _progress in self.compute_features():
            pass
        self._since = time.perf_counter()
        self.recorder = self._make_recorder()
        yield from self._snapshot()  # again where a run goes on from one: it may not have been kept
        if self.position.step == 0:
            yield from self._look_inside(0)
        while not self.position.ended:
            if reason := self._reason_to_end():
                end = self._end(reason)
                yield from self._best_snapshot()
                yield end
                return
            for record in self._train_epoch():
                yield self._until_diverged(record) if isinstance(record, LossRecord) else record
                if self.position.diverged:
                    break
            else:
                # Comes before the epoch counts as finished. A run that stops between the two yields both again.
                yield from self._look_inside(self.position.epoch + 1)
                yield self._finish_epoch()

    def _reason_to_end(self) -> EndReason | None:
        """Why training should end now, None to continue. Checked before every epoch."""
        position, patience = self.position, self.config.early_stopping
        if position.diverged:
            return "diverged"
        if position.epoch >= self.config.epochs:
            return "finished"
        if patience is not None and position.epoch - (position.best_epoch or 0) >= patience:
            return "stopped_early"
        return None

    def _until_diverged(self, record: LossRecord) -> LossRecord:
        """The losses before the first that isn't a number, which ends the training."""
        finite = list(takewhile(math.isfinite, record.losses))
        self.position.diverged = len(finite) < len(record.losses)
        return replace(record, losses=finite)

    def _train_epoch(self) -> Iterator[LossRecord | Snapshot]:
        """The rest of the current epoch."""
        self.train_mode()
        self._order_state = self.random.order.get_state()
        due = time.perf_counter() + (RECORD_SECONDS if self.position.step else FIRST_RECORD_SECONDS)
        for batch in self.batches.epoch(start=self.position.batch, number=self.position.epoch):
            self._step(batch)
            if time.perf_counter() >= due or self._snapshot_due():
                yield self._loss_record(self._sums.fetch())
                yield from self._snapshot()
                due = time.perf_counter() + RECORD_SECONDS
        if losses := self._sums.fetch():
            yield self._loss_record(losses)

    def train_mode(self) -> None:
        """Set the network to training mode, except for frozen parts."""
        transfer.train_mode(self.model, self.config)

    def training_step(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Do one step. Returns the outputs, [B, classes], and the mean loss, both from before the step."""
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

    def _make_recorder(self) -> Recorder | None:
        if self._watched_images is None:
            return None
        return Recorder(
            self.config,
            self.model,
            self._learner,
            images=self._watched_images,
            inputs=self.validation,
            classes=self.classes,
            steps_per_epoch=len(self.batches),
            autocast=self._autocast(),
        )

    def _snapshot_due(self) -> bool:
        return self.recorder is not None and self.position.step in self.recorder.steps

    def _snapshot(self) -> Iterator[Snapshot]:
        if self.recorder and self._snapshot_due():
            yield self.recorder.take(self.position.step)
            self.train_mode()

    def _best_snapshot(self) -> Iterator[Snapshot]:
        """Of the best epoch, once its weights are the network's again, where that wasn't its turn."""
        step = (self.position.best_epoch or 0) * len(self.batches)
        if self.recorder and step not in self.recorder.steps:
            yield self.recorder.take(step)

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
            self.best_weights = None  # so that there are never three copies of all weights
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
        """Seconds of training, over all attempts."""
        now = time.perf_counter()
        self.position.seconds += now - self._since
        self._since = now
        return self.position.seconds

    # --- resuming -----------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Everything that decides the numbers of the remaining training. Call it between two records."""
        return {
            "model": self.model.state_dict(),
            "best": self.best_weights,
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "position": vars(self.position).copy(),
            "sums": self._sums.state_dict(),
            # A run that resumes within an epoch draws the order of this epoch again and skips the batches it has seen.
            "order": self._order_state if self.position.batch else self.random.order.get_state(),
            "draws": self.random.draws.get_state(),
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state_all() if self.device.type == "cuda" else [],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state of `state_dict`."""
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
