"""Compare activation functions: their shapes and slopes, and how fast they are."""

import streamlit as st

from pages.components import activations, activations_shapes, activations_speed, layout
from pages.components.words import _

layout.begin(_("Activations"))

st.title(_("Activations"))
st.markdown(
    _(
        "A layer adds up its inputs; the activation function bends the result. Without the bend, any number of layers "
        "together would be no more than one straight line."
    )
)

kinds = activations.choose_functions()
if not kinds:
    st.info(_("Choose at least one function above, such as ReLU."))
    st.stop()

shapes, speed = st.tabs([_("Shapes"), _("Speed")], key="tab", bind="query-params")
# Only the open tab is computed.
if shapes.open:
    with shapes:
        activations_shapes.show(kinds)
if speed.open:
    with speed:
        activations_speed.show(kinds)
