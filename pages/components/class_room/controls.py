"""The teacher's buttons: start, lock, pause, and the end of the class."""

from typing import Literal

import streamlit as st

from core.classes import ending, room, together
from core.classes.room import Room
from core.errors import ClassError
from core.messages import N_
from core.recipes import recipe, recipes
from core.runs.membership import LOCKABLE
from core.spreadsheet import usual_sheet
from pages.components.class_room import downloads
from pages.components.shell import address, classroom, identity
from pages.components.shell.i18n import _, language
from pages.components.shell.layout import errors_shown, show_error
from pages.components.shell.links import FIRST_RECIPE, TEACH
from pages.components.shell.queue import store
from pages.components.widgets.downloads import Download, download_links

UNLOCKABLE = {
    "epochs": N_("Epochs"),
    "batch_size": N_("Batch size"),
    "optimizer.lr": N_("Learning rate"),
    "optimizer": N_("Optimizer and schedule"),
    "model": N_("Network and loss"),
    "data": N_("Images"),
    "seed": N_("Seed and order"),
}
assert UNLOCKABLE.keys() == LOCKABLE.keys()


def start_menu(here: Room) -> None:
    """Send everyone to a recipe. Any other page sends them by its own button."""
    with st.popover(_("Everyone starts here"), icon=":material/campaign:"):
        names = list(recipes())
        chosen = st.selectbox(
            _("Recipe"),
            names,
            index=names.index(FIRST_RECIPE),
            format_func=lambda name: _(recipes()[name].title),
            key="start-recipe",
        )
        st.caption(
            _("To send another page or changed settings, open that page and press “Everyone starts here” at its top.")
        )
        if st.button(_("Show the link to everybody"), type="primary", key="send-recipe"):
            with errors_shown():
                together.start_here(
                    store().database,
                    here.id,
                    teacher=identity.owner(),
                    page=address.TRAIN_PAGE,
                    query={"recipe": chosen},
                    config=recipe(chosen).config,
                )
                st.toast(_("Every pupil has the link now."), icon=":material/check:")


def lock_menu(here: Room) -> None:
    """Which settings pupils may change."""
    locked = here.unlocked is not None
    with (
        st.popover(
            _("Locked") if locked else _("Lock settings"), icon=":material/lock:" if locked else ":material/lock_open:"
        ),
        st.form("lock", border=False),
    ):
        on = st.toggle(_("Lock settings"), locked, key="lock-on")
        chosen = st.multiselect(
            _("Pupils may change"),
            list(UNLOCKABLE),
            default=list(here.unlocked if here.unlocked is not None else ["optimizer.lr"]),
            format_func=lambda name: _(UNLOCKABLE[name]),
            key="unlocked",
            help=_("All other settings stay as where everyone starts. The server refuses runs that change them."),
        )
        if st.form_submit_button(_("Apply"), type="primary"):
            try:
                together.lock(store().database, here.id, chosen if on else None, teacher=identity.owner())
            except ClassError as error:
                show_error(error)
            else:
                st.rerun()


def pause_button(here: Room) -> None:
    """Pause every run of the pupils, or let all go on."""
    label, icon, act = (
        (_("Go on"), ":material/play_arrow:", together.go_on)
        if here.paused
        else (_("Pause all"), ":material/pause:", together.pause)
    )
    explanation = _("Every run saves its state and waits. Later it goes on with the same numbers.")

    def done() -> None:
        with errors_shown():
            act(store().database, here.id, teacher=identity.owner())
            classroom.wake()

    kind: Literal["primary", "secondary"] = "primary" if here.paused else "secondary"
    st.button(label, icon=icon, key="pause", help=explanation, type=kind, on_click=done)


def end_menu(here: Room) -> None:
    """Collect, end and delete; and the teacher's link."""
    with st.popover(_("Collect and end"), icon=":material/inventory_2:"):
        download_links(
            [
                Download(
                    _("All hand-ins as one zip"), downloads.address(here.id, downloads.ZIP, language()), "class.zip"
                ),
                Download(
                    _("All results as a table (CSV)"),
                    downloads.address(here.id, downloads.CSV, language(), usual_sheet(str(st.context.locale or ""))),
                    "class.csv",
                ),
            ],
            key="class-downloads",
        )
        if st.button(_("Show a new teacher's link"), icon=":material/key:", key="teacher-link"):
            with errors_shown():
                secret = room.new_teacher_link(store().database, here.id, teacher=identity.owner())
                st.code(f"{address.root()}/Class?{TEACH}={secret}", language=None, wrap_lines=True)
                st.caption(
                    _("It leads this class from another browser. Keep it to yourself. Earlier links have ended.")
                )
        if here.open and st.button(_("End the class now"), icon=":material/flag:", key="end-class"):
            with errors_shown():
                ending.end(store().database, here.id, teacher=identity.owner())
                st.rerun()
        _delete(here)


def _delete(here: Room) -> None:
    st.divider()
    st.markdown(_("Deletes all runs, images and names of this class from the server. It can't be undone."))
    sure = st.checkbox(_("I have collected what I need"), key="delete-sure")
    if st.button(
        _("Delete everything of this class"), icon=":material/delete_forever:", disabled=not sure, key="delete-class"
    ):
        with errors_shown(), st.spinner(_("Stopping runs and deleting")):
            ending.delete_all(store().database, here.id, teacher=identity.owner())
            address.go(address.CLASS_PAGE)
