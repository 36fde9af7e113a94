"""The two live charts of a run: loss by step, accuracy by epoch."""

from collections.abc import Sequence

from core.runs import history
from core.runs.run import Run
from core.runs.store import Store
from pages.components.shell.formats import percent
from pages.components.shell.i18n import _
from pages.components.widgets.live_chart import ChartSpec, Curve, Mark, Trace, ghost, live_chart, training, validation

NOTHING: Curve = ([], [])
Cursor = tuple[int, int]  # the next step and the last epoch that the chart knows


def loss_chart(store: Store, run: Run, earlier: Run | None = None) -> None:
    """The training loss of every step, and the validation loss at the end of each epoch; an `earlier` run's behind."""

    def points_since(cursor: Cursor | None) -> tuple[Sequence[Curve], Cursor]:
        step, epoch = cursor or (0, 0)
        curve = history.loss_curve(
            store.database, run.id, since=step, total_steps=run.total_steps or 0, ended=run.ended
        )
        epochs = history.epoch_records(store.database, run.id, epoch)
        validated = ([record.step for record in epochs], [record.val_loss for record in epochs])
        trained = (curve.steps.tolist(), curve.losses.tolist())
        ghosts = [_loss_of(store, earlier) if cursor is None else NOTHING] if earlier else []
        return [*ghosts, trained, validated], (curve.next_step, epochs[-1].epoch if epochs else epoch)

    spec = ChartSpec(
        title=_("Loss by step"),
        traces=(*_ghosts(earlier, _("training before")), training(_("training")), validation(_("validation"))),
        x_title=_("step"),
        y_title=_("loss"),
        height=300,
    )
    live_chart(spec, points_since, stream=_stream(run), key="loss")


def accuracy_chart(store: Store, run: Run, earlier: Run | None = None) -> None:
    """The accuracies after each epoch, the best one marked; an `earlier` run's on validation images behind them."""

    def points_since(cursor: int | None) -> tuple[Sequence[Curve], int]:
        epochs = history.epoch_records(store.database, run.id, cursor or 0)
        numbers = [record.epoch for record in epochs]
        curves = [
            (numbers, [record.train_accuracy for record in epochs]),
            (numbers, [record.val_accuracy for record in epochs]),
        ]
        ghosts = [_accuracy_of(store, earlier) if cursor is None else NOTHING] if earlier else []
        return [*ghosts, *curves], numbers[-1] if numbers else cursor or 0

    spec = ChartSpec(
        title=_("Accuracy by epoch"),
        traces=(
            *_ghosts(earlier, _("validation before")),
            training(_("training"), markers=True),
            validation(_("validation")),
        ),
        x_title=_("epoch"),
        x_whole=True,
        y_title=_("accuracy"),
        y_format=".1%",
        height=280,
    )
    marks = []
    if run.best_epoch is not None and run.best_val_accuracy is not None:
        text = _("best {accuracy}", accuracy=percent(run.best_val_accuracy))
        marks = [Mark(run.best_epoch, run.best_val_accuracy, text)]
    live_chart(spec, points_since, stream=_stream(run), key="accuracy", marks=marks)


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


def _stream(run: Run) -> str:
    # Another attempt begins at its checkpoint: the chart starts over, so that nothing is drawn twice. Waiting for the
    # first one there is nothing to draw yet, so that it needs no other chart when it comes.
    return f"{run.id}/{run.attempt or 1}"
