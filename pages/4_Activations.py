"""Compare activation functions: their shapes and slopes, how fast they are, how networks learn with them, and why."""

import streamlit as st

from pages.components import (
    activations,
    activations_compare,
    activations_inside,
    activations_shapes,
    activations_speed,
    layout,
)
from pages.components.words import _

layout.begin(_("Activations"))

st.title(_("Activations"))
st.markdown(
    _(
        "A layer adds up its inputs; the activation function bends the result. Without the bend, any number of layers "
        "together would be no more than one straight line."
    )
)

functions = st.container()  # above the tabs, of those two that show single functions
shapes, speed, compare, inside = st.tabs(
    [_("Shapes"), _("Speed"), _("Training"), _("Inside")], key="tab", bind="query-params"
)
# Only the open tab is computed.
if shapes.open or speed.open:
    with functions:
        kinds = activations.choose_functions()
    if not kinds:
        st.info(_("Choose at least one function above, such as ReLU."))
    elif shapes.open:
        with shapes:
            activations_shapes.show(kinds)
    else:
        with speed:
            activations_speed.show(kinds)
if compare.open:
    with compare:
        activations_compare.show()
if inside.open:
    with inside:
        activations_inside.show()
