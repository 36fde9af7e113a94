"""The tab Boundaries: what each function lets the same small network draw between two classes of points."""

import streamlit as st

from core.config import ACTIVATIONS
from core.data.builtin.points import SHAPES, points
from pages.components.shell.i18n import _
from pages.components.shell.labels import ACTIVATION_NAMES
from pages.components.widgets.boundaries import boundaries

FIRST_FUNCTIONS = ("relu", "leaky_relu", "tanh", "sigmoid", "gelu", "identity")
MOST_FUNCTIONS = 9
FIRST_SEED = 4  # with which all functions but Identity tell the moons apart
FEWEST_POINTS, MOST_POINTS = 50, 500


def boundaries_tab() -> None:
    """Settings above, the boundaries below. The link keeps all settings."""
    st.markdown(
        _(
            "Each picture is the same network with another function. It learns to tell circles from squares, and the "
            "colour shows what it would call each place. Look at the edge between the colours: ReLU draws straight "
            "pieces, Tanh smooth bends, Identity a single straight line."
        )
    )
    functions, choice = st.columns([3, 2], gap="large", vertical_alignment="bottom")
    with functions:
        kinds = st.multiselect(
            _("Functions"),
            list(ACTIVATIONS),
            default=FIRST_FUNCTIONS,
            format_func=lambda kind: ACTIVATION_NAMES[kind],
            max_selections=MOST_FUNCTIONS,
            key="functions",
            bind="query-params",
            placeholder=_("Choose functions"),
        )
    with choice:
        shape = st.segmented_control(
            _("Points"),
            list(SHAPES),
            default="moons",
            required=True,
            format_func=lambda one: _(SHAPES[one][0]),
            key="points",
            bind="query-params",
        )
    noise, number, units, layers, seed = _settings()
    if not kinds:
        st.info(_("Choose at least one function above, such as ReLU."))
        return
    found = points(shape, number, noise, seed)
    names = {kind: ACTIVATION_NAMES[kind] for kind in kinds}
    boundaries(found.places, found.labels, names, [units] * layers, seed=seed, key="boundaries")


def _settings() -> tuple[float, int, int, int, int]:
    """Noise and number of the points, units and number of the hidden layers, and the seed of all that is random."""
    columns = st.columns(5, gap="medium", vertical_alignment="bottom")
    with columns[0]:
        noise = st.slider(
            _("Noise"), 0.0, 0.3, 0.08, key="noise", bind="query-params", help=_("How far points are shifted.")
        )
    with columns[1]:
        number = st.slider(
            _("Number of points"), FEWEST_POINTS, MOST_POINTS, 300, 50, key="number", bind="query-params"
        )
    with columns[2]:
        units = st.slider(_("Units a layer"), 1, 16, 8, key="units", bind="query-params")
    with columns[3]:
        layers = st.slider(_("Hidden layers"), 1, 4, 2, key="layers", bind="query-params")
    with columns[4]:
        seed = st.number_input(
            _("Seed"),
            0,
            2**31 - 1,
            FIRST_SEED,
            key="points_seed",
            bind="query-params",
            help=_("Start of the random numbers: another seed gives other points and other first weights."),
        )
    return float(noise), int(number), int(units), int(layers), int(seed)
