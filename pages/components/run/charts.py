"""The two live charts of a run: loss by step, accuracy by epoch."""

from collections.abc import Sequence
from typing import Literal

from core.runs import history
from core.runs.comparison import What, curve
from core.runs.run import Run
from core.runs.store import Store
from pages.components.run.curve_options import CurveOptions
from pages.components.shell.formats import percent
from pages.components.shell.i18n import _
from pages.components.widgets.live_chart import (
    ChartSpec,
    Curve,
    Mark,
    Smoothing,
    Trace,
    baseline,
    ghost,
    live_chart,
    training,
    validation,
)

NOTHING: Curve = ([], [])
Cursor = tuple[int, int]  # the next step and the last epoch in the chart


def loss_chart(store: Store, run: Run, options: CurveOptions, earlier: Run | None = None) -> None:
    """The training loss of every step, and the validation loss at the end of each epoch; an `earlier` run's behind."""
    other = options.baseline

    def points_since(cursor: Cursor | None) -> tuple[Sequence[Curve], Cursor]:
        step, epoch = cursor or (0, 0)
        found = history.loss_curve(
            store.database, run.id, since=step, total_steps=run.total_steps or 0, ended=run.ended
        )
        epochs = history.epoch_records(store.database, run.id, epoch)
        validated = ([record.step for record in epochs], [record.val_loss for record in epochs])
        trained = (found.steps.tolist(), found.losses.tolist())
        after = (found.next_step, epochs[-1].epoch if epochs else epoch)
        ghosts = [_loss_of(store, earlier) if cursor is None else NOTHING] if earlier else []
        return [trained, validated, *_baseline_points(store, other, "val_loss", "step", cursor), *ghosts], after

    spec = ChartSpec(
        title=_("Loss by step"),
        traces=(
            training(_("training")),
            validation(_("validation")),
            *_baseline_trace(other),
            *_ghosts(earlier, _("training before")),
        ),
        x_title=_("step"),
        y_title=_("loss"),
        y_log=options.log,
        smoothing=Smoothing(_("smoothed"), options.smoothing) if options.smoothing else None,
        height=300,
        moment="step",
    )
    live_chart(spec, points_since, stream=stream(run), key="loss")


def accuracy_chart(store: Store, run: Run, options: CurveOptions, earlier: Run | None = None) -> None:
    """The accuracies of each epoch, with a mark at the best one; an `earlier` run's on validation images behind."""
    other = options.baseline

    def points_since(cursor: int | None) -> tuple[Sequence[Curve], int]:
        epochs = history.epoch_records(store.database, run.id, cursor or 0)
        numbers = [record.epoch for record in epochs]
        curves = [
            (numbers, [record.train_accuracy for record in epochs]),
            (numbers, [record.val_accuracy for record in epochs]),
            *_baseline_points(store, other, "val_accuracy", "epoch", cursor),
        ]
        ghosts = [_accuracy_of(store, earlier) if cursor is None else NOTHING] if earlier else []
        return [*curves, *ghosts], numbers[-1] if numbers else cursor or 0

    spec = ChartSpec(
        title=_("Accuracy by epoch"),
        traces=(
            training(_("training"), markers=True),
            validation(_("validation")),
            *_baseline_trace(other),
            *_ghosts(earlier, _("validation before")),
        ),
        x_title=_("epoch"),
        x_whole=True,
        y_title=_("accuracy"),
        percent=True,
        height=280,
        moment="epoch",
    )
    marks = []
    if run.best_epoch is not None and run.best_val_accuracy is not None:
        text = _("best {accuracy}", accuracy=percent(run.best_val_accuracy))
        marks = [Mark(run.best_epoch, run.best_val_accuracy, text)]
    live_chart(spec, points_since, stream=stream(run), key="accuracy", marks=marks)


def _ghosts(earlier: Run | None, name: str) -> tuple[Trace, ...]:
    return (ghost(name),) if earlier else ()


def _loss_of(store: Store, earlier: Run) -> Curve:
    """The training loss of a run that is drawn as it is now."""
    found = history.loss_curve(store.database, earlier.id, since=0, total_steps=earlier.total_steps or 0, ended=True)
    return found.steps.tolist(), found.losses.tolist()


def _accuracy_of(store: Store, earlier: Run) -> Curve:
    """The validation accuracy of a run that is drawn as it is now."""
    records = history.epoch_records(store.database, earlier.id)
    return [record.epoch for record in records], [record.val_accuracy for record in records]


def _baseline_trace(other: Run | None) -> list[Trace]:
    return [baseline(_("baseline: {name}", name=other.name))] if other else []


def _baseline_points(
    store: Store, other: Run | None, what: What, over: Literal["step", "epoch"], cursor: object
) -> list[Curve]:
    """The validation curve of the baseline, all of it at first."""
    if other is None:
        return []
    if cursor is not None:
        return [([], [])]
    found = curve(store, other, what, over)
    return [(found.xs, found.ys)]


def stream(run: Run) -> str:
    """Where a run's curves and snapshots come from."""
    # A new attempt starts at a checkpoint, so the chart starts over and draws no step twice. Before the first attempt
    # the chart is empty, so attempts 0 and 1 share it.
    return f"{run.id}/{run.attempt or 1}"
