"""The page Activations: shapes, speed and boundaries of activation functions, and networks trained with them."""

import streamlit as st

from pages.components.activations.boundaries import boundaries_tab
from pages.components.activations.comparison import COMPARISON
from pages.components.activations.functions import choose_functions
from pages.components.activations.inside import inside_tab
from pages.components.activations.shapes import shapes_tab
from pages.components.activations.speed import speed_tab
from pages.components.activations.training import training_tab
from pages.components.shell import address, layout
from pages.components.shell.i18n import _

layout.begin(_("Activations"))

terms = {"Activation function", "Batch", "Epoch", "Gradient", "Loss", "Step", "Weights"}
if address.text(COMPARISON):
    terms |= {"Accuracy", "Validation"}
layout.page_title(_("Activations"), *terms)
st.markdown(
    _(
        "A layer computes weighted sums of its inputs. The activation function then bends each result. Without the "
        "bend, many layers together could do no more than one."
    )
)

above = st.container()  # the menu of functions, above the two tabs that need it
shapes, speed, between, training, inside = st.tabs(
    [_("Shapes"), _("Speed"), _("Boundaries"), _("Training"), _("Inside")], key="tab", bind="query-params"
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
if between.open:
    with between:
        boundaries_tab()
if training.open:
    with training:
        training_tab()
if inside.open:
    with inside:
        inside_tab()
