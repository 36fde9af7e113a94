"""Data: look at a batch, know its numbers, bring your own images.

`/Data?data.dataset=NAME&…` opens with settings, by the names they have on the Train page and the command line.
"""

import streamlit as st

from core.data import stored
from pages.components import (
    data_batch,
    data_checks,
    data_import,
    data_numbers,
    data_transforms,
    data_view,
)
from pages.components.data_settings import data_settings
from pages.components.data_train import train_button
from pages.components.layout import begin, errors_shown
from pages.components.words import _

begin(_("Data"))
st.title(_("Look at the data"), anchor=False)
view = data_view.current_view()
own = stored.is_name(view.dataset)

left, right = st.columns([3, 1], vertical_alignment="bottom")
with left:
    data_view.choose_dataset(view)
usable = data_settings(view)
with right:
    train_button(view, ready=usable)

data_view.open_wanted_tab()
batch, numbers, transforms, checks, bring = st.tabs(
    [_("A batch"), _("Numbers"), _("Transforms"), _("Checks and labels"), _("Bring your own")],
    key=data_view.TAB,
    bind="query-params",
)
# Only the open tab is computed.
for tab, content in ((batch, data_batch), (numbers, data_numbers), (transforms, data_transforms)):
    if tab.open and usable:
        with tab, errors_shown():
            if data_view.prepared(view):
                content.show(view)
if checks.open:
    with checks:
        data_checks.show(view)
if bring.open:
    with bring:
        data_import.show(view, then=_("Checks and labels"))
data_view.rewrite_link(view)
