"""The app's own run on the digits, for visitors who open Predict before any network was trained."""

from core.recipes import recipe
from core.runs.run import Run
from core.runs.state import State
from core.runs.store import Store

RECIPE = "digits"
OWNER = "the app"  # no cookie has this hash, so nobody can stop or delete its runs


def first_run(store: Store) -> Run:
    """The app's own run, in whatever state. Queues a new one if there is none or the last one failed."""
    for run in store.recent(1, owner=OWNER):
        if run.state not in (State.FAILED, State.DIVERGED):
            return run
    known = recipe(RECIPE)
    return store.get(store.create(known.config, owner=OWNER, name=known.title, recipe=RECIPE))
