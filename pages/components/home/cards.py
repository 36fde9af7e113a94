"""The cards of Home. A card is one link as large as itself, see `style.css`."""

import streamlit as st

from core.data.catalog import DATASETS
from core.messages import N_
from core.recipes import Recipe, recipes
from pages.components.home.film import card_picture
from pages.components.shell import address, identity
from pages.components.shell.availability import availability_badge, instead
from pages.components.shell.formats import percent
from pages.components.shell.i18n import _, escaped
from pages.components.shell.queue import store

COLUMNS = 3

# File, title and sentence of what isn't a recipe.
OTHERS = (
    (address.PREDICT_PAGE, N_("Predict"), N_("Draw a digit, and a network says what it is.")),
    (address.DESCENT_PAGE, N_("Gradient descent"), N_("Walk down a bowl, and see when a step is too large.")),
    (address.ACTIVATIONS_PAGE, N_("Activations"), N_("See the bends between the layers, side by side.")),
)


def last_run() -> None:
    """The way back to what one did last."""
    for run in store().recent(1, owner=identity.owner()):
        accuracy = "" if run.best_val_accuracy is None else f" · {percent(run.best_val_accuracy)}"
        st.page_link(
            address.TRAIN_PAGE,
            label=_("Your last run: {name}", name=f"{escaped(run.name)}{accuracy}"),
            icon=":material/history:",
            query_params={"run": run.id},
        )


def recipe_cards() -> None:
    """All recipes."""
    all_recipes = list(recipes().values())
    for first in range(0, len(all_recipes), COLUMNS):
        for column, recipe in zip(st.columns(COLUMNS), all_recipes[first : first + COLUMNS], strict=False):
            with column:
                _card(recipe)


def _card(recipe: Recipe) -> None:
    with st.container(border=True, height="stretch", key=f"card-{recipe.name}"):
        if picture := card_picture(recipe.name):
            st.image(picture, width="stretch", alt=_("Some of its images"))
        st.page_link(
            address.TRAIN_PAGE,
            label=f"**{recipe.number} · {_(recipe.title)}**",
            query_params={"recipe": recipe.name} | instead(recipe),
        )
        st.markdown(_(recipe.summary))
        st.space("stretch")
        st.caption(f"{_(DATASETS[recipe.config.data.dataset].title)} · {how_long(recipe)}")
        availability_badge(recipe)


def other_pages() -> None:
    """What isn't a recipe."""
    for column, (file, title, sentence) in zip(st.columns(len(OTHERS)), OTHERS, strict=True):
        with column, st.container(border=True, height="stretch", key=f"card-{title.split()[0].lower()}"):
            st.page_link(file, label=f"**{_(title)}**")
            st.markdown(_(sentence))


def how_long(recipe: Recipe) -> str:
    """Its training time, roughly."""
    if recipe.minutes < 1:
        return _("about {seconds} seconds", seconds=round(recipe.minutes * 60))
    return _("about {minutes} minutes", minutes=round(recipe.minutes))
