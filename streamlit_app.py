"""Home: the lessons as cards, what else there is, what is running now, and how to share it."""

import streamlit as st

from core.runs.run import Run
from core.runs.state import ACTIVE, State
from pages.components.home.cards import first_card, last_run, lesson_cards, other_pages
from pages.components.shell import address, labels
from pages.components.shell.engine import store
from pages.components.shell.formats import percent
from pages.components.shell.i18n import _, escaped
from pages.components.shell.layout import begin


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
        st.page_link(address.TRAIN_PAGE, label=escaped(run.name), query_params={"run": run.id})
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
first_card()
last_run()
st.subheader(_("Lessons"), anchor=False)
lesson_cards()
st.subheader(_("Try out"), anchor=False)
other_pages()

st.subheader(_("Running now"), anchor=False)
running_now()

st.subheader(_("Share"), anchor=False)
st.markdown(
    _(
        "Every page has a link of its own. Change the settings on the Train page and send the address: whoever opens "
        "it finds the same settings. Start a run and send its address: whoever opens it watches the same curves, live."
    )
)
