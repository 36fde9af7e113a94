"""The page Activations: which functions are compared, and what PyTorch says about them, remembered."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.activations.facts import KNOBS
from core.config import ACTIVATIONS, Activation
from pages.components.shell.i18n import _
from pages.components.shell.labels import ACTIVATION_NAMES

if TYPE_CHECKING:  # importing torch takes two seconds: not before the page is on the screen
    from core.activations.curves import ActivationTraits, Curve

LESSON_3 = ("elu", "tanh", "relu")
SHOWN = "show"  # the widget's key, and so its name in the link


def choose_functions() -> list[str]:
    """The functions to compare, by their names in recipes. The link keeps the choice."""
    return st.multiselect(
        _("Functions"),
        list(ACTIVATIONS),
        default=LESSON_3,
        format_func=lambda kind: ACTIVATION_NAMES[kind],
        key=SHOWN,
        bind="query-params",
        placeholder=_("Choose some functions"),
        help=_("Lesson 3 uses ELU, Tanh and ReLU. Add others to compare them. The page's link keeps your choice."),
    )


def show_functions(kinds: Sequence[str]) -> None:
    """Choose these functions, from a button's callback."""
    st.session_state[SHOWN] = list(kinds)


def load_torch() -> None:
    """Import torch, and say so while it takes its two seconds."""
    if "core.activations.curves" not in sys.modules:
        with st.spinner(_("Starting PyTorch. This takes a few seconds the first time.")):
            import core.activations.curves  # noqa: F401


# Keyed by name and parameters: turning one knob computes one function again, for everybody who visits.
@st.cache_data(max_entries=1_000, show_spinner=False)
def curve_of(kind: str, parameters: dict[str, float], reach: float) -> "Curve":
    """`activation_curve`, remembered."""
    from core.activations.curves import activation_curve

    return activation_curve(Activation(kind=kind, **parameters), reach)


@st.cache_data(max_entries=1_000, show_spinner=False)
def traits_of(kind: str, parameters: dict[str, float]) -> "ActivationTraits":
    """`activation_traits`, remembered."""
    from core.activations.curves import activation_traits

    return activation_traits(Activation(kind=kind, **parameters))


def name_of(spec: Activation) -> str:
    """Its name with its parameters, such as "ELU, α = 1"."""
    parameters = (f"{KNOBS[name].symbol} = {value:g}" for name, value in spec.parameters.items())
    return ", ".join([ACTIVATION_NAMES[spec.kind], *parameters])
