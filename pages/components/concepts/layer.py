"""What a layer computes: y = φ(Wx + b), for one unit with two inputs."""

import math

import streamlit as st

from core.messages import N_
from pages.components.shell.i18n import _

# φ → its title and the function.
BENDS = {
    "relu": ("ReLU", lambda z: max(0.0, z)),
    "tanh": ("Tanh", math.tanh),
    "sigmoid": ("Sigmoid", lambda z: 1 / (1 + math.exp(-z))),
    "none": (N_("None"), lambda z: z),
}


def layer_concept() -> None:
    """One unit whose inputs, weights, bias and function are chosen."""
    st.markdown(
        _(
            "A layer is $y = φ(Wx + b)$. Each of its units multiplies the inputs $x$ with weights $W$, adds a bias $b$ "
            "and bends the sum with the activation function $φ$. Here is one unit with two inputs. Training changes "
            "only weights and bias."
        )
    )
    left, middle, right = st.columns(3)
    with left:
        x1 = st.slider(_("Input {number}", number=1), -2.0, 2.0, 1.0, 0.1, key="unit-x1")
        x2 = st.slider(_("Input {number}", number=2), -2.0, 2.0, 0.5, 0.1, key="unit-x2")
    with middle:
        w1 = st.slider(_("Weight {number}", number=1), -2.0, 2.0, 0.8, 0.1, key="unit-w1")
        w2 = st.slider(_("Weight {number}", number=2), -2.0, 2.0, -1.2, 0.1, key="unit-w2")
    with right:
        bias = st.slider(_("Bias"), -2.0, 2.0, 0.3, 0.1, key="unit-bias")
        bend = st.selectbox(_("Function φ"), list(BENDS), format_func=lambda one: _(BENDS[one][0]), key="unit-bend")
    total = w1 * x1 + w2 * x2 + bias
    result = BENDS[bend][1](total)
    st.markdown(
        rf"$\varphi({w1:g} \cdot {x1:g} + ({w2:g}) \cdot {x2:g} + ({bias:g})) "
        rf"= \varphi({total:.3g}) = \mathbf{{{result:.3g}}}$"
    )
