"""Compare activation functions: their shapes and slopes, how fast they are, how networks learn with them, and why."""

import streamlit as st

from pages.components.activations.compare import training_tab
from pages.components.activations.functions import choose_functions
from pages.components.activations.inside import inside_tab
from pages.components.activations.shapes import shapes_tab
from pages.components.activations.speed import speed_tab
from pages.components.shell import layout
from pages.components.shell.i18n import _

layout.begin(_("Activations"))

st.title(_("Activations"))
st.markdown(
    _(
        "A layer adds up its inputs; the activation function bends the result. Without the bend, any number of layers "
        "together would be no more than one straight line."
    )
)

above = st.container()  # above the tabs, of those two that show single functions
shapes, speed, training, inside = st.tabs(
    [_("Shapes"), _("Speed"), _("Training"), _("Inside")], key="tab", bind="query-params"
)
# Only the open tab is computed.
if shapes.open or speed.open:
    with above:
        kinds = choose_functions()
    if not kinds:
        st.info(_("Choose at least one function above, such as ReLU."))
    elif shapes.open:
        with shapes:
            shapes_tab(kinds)
    else:
        with speed:
            speed_tab(kinds)
if training.open:
    with training:
        training_tab()
if inside.open:
    with inside:
        inside_tab()
