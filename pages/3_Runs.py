"""The page Runs: all runs, one run, or several on one chart.

`/Runs?run=ID` shows a run to everyone, live. `/Runs?compare=A,B,C` compares several.
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
    """Show a run with all its tabs."""
    from pages.components.run.tabs import run_tabs  # needs torch, but the list doesn't

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
