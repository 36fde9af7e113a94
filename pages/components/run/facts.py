"""Reads a run's history for the adviser."""

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
    """The whole history of a run, for the adviser."""
    records = history.epoch_records(store().database, run.id)
    _first, losses = history.step_losses(store().database, run.id)
    evaluation = results.kept(run.id, run.best_epoch) if run.best_epoch else None
    counts = class_counts(run.config.data.dataset, evaluation)
    return Facts(run.config, run.state, records, losses, counts)


def live_findings(run: Run) -> list[Finding]:
    """The findings so far. While a run trains, they are updated after each of its first epochs, then less often.

    Each update reads the whole history, so the total cost would otherwise grow with the square of the epochs.
    """
    epoch = run.epoch if run.ended or run.epoch <= EXACT_EPOCHS else run.epoch - run.epoch % (run.epoch // EXACT_EPOCHS)
    return _findings(run, run.id, run.attempt, epoch, str(run.state))


@st.cache_data(max_entries=500, show_spinner=False)
def _findings(_run: Run, run_id: str, attempt: int, epoch: int, state: str) -> list[Finding]:
    """The findings of a run. All arguments but the first are the cache key."""
    return advise(facts_of(_run)).findings
