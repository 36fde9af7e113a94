"""Home: the lessons as cards, what is running now, and how to share it."""

import streamlit as st

from core.data.catalog import DATASETS
from core.recipes import Recipe, recipes
from core.runs.run import Run
from core.runs.state import ACTIVE, State
from pages.components.home.film import card_picture, first_lesson_film
from pages.components.shell import labels
from pages.components.shell.engine import store
from pages.components.shell.formats import percent
from pages.components.shell.i18n import _
from pages.components.shell.layout import begin

COLUMNS = 3


def card(recipe: Recipe) -> None:
    """A lesson, one click away from its Train button."""
    with st.container(border=True, height="stretch"):
        if picture := card_picture(recipe.name):
            st.image(picture, width="stretch", alt=_("Some of its images"))
        st.markdown(f"**{_(recipe.title)}**")
        st.markdown(_(recipe.summary))
        st.caption(_(recipe.teaches))
        st.space("stretch")
        st.caption(f"{_(DATASETS[recipe.config.data.dataset].title)} · {how_long(recipe)}")
        st.page_link(
            "pages/2_Train.py",
            label=_("Open"),
            icon=":material/arrow_forward:",
            query_params={"recipe": recipe.name},
        )


def how_long(recipe: Recipe) -> str:
    """Its training time, roughly."""
    if recipe.minutes < 1:
        return _("about {seconds} seconds", seconds=round(recipe.minutes * 60))
    return _("about {minutes} minutes", minutes=round(recipe.minutes))


@st.fragment(run_every=2.0)
def running_now() -> None:
    """Every run that trains or waits, for everyone to watch."""
    runs = store().recent(states=(*ACTIVE, State.QUEUED))
    if not runs:
        st.caption(_("Nothing is running. Open a lesson above and press Train."))
    for run in runs:
        row(run)


def row(run: Run) -> None:
    """One run on one line."""
    word, icon, color = labels.STATES[run.state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link("pages/2_Train.py", label=run.name, query_params={"run": run.id})
        st.badge(_(word), icon=icon, color=color)
        if run.best_val_accuracy is not None:
            st.caption(
                _(
                    "epoch {epoch} of {epochs}, {accuracy} right",
                    epoch=run.epoch,
                    epochs=run.config.epochs,
                    accuracy=percent(run.best_val_accuracy),
                )
            )


begin(_("Home"))
st.title(_("Watch a network learn"), anchor=False)
st.markdown(_("Open a lesson, press Train, and see its loss fall. Then change one thing and see what that does."))

lessons = list(recipes().values())
first_lesson_film()
if st.button(_("Train it yourself"), type="primary", icon=":material/play_arrow:"):
    st.switch_page("pages/2_Train.py", query_params={"recipe": lessons[0].name})

st.subheader(_("Lessons"), anchor=False)
for first in range(0, len(lessons), COLUMNS):
    for column, lesson in zip(st.columns(COLUMNS), lessons[first : first + COLUMNS], strict=False):
        with column:
            card(lesson)

st.subheader(_("Running now"), anchor=False)
running_now()

st.subheader(_("Share"), anchor=False)
st.markdown(
    _(
        "Every page has a link of its own. Change the settings on the Train page and send the address: whoever opens "
        "it finds the same settings. Start a run and send its address: whoever opens it watches the same curves, live."
    )
)
