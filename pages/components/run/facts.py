"""What the adviser is given of a run in the database."""

import streamlit as st

from core.advice import advise
from core.advice.diagnosis import Finding
from core.advice.facts import Facts, class_counts
from core.evaluation import results
from core.runs import history
from core.runs.run import Run
from pages.components.shell.queue import store

EXACT_EPOCHS = 20


def facts_of(run: Run) -> Facts:
    """The whole history of a run, as the adviser needs it."""
    records = history.epoch_records(store().database, run.id)
    _first, losses = history.step_losses(store().database, run.id)
    evaluation = results.kept(run.id, run.best_epoch) if run.best_epoch else None
    counts = class_counts(run.config.data.dataset, evaluation)
    return Facts(run.config, run.state, records, losses, counts)


def live_findings(run: Run) -> list[Finding]:
    """The findings so far. While a run goes on they are renewed after each of its first epochs, then ever more seldom.

    Otherwise each tick would read a history that grows: so the cost of all ticks together stays in proportion to it.
    """
    epoch = run.epoch if run.ended or run.epoch <= EXACT_EPOCHS else run.epoch - run.epoch % (run.epoch // EXACT_EPOCHS)
    return _findings(run, run.id, run.attempt, epoch, str(run.state))


@st.cache_data(max_entries=500, show_spinner=False)
def _findings(_run: Run, run_id: str, attempt: int, epoch: int, state: str) -> list[Finding]:
    """What follows from the run's history; all arguments but the first are the key under which it is remembered."""
    return advise(facts_of(_run)).findings
