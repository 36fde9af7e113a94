"""A recipe's explanation: its words, what there is to see, what comes next, and pictures to move."""

import streamlit as st

from core.config import RunConfig
from core.messages import N_
from core.recipes import recipe, recipes
from pages.components.concepts.layer import layer_concept
from pages.components.concepts.softmax import softmax_concept
from pages.components.concepts.training import batch_concept, limits_concept, zeroing_concept
from pages.components.concepts.windows import convolution_concept, pooling_concept
from pages.components.shell import address
from pages.components.shell.i18n import _

# Name in the recipes → title.
TITLES = {
    "layer": N_("A layer"),
    "convolution": N_("Convolution"),
    "pooling": N_("Pooling"),
    "softmax": N_("Softmax"),
    "zeroing": N_("Zero the gradients"),
    "batch": N_("A batch"),
    "limits": N_("No guarantee"),
}


def lesson_view(name: str, config: RunConfig) -> None:
    """The explanation of the recipe `name`, with pictures for the settings `config`."""
    lesson = recipe(name)
    st.markdown(f"**{_('Recipe {number}', number=lesson.number)} · {_(lesson.title)}**\n\n{_(lesson.words)}")
    st.markdown(f"**{_('What you will see')}**\n\n{_(lesson.look)}")
    following = recipes()[lesson.next]
    st.page_link(
        address.TRAIN_PAGE,
        label=_("Next: {title}", title=f"{following.number} · {_(following.title)}"),
        icon=":material/arrow_forward:",
        query_params={"recipe": following.name},
    )
    st.divider()
    st.fragment(_concepts)(name, config)


def _concepts(name: str, config: RunConfig) -> None:
    """One part to look at; those of the recipe come first."""
    first = recipe(name).concepts
    names = [*first, *(one for one in TITLES if one not in first)]
    chosen = st.pills(
        _("How does it work?"), names, default=names[0], format_func=lambda one: _(TITLES[one]), key=f"concept-{name}"
    )
    match chosen:
        case "layer":
            layer_concept()
        case "convolution":
            convolution_concept()
        case "pooling":
            pooling_concept()
        case "softmax":
            softmax_concept()
        case "zeroing":
            zeroing_concept()
        case "batch":
            batch_concept(config)
        case "limits":
            limits_concept()
