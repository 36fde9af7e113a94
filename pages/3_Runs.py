"""Runs: all of them, or several on one chart.

`/Runs?compare=A,B,C` lays several over each other. `/Runs?run=ID`, as earlier versions had it, leads to the run's page.
"""

from pages.components.runs.compare import compare_view
from pages.components.runs.history import history_view
from pages.components.shell import address
from pages.components.shell.i18n import _
from pages.components.shell.layout import begin
from pages.components.shell.links import RUN, compared_ids

begin(_("Runs"))
if address.text(RUN):
    address.go(address.TRAIN_PAGE, address.settings())
elif wanted := compared_ids():
    compare_view(wanted)
else:
    history_view()
