"""What a run's network makes of images, beside its curves; and what two make of them, beside each other."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from core.runs.run import Run
from core.training import snapshots
from pages.components.run.charts import stream
from pages.components.shell import access
from pages.components.shell.i18n import _
from pages.components.widgets.snapshots import Film, snapshot_panel


def has_thoughts(run: Run) -> bool:
    """Whether there are snapshots, or will be, for this browser to see: they show images."""
    return access.sees_images(run.config.data.dataset) and (not run.ended or bool(snapshots.steps(run.id)))


def thoughts_view(run: Run) -> None:
    """The panel with its slider through time."""
    snapshot_panel([film_of(run)], key="thoughts")


def compared_view(runs: Sequence[Run], names: Sequence[str]) -> None:
    """The first two runs that have snapshots, on one slider. Nothing where there aren't two."""
    films = [replace(film_of(run), name=name) for run, name in zip(runs, names, strict=True) if _to_compare(run)]
    if len(films) >= 2:
        st.subheader(_("What they think"), anchor=False)
        snapshot_panel(films[:2], key="compared")


def _to_compare(run: Run) -> bool:
    return has_thoughts(run) and bool(snapshots.steps(run.id))


def film_of(run: Run) -> Film:
    """A run's snapshots as the panel takes them."""
    steps_per_epoch = (run.total_steps or 0) / run.config.epochs or 1.0
    return Film(run.id, run.name, stream(run), steps_per_epoch, run.ended)
