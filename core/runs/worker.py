"""The training process: `python -m core.runs.worker`.

It warms up, then reads commands from its standard input, each a line of JSON: a run, `{"run": id, "attempt": n}`, or a
task, `{"task": {…}}` (see `core.runs.tasks`). It writes a run's records to the database. When the app ends, even if it
is killed, the input closes. The process then saves a checkpoint and ends, so that no process is left over.
"""

import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from traceback import format_exception

import torch
from sqlalchemy.exc import OperationalError

from core import environment, faults
from core.child import ParentLines
from core.config import Activation, DataConfig, Flatten, LayerStack, Linear, RunConfig
from core.data import datasets
from core.errors import ClassroomError, FencedError, RunError
from core.messages import say
from core.progress import Progress
from core.runs import causes, schema, tasks
from core.runs.journal import Journal
from core.runs.run import Run
from core.runs.state import State
from core.runs.store import Store
from core.storage import write_text
from core.training import checkpoint, run_files, snapshots, threads, transfer
from core.training.device import choose_device, use_threads
from core.training.loop import Trainer
from core.training.records import EndRecord, EpochRecord, LossRecord, ProbeRecord, Snapshot

_log = logging.getLogger("core.runs")  # the package's logger, even if this file is the main module
HEARTBEAT_SECONDS = 1.0
PROGRESS_SECONDS = 0.2
CHECKPOINT_SECONDS = 2.0
# Saving may take at most this share of the time, so large networks are saved less often.
CHECKPOINT_SHARE = 0.05
GRACE_SECONDS = 2.5
TRACE = 20_000  # characters of a trace that are kept
NICENESS = 5  # pages come first: everybody waits for them


class Attempt:
    """One attempt at a run, from its preparation to its end."""

    def __init__(self, run: Run, journal: Journal, app_gone: threading.Event) -> None:
        self.run = run
        self.journal = journal
        self.app_gone = app_gone
        self.stop = threading.Event()  # set when a stop was requested
        self._store = Store(journal.database)
        self._best_epoch = 0
        self._saved_at = time.monotonic()
        self._saving_took = 0.0

    def execute(self) -> None:
        """Train, and record how the attempt ended."""
        try:
            run_files.trace(self.run.id).unlink(missing_ok=True)  # of an attempt before this one
            with self._heartbeat():
                self._prepare()
                self._train()
        except FencedError:
            _log.warning("run %s, attempt %d: another attempt has taken over", self.run.id, self.journal.attempt)
        except ClassroomError as error:
            # Only the template: its values may be names of files or classes, which don't belong into the log.
            _log.warning("run %s, attempt %d: failed: %s", self.run.id, self.journal.attempt, error.message.template)
            self.journal.end(State.FAILED, error.message)
        except OperationalError as error:  # nothing can be written where it belongs
            faults.report(error, _log, f"writing run {self.run.id}")
            causes.leave(error)
        except Exception as error:  # noqa: BLE001 - reported, and told to the run's owner
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        """Tell the true cause, and keep the trace with the run."""
        number = faults.report(error, _log, f"training run {self.run.id}, attempt {self.journal.attempt}")
        with suppress(OSError):
            run_files.folder(self.run.id).mkdir(parents=True, exist_ok=True)
            write_text(run_files.trace(self.run.id), f"error {number}\n{''.join(format_exception(error))[-TRACE:]}")
        self.journal.end(State.FAILED, faults.cause(error) or causes.of_app(number))

    def _prepare(self) -> None:
        self._watch(datasets.prepare(self.run.config.data))
        self._watch(transfer.download_weights(self.run.config))
        self.journal.preparing(say("Building the network"), None)

    def _watch(self, preparation: Iterator[Progress]) -> None:
        """Record the progress of a preparation. Ends the process if a stop was requested."""
        written = 0.0
        for progress in preparation:
            if time.monotonic() - written > PROGRESS_SECONDS:
                written = time.monotonic()
                if self.journal.preparing(progress.message, progress.fraction):
                    self.stop.set()
            if self._interrupted():
                # A download can only be interrupted by ending its process.
                self._leave()
                os._exit(0)

    def _train(self) -> None:
        config = self.run.config
        use_threads(config)
        trainer = Trainer(config, datasets.load(config.data), choose_device(config), watched=True)
        note = checkpoint.restore(trainer, self.run.id)
        self._watch(trainer.compute_features())
        position = trainer.position
        if position.ended:
            raise RunError(say("The weights of the last epoch weren't saved, only the best. Start a new run."))
        self._best_epoch = position.best_epoch or 0
        self.journal.begin(
            step=position.step,
            epoch=position.epoch,
            total_steps=trainer.total_steps,
            device=trainer.device.type,
            note=note,
        )
        snapshots.drop_after(self.run.id, position.step)
        _log.info("run %s, attempt %d: trains from step %d", self.run.id, self.journal.attempt, position.step)
        turn_ends = time.monotonic() + environment.turn_seconds()
        for record in trainer.records():
            if isinstance(record, Snapshot):
                self._keep(record, trainer)
                continue
            if isinstance(record, EndRecord):
                if record.reason == "diverged":
                    checkpoint.save(trainer, self.run.id)
                self._end(record)
                return
            self._write(record, trainer)
            if isinstance(record, EpochRecord):
                checkpoint.keep_epoch(trainer, self.run.id)
                # Save the first epoch, so that Predict can use it, and the last one before the best weights replace it.
                if self._is_last(record) or record.epoch == 1:
                    checkpoint.save(trainer, self.run.id)
            if self._interrupted():
                checkpoint.save(trainer, self.run.id)
                self._leave()
                return
            if time.monotonic() > turn_ends and self._store.others_wait(self.run.owner):
                checkpoint.save(trainer, self.run.id)
                self._store.give_back(self.run.id, self.journal.attempt, behind=True)
                return
            self._save_now_and_then(trainer)

    def _write(self, record: LossRecord | EpochRecord | ProbeRecord, trainer: Trainer) -> None:
        if isinstance(record, EpochRecord):
            stop = self.journal.epoch(record)
        elif isinstance(record, ProbeRecord):
            stop = self.journal.probe(record)
        else:
            speed = trainer.images_seen / max(record.seconds, 1e-9)
            stop = self.journal.losses(record, images_per_second=speed)
        if stop:
            self.stop.set()

    def _keep(self, snapshot: Snapshot, trainer: Trainer) -> None:
        assert trainer.recorder
        if not snapshots.scene_bytes(self.run.id):
            snapshots.keep_scene(self.run.id, trainer.recorder.scene)
        snapshots.keep(self.run.id, snapshot, trainer.recorder.most)

    def _is_last(self, record: EpochRecord) -> bool:
        """Whether training ends with this epoch."""
        config, best = self.run.config, self._best_epoch
        if record.best:
            best = self._best_epoch = record.epoch
        patience = config.early_stopping
        return record.epoch >= config.epochs or (patience is not None and record.epoch - best >= patience)

    def _save_now_and_then(self, trainer: Trainer) -> None:
        """Save a checkpoint if the last one is old enough."""
        now = time.monotonic()
        if now - self._saved_at >= max(CHECKPOINT_SECONDS, self._saving_took / CHECKPOINT_SHARE):
            checkpoint.save(trainer, self.run.id)
            self._saved_at = time.monotonic()
            self._saving_took = self._saved_at - now
            self.journal.saved()

    def _interrupted(self) -> bool:
        return self.stop.is_set() or self.app_gone.is_set()

    def _leave(self) -> None:
        """End the attempt: stopped by the owner, or back into the queue because the app ends."""
        if self.stop.is_set():
            self.journal.end(State.STOPPED)
        else:
            self._store.give_back(self.run.id, self.journal.attempt)

    def _end(self, record: EndRecord) -> None:
        _log.info("run %s, attempt %d: %s", self.run.id, self.journal.attempt, record.reason)
        if record.reason == "diverged":
            advice = say(
                "The loss became infinite, because the steps were too large. Lower the learning rate and train again."
            )
            self.journal.end(State.DIVERGED, advice)
        elif record.reason == "stopped_early":
            note = say(
                "Ended early, because validation accuracy hadn't improved for {epochs} epochs.",
                epochs=self.run.config.early_stopping,
            )
            self.journal.end(State.FINISHED, note)
        else:
            self.journal.end(State.FINISHED)

    @contextmanager
    def _heartbeat(self) -> Iterator[None]:
        """Send heartbeats in a thread, so that the process counts as alive even during a long batch."""
        done = threading.Event()

        def beat() -> None:
            while not done.wait(HEARTBEAT_SECONDS):
                try:
                    if self.journal.heartbeat():
                        self.stop.set()
                except FencedError:
                    return  # the loop finds out at its next write
                except OperationalError:
                    continue  # so does it of a database that is gone

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def warm_up() -> None:
    """Train one small epoch, so that imports, threads and the digits are ready before the first run comes."""
    stack = LayerStack(layers=(Flatten(), Linear(out_features=4), Activation(kind="relu"), Linear(out_features=10)))
    config = RunConfig(model=stack, data=DataConfig(validation_fraction=0.2), epochs=1, batch_size=512)
    for _ in datasets.prepare(config.data):
        pass
    use_threads(config)
    for _ in Trainer(config, datasets.load(config.data), torch.device("cpu"), watched=True).records():
        pass


def main() -> None:
    """Perform commands until the input closes."""
    environment.set_up_logging()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the app; this process ends when its input closes
    os.environ["TQDM_DISABLE"] = "1"
    if hasattr(os, "nice"):  # not on Windows
        os.nice(NICENESS)
    commands = ParentLines(GRACE_SECONDS)
    database = schema.connect(environment.database_url())
    store = Store(database)
    warm_up()
    threads.watch()
    for line in commands:
        command = json.loads(line)
        if task := command.get("task"):
            tasks.perform(tasks.Task(task["work"], task["run_id"], tuple(task["arguments"])))
            continue
        journal = Journal(database, command["run"], command["attempt"])
        Attempt(store.get(command["run"]), journal, commands.closed).execute()


if __name__ == "__main__":
    main()
    sys.exit()
