"""The page Runs: all runs, or several on one chart.

`/Runs?compare=A,B,C` compares several. `/Runs?run=ID`, as earlier versions had it, leads to the page of the run.
"""

from pages.components.runs.compare import compare_view
from pages.components.runs.history import history_view
from pages.components.shell import access, address
from pages.components.shell.i18n import _
from pages.components.shell.layout import begin
from pages.components.shell.links import RUN, compared_ids

begin(_("Runs"))
if address.text(RUN):
    address.go(address.TRAIN_PAGE, address.settings() | access.key_in_address())
elif wanted := compared_ids():
    compare_view(wanted)
else:
    history_view()
