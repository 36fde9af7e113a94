"""The two live charts of a run: loss by step, accuracy by epoch."""

from collections.abc import Sequence

from core.runs import history
from core.runs.run import Run
from core.runs.store import Store
from pages.components.shell.formats import percent
from pages.components.shell.i18n import _
from pages.components.widgets.live_chart import ChartSpec, Curve, Mark, live_chart, training, validation

Cursor = tuple[int, int]  # the next step and the last epoch in the chart


def loss_chart(store: Store, run: Run) -> None:
    """The training loss of every step, and the validation loss at the end of each epoch."""

    def points_since(cursor: Cursor | None) -> tuple[Sequence[Curve], Cursor]:
        step, epoch = cursor or (0, 0)
        curve = history.loss_curve(
            store.database, run.id, since=step, total_steps=run.total_steps or 0, ended=run.ended
        )
        epochs = history.epoch_records(store.database, run.id, epoch)
        validated = ([record.step for record in epochs], [record.val_loss for record in epochs])
        trained = (curve.steps.tolist(), curve.losses.tolist())
        return [trained, validated], (curve.next_step, epochs[-1].epoch if epochs else epoch)

    spec = ChartSpec(
        title=_("Loss by step"),
        traces=(training(_("training")), validation(_("validation"))),
        x_title=_("step"),
        y_title=_("loss"),
        height=300,
        moment="step",
    )
    live_chart(spec, points_since, stream=stream(run), key="loss")


def accuracy_chart(store: Store, run: Run) -> None:
    """The training and validation accuracy of each epoch, with a mark at the best one."""

    def points_since(cursor: int | None) -> tuple[Sequence[Curve], int]:
        epochs = history.epoch_records(store.database, run.id, cursor or 0)
        numbers = [record.epoch for record in epochs]
        curves = [
            (numbers, [record.train_accuracy for record in epochs]),
            (numbers, [record.val_accuracy for record in epochs]),
        ]
        return curves, numbers[-1] if numbers else cursor or 0

    spec = ChartSpec(
        title=_("Accuracy by epoch"),
        traces=(training(_("training"), markers=True), validation(_("validation"))),
        x_title=_("epoch"),
        y_title=_("accuracy"),
        y_format=".1%",
        height=280,
        moment="epoch",
    )
    marks = []
    if run.best_epoch is not None and run.best_val_accuracy is not None:
        text = _("best {accuracy}", accuracy=percent(run.best_val_accuracy))
        marks = [Mark(run.best_epoch, run.best_val_accuracy, text)]
    live_chart(spec, points_since, stream=stream(run), key="accuracy", marks=marks)


def stream(run: Run) -> str:
    """Where a run's curves and snapshots come from."""
    # A new attempt starts at a checkpoint, so the chart starts over and draws no step twice. Before the first attempt
    # the chart is empty, so attempts 0 and 1 share it.
    return f"{run.id}/{run.attempt or 1}"
