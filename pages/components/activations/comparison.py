"""The page Activations: the comparison in the link, and the names of its variants."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.config import RunConfig
from core.config.variants import OWN, activations_of, place, variant_of
from core.errors import RunError
from core.recipes import recipes
from core.runs.run import Run
from pages.components.shell import address
from pages.components.shell.i18n import _, escaped
from pages.components.shell.labels import ACTIVATION_NAMES, activation_name
from pages.components.shell.layout import show_error
from pages.components.shell.queue import queue

COMPARISON = "comparison"  # in the link: the comparison's id


@dataclass(frozen=True)
class Variant:
    """A run of the comparison."""

    key: str  # a kind of activation, or `OWN`
    name: str  # for the reader
    run: Run


def comparison_in_link() -> str | None:
    """The id of the comparison in the link; None, and an error if the link names one, where there is none."""
    comparison = address.text(COMPARISON)
    if not comparison:
        return None
    try:
        queue().store.comparison(comparison)
    except RunError as error:
        show_error(error)
        return None
    return comparison


def variants_of(comparison: str) -> list[Variant]:
    """The variants of a comparison in their present state, always in the same order. Raises RunError."""
    runs = [(variant_of(run.config.model), run) for run in queue().store.comparison(comparison)]
    runs.sort(key=lambda pair: place(pair[0]))
    return [Variant(key, variant_name(key, run.config), run) for key, run in runs]


def all_ended(variants: Sequence[Variant]) -> bool:
    """Whether every run has finished, stopped or failed."""
    return all(variant.run.ended for variant in variants)


def heading(variants: Sequence[Variant]) -> None:
    """The title of the compared network, with its layers, epochs and seed."""
    run = variants[0].run
    known = recipes().get(run.recipe or "")
    st.subheader(_(known.title) if known else escaped(run.name), anchor=False)
    st.caption(
        _(
            "{layers} activation layers · {epochs} epochs · seed {seed}",
            layers=len(activations_of(run.config.model)),
            epochs=run.config.epochs,
            seed=run.config.seed,
        )
    )


def variant_name(variant: str, config: RunConfig) -> str:
    """A variant's name for the reader: its function, or the recipe's own functions."""
    if variant != OWN:
        return ACTIVATION_NAMES[variant]
    return _("As in the recipe ({functions})", functions=function_names(config))


def function_names(config: RunConfig) -> str:
    """The functions of a network from input to output, each once."""
    return ", ".join(dict.fromkeys(activation_name(layer) for layer in activations_of(config.model)))
