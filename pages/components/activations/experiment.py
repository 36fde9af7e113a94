"""The page Activations: the experiment to be made, and the one that the link shows."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.config import ACTIVATIONS, RunConfig
from core.config.variants import (
    DEEPEST,
    FIRST_KINDS,
    OWN,
    VARIANTS_AT_ONCE,
    WIDTH,
    activations_of,
    comparable,
    of_depth,
    place,
    variant_of,
    variants,
)
from core.errors import RunError
from core.recipes import Recipe, recipe, recipes
from core.runs.run import Run
from pages.components.shell import identity
from pages.components.shell.engine import engine
from pages.components.shell.i18n import _, plural
from pages.components.shell.labels import ACTIVATION_NAMES
from pages.components.shell.layout import errors_shown, show_error
from pages.components.shell.links import FIRST_RECIPE

MOST_EPOCHS = 20  # of a first suggestion, so that it takes seconds
RECIPE, EPOCHS, DEPTH, KINDS = "compared", "epochs", "depth", "functions"  # widgets' keys and names in the link
COMPARISON = "comparison"  # in the link: the one that is shown


@dataclass(frozen=True)
class Plan:
    """What the reader wants to compare: a recipe's network, or a perceptron of some depth, in several variants."""

    recipe: Recipe
    depth: int  # hidden layers, 0: as in the recipe
    variants: dict[str, RunConfig]


def choose_plan() -> Plan:
    """The widgets. The link keeps what is chosen."""
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
                "0: the recipe's own network. Otherwise a perceptron of so many hidden layers with {width} units each, "
                "to see what depth does.",
                width=WIDTH,
            ),
        )
    with right:
        epochs = st.number_input(
            _("Epochs"),
            1,
            1_000,
            _first_epochs(chosen),
            key=EPOCHS,
            bind="query-params",
            help=_("How many times each network sees every training image."),
        )
    config = of_depth(chosen.config, depth) if depth else chosen.config
    config = config.model_copy(update={"epochs": int(epochs), "probe": True})
    return Plan(chosen, depth, variants(config, kinds))


def _first_epochs(chosen: Recipe) -> int:
    return min(MOST_EPOCHS, chosen.config.epochs)


def _choose_recipe() -> Recipe:
    """By hand in the link, by its name, which is the same in every language."""
    names = [name for name, found in recipes().items() if comparable(found.config)]
    wanted = st.query_params.get(RECIPE, FIRST_RECIPE)

    def suggest_epochs() -> None:
        st.session_state[EPOCHS] = _first_epochs(recipe(st.session_state[RECIPE]))

    name = st.selectbox(
        _("Network of the recipe"),
        names,
        index=names.index(wanted) if wanted in names else 0,
        format_func=lambda name: _(recipes()[name].title),
        key=RECIPE,
        on_change=suggest_epochs,
        help=_("Its data, layers, optimizer and seed. Only the activation functions change."),
    )
    if name != wanted:
        st.query_params[RECIPE] = name
    return recipe(name)


def _choose_kinds(chosen: Recipe) -> list[str]:
    """The functions to train with; those that the recipe has take part unless the reader says no."""
    kinds = st.multiselect(
        _("Functions to train with"),
        list(ACTIVATIONS),
        default=FIRST_KINDS,
        format_func=lambda kind: ACTIVATION_NAMES[kind],
        key=KINDS,
        bind="query-params",
        max_selections=VARIANTS_AT_ONCE - 1,
        placeholder=_("Choose some functions"),
        help=_("Every activation layer of the network gets this function; one network is trained for each."),
    )
    own = st.toggle(
        _("And as in the recipe: {functions}", functions=mixture_name(chosen.config)),
        value=True,
        key="own",
        bind="query-params",
        help=_("Nothing says that all layers need the same function. Lesson 3 mixes three."),
    )
    return [*kinds, *([OWN] if own else [])]


def mixture_name(config: RunConfig) -> str:
    """The functions of a network from input to output, each once."""
    return ", ".join(dict.fromkeys(ACTIVATION_NAMES[layer.kind] for layer in activations_of(config.model)))


def variant_name(variant: str, config: RunConfig) -> str:
    """What a reader calls a variant: its function, or what it mixes."""
    if variant != OWN:
        return ACTIVATION_NAMES[variant]
    return _("As in the recipe ({functions})", functions=mixture_name(config))


def start_button(plan: Plan) -> None:
    """The one click: queue all variants and show them."""
    number = len(plan.variants)
    button, about = st.columns([1, 3], vertical_alignment="center")
    pressed = button.button(
        plural("Train {number} network", "Train {number} networks", number),
        type="primary",
        icon=":material/play_arrow:",
        key="train",
        disabled=number < 2,
        help=_("Choose at least two functions to compare.") if number < 2 else None,
        width="stretch",
    )
    with about:
        st.caption(
            _(
                "Same first weights, same order of images, same optimizer: only the function differs. "
                "The link then shows this comparison to anyone, live."
            )
        )
    if pressed:
        with errors_shown():
            _start(plan)


def _start(plan: Plan) -> None:
    """Raises ClassroomError."""
    from core.training.check import checked  # needs torch

    title = _(plan.recipe.title)
    named = {f"{title} · {variant_name(name, config)}": checked(config) for name, config in plan.variants.items()}
    name = engine().store.create_comparison(named, owner=identity.owner(), recipe=plan.recipe.name)
    engine().wake()
    st.query_params[COMPARISON] = name
    st.rerun()


@dataclass(frozen=True)
class Variant:
    """A run of the comparison, and what a reader calls it."""

    key: str  # a kind of activation, or `OWN`
    name: str
    run: Run


def shown_comparison() -> str | None:
    """The comparison in the link, if it exists; says so if it doesn't."""
    name = st.query_params.get(COMPARISON)
    if name is None:
        return None
    try:
        engine().store.comparison(name)
    except RunError as error:
        show_error(error)
        return None
    return name


def compared(comparison: str) -> list[Variant]:
    """The variants of a comparison as they are now, always in the same order. Raises RunError."""
    found = [(variant_of(run.config.model), run) for run in engine().store.comparison(comparison)]
    found.sort(key=lambda pair: place(pair[0]))
    return [Variant(key, variant_name(key, run.config), run) for key, run in found]


def heading(all_variants: Sequence[Variant]) -> None:
    """Which network is compared, for how long, and how far it is."""
    run = all_variants[0].run
    known = recipes().get(run.recipe or "")
    title = _(known.title) if known else run.name
    layers = len(activations_of(run.config.model))
    st.subheader(title, anchor=False)
    st.caption(
        _(
            "{layers} activation layers · {epochs} epochs · seed {seed}",
            layers=layers,
            epochs=run.config.epochs,
            seed=run.config.seed,
        )
    )


def all_ended(all_variants: Sequence[Variant]) -> bool:
    """Whether nothing more will come."""
    return all(variant.run.ended for variant in all_variants)
