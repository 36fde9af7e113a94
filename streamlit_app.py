"""Home: a film of the first recipe, all recipes as cards, the runs of the moment, and how to share them."""

import streamlit as st
from starlette.middleware import Middleware
from streamlit import runtime
from streamlit.starlette import App

from core.runs.run import Run
from core.runs.state import ACTIVE, State
from pages.components.class_room import downloads as class_downloads
from pages.components.data import gathering_routes
from pages.components.home.cards import last_run, other_pages, recipe_cards
from pages.components.home.film import first_lesson_film
from pages.components.predict import live_routes
from pages.components.run import downloads
from pages.components.shell import address, identity, labels
from pages.components.shell.compression import Compressed
from pages.components.shell.formats import percent
from pages.components.shell.i18n import _, escaped
from pages.components.shell.index_page import IndexPage
from pages.components.shell.layout import begin, page_title
from pages.components.shell.links import FIRST_RECIPE
from pages.components.shell.queue import store
from pages.components.shell.server import Headers, base, check_settings, error_shown, serving
from pages.components.shell.upload_limits import UploadLimits


@st.fragment(run_every=2.0)
def running_now() -> None:
    """All runs that train or wait, of all visitors."""
    runs = store().recent(states=(*ACTIVE, State.QUEUED), viewer=identity.owner())
    if not runs:
        st.caption(_("Nothing is running. Open a recipe above and press Train."))
    for run in runs:
        row(run)


def row(run: Run) -> None:
    """A run in one line: link, state, and epoch with accuracy."""
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


def home() -> None:
    """The page."""
    begin(_("Home"))
    page_title(_("Watch a network learn"), "Batch", "Convolution", "Epoch", "Loss")
    st.markdown(_("Open a recipe, press Train and watch the loss fall. Then change one setting and see what happens."))
    first_lesson_film()
    if st.button(_("Train it yourself"), type="primary", icon=":material/play_arrow:"):
        address.go(address.TRAIN_PAGE, {"recipe": FIRST_RECIPE})
    last_run()

    st.subheader(_("Recipes"), anchor=False)
    recipe_cards()
    st.subheader(_("Try out"), anchor=False)
    other_pages()

    st.subheader(_("Running now"), anchor=False)
    running_now()

    st.subheader(_("Share"), anchor=False)
    st.markdown(
        _(
            "To share settings, change them on the Train page and send the address of that page. To share a run, "
            "start it and send its address. Everyone who opens it sees the same curves, live."
        )
    )


if runtime.exists():  # somebody opens the page
    home()
else:  # `streamlit run` looks for an app to serve
    check_settings()
    app = App(
        __file__,
        lifespan=serving,
        middleware=[
            Middleware(Headers),
            Middleware(Compressed, base=base()),
            Middleware(IndexPage),
            Middleware(UploadLimits),
        ],
        routes=[
            route
            for room in (downloads, gathering_routes, live_routes, class_downloads)
            for route in room.routes(base())
        ],
        on_script_error=error_shown,
    )
