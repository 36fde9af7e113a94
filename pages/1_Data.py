"""Data: look at a batch, know its numbers, bring your own images.

`/Data?data.dataset=NAME&…` opens with settings, by the names they have on the Train page and the command line.
"""

import streamlit as st

from core.data.own import stored
from pages.components.data.batch import batch_tab
from pages.components.data.checks import checks_tab
from pages.components.data.importing import import_tab
from pages.components.data.numbers import numbers_tab
from pages.components.data.settings import data_settings
from pages.components.data.train_button import train_button
from pages.components.data.transforms import transforms_tab
from pages.components.data.view import TAB, choose_dataset, current_view, open_wanted_tab, rewrite_link
from pages.components.shell.i18n import _
from pages.components.shell.images import prepare_images
from pages.components.shell.layout import begin, errors_shown

begin(_("Data"))
st.title(_("Look at the data"), anchor=False)
view = current_view()
own = stored.is_name(view.dataset)

left, right = st.columns([3, 1], vertical_alignment="bottom")
with left:
    choose_dataset(view)
usable = data_settings(view)
with right:
    train_button(view, ready=usable)

open_wanted_tab()
batch, numbers, transforms, checks, bring = st.tabs(
    [_("A batch"), _("Numbers"), _("Transforms"), _("Checks and labels"), _("Bring your own")],
    key=TAB,
    bind="query-params",
)
# Only the open tab is computed.
for tab, show in ((batch, batch_tab), (numbers, numbers_tab), (transforms, transforms_tab)):
    if tab.open and usable:
        with tab, errors_shown():
            if prepare_images(view.config.data):
                show(view)
if checks.open:
    with checks:
        checks_tab(view)
if bring.open:
    with bring:
        import_tab(view, then=_("Checks and labels"))
rewrite_link(view)
