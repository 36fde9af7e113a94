"""What a run's network makes of images, beside its curves."""

from core.runs.run import Run
from core.training import snapshots
from pages.components.run.charts import stream
from pages.components.widgets.snapshots import Film, snapshot_panel


def has_thoughts(run: Run) -> bool:
    """Whether there are snapshots, or will be."""
    return not run.ended or bool(snapshots.steps(run.id))


def thoughts_view(run: Run) -> None:
    """The panel with its slider through time."""
    snapshot_panel([film_of(run)], key="thoughts")


def film_of(run: Run) -> Film:
    """A run's snapshots as the panel takes them."""
    steps_per_epoch = (run.total_steps or 0) / run.config.epochs or 1.0
    return Film(run.id, run.name, stream(run), steps_per_epoch, run.ended)
