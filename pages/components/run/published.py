"""The tutorial's figures beside one's own, filled in while the run goes on."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.recipes import Recipe, recipes
from core.runs import history
from core.runs.run import Run
from core.training.records import EpochRecord
from pages.components.run.differences import changes
from pages.components.shell.formats import percent
from pages.components.shell.i18n import _
from pages.components.shell.queue import store


def published_table(run: Run) -> None:
    """One row for each figure that the run's lesson publishes; nothing for other runs."""
    lesson = recipes().get(run.recipe or "")
    if lesson is None or not lesson.published:
        return
    records = {record.epoch: record for record in history.epoch_records(store().database, run.id)}
    st.markdown(f"**{_('The tutorial and you')}**")
    rows = [
        {_("Epoch"): str(epoch), _("Tutorial"): percent(accuracy), _("You"): _own(records.get(epoch))}
        for epoch, accuracy in sorted(lesson.published.items())
    ]
    st.table(pd.DataFrame(rows).set_index(_("Epoch")))
    st.caption(_("Validation accuracy.") + _changed(run, lesson))


def _own(record: EpochRecord | None) -> str:
    return percent(record.val_accuracy) if record else "–"


def _changed(run: Run, lesson: Recipe) -> str:
    """Why one's figures may be others."""
    changed = changes(lesson.config, run.config)
    return " " + _("Yours differs: {changes}.", changes=changed) if changed else ""


def epoch_table(records: Sequence[EpochRecord]) -> None:
    """What the tutorials print after each epoch."""
    rows = {
        _("Epoch"): [record.epoch for record in records],
        _("Training loss"): [f"{record.train_loss:.4g}" for record in records],
        _("Training accuracy"): [percent(record.train_accuracy) for record in records],
        _("Validation loss"): [f"{record.val_loss:.4g}" for record in records],
        _("Validation accuracy"): [percent(record.val_accuracy) for record in records],
    }
    st.dataframe(pd.DataFrame(rows), hide_index=True, height=min(420, 38 + 35 * len(records)), key="epochs-table")
