"""One pupil, opened from the wall: the run, live, what differs from the class's start, and what a teacher may do."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.classes import room as rooms
from core.classes import together
from core.classes.room import Room
from core.classes.wall import Tile
from core.config import from_json
from core.errors import ClassError
from pages.components.class_room.tiles import WORDS, doing_text, read_wall
from pages.components.run.differences import changes
from pages.components.run.view import run_view
from pages.components.shell import address, identity
from pages.components.shell.i18n import _, escaped, translate
from pages.components.shell.layout import errors_shown, show_error
from pages.components.shell.queue import queue, store


def one_pupil(here: Room, nickname: str) -> None:
    """The whole page for this pupil."""
    with errors_shown():
        found = next((tile for tile in read_wall(here).tiles if tile.nickname == nickname), None)
        if st.button(_("Back to the wall"), icon=":material/arrow_back:", type="tertiary", key="to-wall"):
            address.go(address.CLASS_PAGE)
        if found is None:
            st.info(_("Nobody in the class has this name."), icon=":material/person_off:")
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(escaped(found.nickname), anchor=False, width="content")
            st.badge(doing_text(found, WORDS[found.doing][0]), color="gray")
            _pupil_actions(here, found)
        _last_run(here, found)


def _pupil_actions(here: Room, tile: Tile) -> None:
    if tile.hand_seconds is not None and st.button(_("Put the hand down"), icon=":material/back_hand:", key="lower"):
        _act(lambda: rooms.lower_hand(store().database, here.id, tile.owner, teacher=identity.owner()))
        address.go(address.CLASS_PAGE)
    with st.popover(_("Name"), icon=":material/badge:"):
        if st.button(_("Give another name"), icon=":material/casino:", key="respin"):
            _act(
                lambda: rooms.respin(
                    store().database, here.id, tile.owner, teacher=identity.owner(), translate=translate
                )
            )
            address.go(address.CLASS_PAGE)
        st.markdown(_("After that, this browser can't join the class again, under any name."))
        if st.button(_("Remove from the class"), icon=":material/person_remove:", key="remove"):
            _act(lambda: rooms.remove(store().database, here.id, tile.owner, teacher=identity.owner()))
            address.go(address.CLASS_PAGE)


def _act(action: Callable[[], None]) -> None:
    try:
        action()
    except ClassError as error:
        show_error(error)
        st.stop()


def _last_run(here: Room, tile: Tile) -> None:
    """The pupil's last run as everybody sees runs, with its differences from the start first."""
    run = store().find(tile.run_id) if tile.run_id else None
    if run is None:
        st.info(_("No run yet."), icon=":material/hourglass_empty:")
        return
    start = from_json(here.start["config"]) if here.start and here.start.get("config") else None
    if start is not None:
        changed = changes(start, run.config)
        told = (
            _("Differs from the class's start: {changes}", changes=changed) if changed else _("As the class's start.")
        )
        st.markdown(f":material/difference: {told}")
    with st.container(horizontal=True):
        st.markdown(f"**{escaped(run.name)}**", width="content")
        # Callbacks: the live parts below have the page drawn anew at any time, which could lose a click.
        stop = partial(together.stop_run, store().database, here.id, run.id, teacher=identity.owner())
        if not run.ended:
            st.button(_("Stop this run"), icon=":material/stop:", key="stop-one", on_click=errors_shown()(stop))
        shown = here.spotlight == run.id
        label = _("End the spotlight") if shown else _("Show it to everybody")
        show = partial(
            together.spotlight, store().database, here.id, None if shown else run.id, teacher=identity.owner()
        )
        st.button(
            label,
            icon=":material/visibility:",
            key="spotlight",
            help=_("A link on everybody's page."),
            on_click=errors_shown()(show),
        )
    run_view(queue(), run)
