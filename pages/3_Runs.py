"""Runs: all of them, one of them, or several on one chart.

`/Runs?run=ID` opens one for anyone, live; `/Runs?compare=A,B,C` lays several over each other.
"""

from core.errors import RunError
from pages.components.runs.compare import compare_view
from pages.components.runs.history import history_view
from pages.components.shell import address
from pages.components.shell.i18n import _
from pages.components.shell.layout import begin, show_error
from pages.components.shell.links import RUN, back_to_all, compared_ids
from pages.components.shell.queue import store


def one(run_id: str) -> None:
    """Everything about a run."""
    from pages.components.run.tabs import run_tabs  # needs torch, which the list doesn't

    try:
        run = store().get(run_id)
    except RunError as error:
        back_to_all()
        show_error(error)
        return
    run_tabs(run)


begin(_("Runs"))
if run_id := address.text(RUN):
    one(run_id)
elif wanted := compared_ids():
    compare_view(wanted)
else:
    history_view()
