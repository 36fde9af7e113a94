"""The page Activations: which networks to train for a comparison."""

from dataclasses import dataclass

import streamlit as st

from core.config import ACTIVATIONS, RunConfig
from core.config.variants import (
    DEEPEST,
    FIRST_KINDS,
    OWN,
    VARIANTS_AT_ONCE,
    WIDTH,
    comparable,
    of_depth,
    variants,
)
from core.recipes import Recipe, recipe, recipes
from pages.components.activations.comparison import COMPARISON, function_names, variant_name
from pages.components.shell import address, identity
from pages.components.shell.glossary import explained
from pages.components.shell.i18n import _, plural
from pages.components.shell.labels import ACTIVATION_NAMES
from pages.components.shell.layout import errors_shown
from pages.components.shell.links import FIRST_RECIPE
from pages.components.shell.queue import queue
from pages.components.widgets.setting import whole_number

MOST_EPOCHS = 20  # suggested at first, so that training takes seconds
RECIPE, EPOCHS, DEPTH, KINDS = (
    "compared",
    "epochs",
    "depth",
    "functions",
)  # keys of widgets, and so their names in the link


@dataclass(frozen=True)
class Plan:
    """What to compare: variants of a recipe's network, or of a perceptron with `depth` hidden layers."""

    recipe: Recipe
    depth: int  # hidden layers; 0 for the recipe's own network
    variants: dict[str, RunConfig]  # by kind of activation, or `OWN`
    ready: bool  # whether its fields have values that can be trained


def choose_plan() -> Plan:
    """The widgets for a plan. The link keeps their values."""
    chosen = _choose_recipe()
    left, middle, right = st.columns([3, 1, 1])
    with left:
        kinds = _choose_kinds(chosen)
    with middle:
        depth = st.slider(
            _("Hidden layers"),
            0,
            DEEPEST,
            0,
            key=DEPTH,
            bind="query-params",
            help=_(
                "0 keeps the recipe's own network. Any other number builds a perceptron with that many hidden layers "
                "of {width} units each, to show the effect of depth.",
                width=WIDTH,
            ),
        )
    with right:
        epochs = whole_number(
            _("Epochs"),
            1,
            1_000,
            _first_epochs(chosen),
            key=EPOCHS,
            bind="query-params",
            help=explained(_("How many epochs to train each network."), "Epoch"),
        )
    config = of_depth(chosen.config, depth) if depth else chosen.config
    config = config.model_copy(update={"epochs": epochs or _first_epochs(chosen), "probe": True})
    return Plan(chosen, depth, variants(config, kinds), ready=epochs is not None)


def _first_epochs(chosen: Recipe) -> int:
    return min(MOST_EPOCHS, chosen.config.epochs)


def _choose_recipe() -> Recipe:
    """The menu of recipes. It puts the recipe's name into the link, not its title, which depends on the language."""
    names = [name for name, known in recipes().items() if comparable(known.config)]
    in_link = address.text(RECIPE) or FIRST_RECIPE

    def suggest_epochs() -> None:
        st.session_state[EPOCHS] = _first_epochs(recipe(st.session_state[RECIPE]))

    name = st.selectbox(
        _("Recipe"),
        names,
        index=names.index(in_link) if in_link in names else 0,
        format_func=lambda name: _(recipes()[name].title),
        key=RECIPE,
        on_change=suggest_epochs,
        help=_("Sets the data, layers, optimizer and seed. Only the activation functions differ."),
    )
    if name != in_link:
        address.put(RECIPE, name)
    return recipe(name)


def _choose_kinds(chosen: Recipe) -> list[str]:
    """The functions to train with; the recipe's own are among them unless the toggle is off."""
    kinds = st.multiselect(
        _("Functions to train with"),
        list(ACTIVATIONS),
        default=FIRST_KINDS,
        format_func=lambda kind: ACTIVATION_NAMES[kind],
        key=KINDS,
        bind="query-params",
        max_selections=VARIANTS_AT_ONCE - 1,
        placeholder=_("Choose functions"),
        help=_("The app trains one network for each function, with that function in all activation layers."),
    )
    own = st.toggle(
        _("Also train with the recipe's own: {functions}", functions=function_names(chosen.config)),
        value=True,
        key="own",
        bind="query-params",
        help=_("Different layers may have different functions. One recipe mixes three."),
    )
    return [*kinds, *([OWN] if own else [])]


def start_button(plan: Plan) -> None:
    """The button that queues all variants and opens their comparison."""
    number = len(plan.variants)
    button, about = st.columns([1, 3], vertical_alignment="center")
    pressed = button.button(
        plural("Train {number} network", "Train {number} networks", number),
        type="primary",
        icon=":material/play_arrow:",
        key="train",
        disabled=number < 2 or not plan.ready,
        help=_("Choose at least two functions to compare.") if number < 2 else None,
        width="stretch",
    )
    with about:
        st.caption(
            _(
                "All networks start with the same weights, see the images in the same order and use the same "
                "optimizer. Only the function differs. Anyone who has the link can watch."
            )
        )
    if pressed and plan.ready:
        with errors_shown():
            _start(plan)


def _start(plan: Plan) -> None:
    """Queue all variants. Raises ClassroomError."""
    from core.training.check import checked  # needs torch

    title = _(plan.recipe.title)
    configs = {f"{title} · {variant_name(key, config)}": checked(config) for key, config in plan.variants.items()}
    comparison = queue().store.create_comparison(
        configs, owner=identity.owner(), recipe=plan.recipe.name, origin=identity.origin()
    )
    queue().wake()
    address.put(COMPARISON, comparison)
    st.rerun()
