"""The page Data: batches, numbers and transforms of a data set, and the import of own images.

`/Data?data.dataset=NAME&…` opens with these settings, named as on the command line. `/Data?add=KEY` adds to a set.
"""

import streamlit as st

from pages.components.data.batch import batch_tab
from pages.components.data.checks import checks_tab
from pages.components.data.gathering import ADD, add_view
from pages.components.data.importing import import_tab
from pages.components.data.numbers import numbers_tab
from pages.components.data.settings import data_settings
from pages.components.data.train_button import train_button
from pages.components.data.transforms import transforms_tab
from pages.components.data.view import TAB, choose_dataset, current_view, open_requested_tab, update_link
from pages.components.shell import address
from pages.components.shell.i18n import _
from pages.components.shell.images import prepare_images
from pages.components.shell.layout import begin, errors_shown, page_title

begin(_("Data"), takes_uploads=True)
if set_key := address.text(ADD):  # a phone whose owner was asked to take pictures
    st.title(_("Add photos to this set"), anchor=False)
    add_view(set_key)
    st.stop()
page_title(_("Look at the data"), "Augmentation", "Batch", "Epoch", "Normalisation", "Seed", "Step", "Validation")
view = current_view()

left, right = st.columns([3, 1], vertical_alignment="bottom")
with left:
    choose_dataset(view)
valid = data_settings(view)
with right:
    train_button(view, ready=valid)

open_requested_tab()
batch, numbers, transforms, checks, bring = st.tabs(
    [_("A batch"), _("Numbers"), _("Transforms"), _("Checks and labels"), _("Bring your own")],
    key=TAB,
    bind="query-params",
)
# Only the open tab is computed.
for tab, draw in ((batch, batch_tab), (numbers, numbers_tab), (transforms, transforms_tab)):
    if tab.open and valid:
        with tab, errors_shown():
            if prepare_images(view.config.data):
                draw(view)
if checks.open:
    with checks:
        checks_tab(view)
if bring.open:
    with bring:
        import_tab(view, next_tab=_("Checks and labels"))
update_link(view)
