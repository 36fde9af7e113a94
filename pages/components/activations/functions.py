"""The page Activations: the choice of functions, and their curves and properties from a cache."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.activations.facts import KNOBS
from core.config import ACTIVATIONS, FIRST_FORMULA, FORMULA, Activation
from core.config.formula import LONGEST, written
from core.errors import ConfigError
from pages.components.shell.i18n import _
from pages.components.shell.labels import ACTIVATION_NAMES, FORMULA_HELP
from pages.components.shell.layout import show_error

if TYPE_CHECKING:  # importing torch takes two seconds: not before the page is on the screen
    from core.activations.curves import ActivationTraits, Curve

FIRST_CHOICE = ("elu", "tanh", "relu")
SHOWN = "show"  # key of the widget, and so its name in the link


def choose_functions() -> list[str]:
    """The menu of functions; returns their names in recipes. The link keeps the choice."""
    return st.multiselect(
        _("Functions"),
        list(ACTIVATIONS),
        default=FIRST_CHOICE,
        format_func=lambda kind: ACTIVATION_NAMES[kind],
        key=SHOWN,
        bind="query-params",
        placeholder=_("Choose functions"),
        help=_("Add functions to compare them, or remove some. The link to this page keeps your choice."),
    )


def select_functions(kinds: Sequence[str]) -> None:
    """Set the menu to these functions. For callbacks."""
    st.session_state[SHOWN] = list(kinds)


def choose_formula() -> Activation | None:
    """The field for a function of one's own, and why what stands there can't be one. None for no function."""
    text = st.text_input(
        _("Your own function of x"),
        key=FORMULA,
        bind="query-params",
        placeholder=_("For example {formula}", formula=FIRST_FORMULA),
        max_chars=LONGEST,
        help=_(FORMULA_HELP),
    )
    if not text:
        return None
    try:
        return Activation(kind=FORMULA, formula=written(text))
    except ConfigError as error:
        show_error(error)
        return None


def load_torch() -> None:
    """Import torch, with a spinner for the two seconds that it takes."""
    if "core.activations.curves" not in sys.modules:
        with st.spinner(_("Starting PyTorch. This takes a few seconds the first time.")):
            import core.activations.curves  # noqa: F401


# Cached by name and parameters for all visitors, so moving one slider computes one function again.
@st.cache_data(max_entries=1_000, show_spinner=False)
def curve_of(spec: Activation, reach: float) -> "Curve":
    """`activation_curve`, cached."""
    from core.activations.curves import activation_curve

    return activation_curve(spec, reach)


@st.cache_data(max_entries=1_000, show_spinner=False)
def traits_of(spec: Activation) -> "ActivationTraits":
    """`activation_traits`, cached."""
    from core.activations.curves import activation_traits

    return activation_traits(spec)


def name_of(spec: Activation) -> str:
    """A function's name with its parameters, such as "ELU, α = 1"."""
    if spec.formula:
        return spec.formula
    parameters = (f"{KNOBS[name].symbol} = {value:g}" for name, value in spec.parameters.items())
    return ", ".join([ACTIVATION_NAMES[spec.kind], *parameters])
