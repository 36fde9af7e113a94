"""The page Class of a pupil: the name, the hand, the way to the lesson."""

import streamlit as st

from core.classes import handover, room, together
from core.classes.room import SPINS, Room
from core.errors import ClassError
from pages.components.class_room.entrance import data_sentence, entrance
from pages.components.shell import address, identity, state
from pages.components.shell.i18n import _, escaped, translate
from pages.components.shell.layout import page_title, show_error
from pages.components.shell.links import BOARD, VIEW
from pages.components.shell.queue import store


def pupil_view(here: Room) -> None:
    """Who one is, and what to do."""
    page_title(escaped(here.name))
    with st.container(border=True, width=560):
        st.caption(_("You are"))
        st.subheader(escaped(here.nickname), anchor=False)
        if here.open and here.spins < SPINS:
            left = SPINS - here.spins
            if st.button(_("Another name ({number} left)", number=left), icon=":material/casino:", key="spin"):
                _spin(here)
    if not here.open:
        st.info(_("This class has ended. Your runs are still here."), icon=":material/flag:")
        st.page_link(address.RUNS_PAGE, label=_("My runs"), icon=":material/list:")
        st.divider()
        entrance("")
        return
    page, query = together.start_of(here.start) or (address.TRAIN_PAGE, {})
    with st.container(horizontal=True):
        if st.button(_("Go to the lesson"), type="primary", icon=":material/arrow_forward:", key="to-lesson"):
            address.go(page, query)
        if here.board and st.button(_("Board"), icon=":material/leaderboard:", key="to-board"):
            address.go(address.CLASS_PAGE, {VIEW: BOARD})
        _hand(here)
        _elsewhere()
    st.caption(data_sentence())


def _spin(here: Room) -> None:
    try:
        room.spin(store().database, here.id, owner=identity.owner(), translate=translate)
    except ClassError as error:
        show_error(error)
    else:
        st.rerun()


def _hand(here: Room) -> None:
    label = _("Put my hand down") if here.hand_up else _("Raise my hand")
    if st.button(label, icon=":material/back_hand:", key="hand", help=_("Your teacher sees it on the wall.")):
        room.raise_hand(store().database, here.id, owner=identity.owner(), up=not here.hand_up)
        st.rerun()


def _elsewhere() -> None:
    with st.popover(_("Continue on another device"), icon=":material/devices:"):
        st.markdown(_("On the other device open Class and type this code. It works once, within ten minutes."))
        if st.button(_("Make a code"), key="make-code"):
            st.code(handover.offer(store().database, state.secret() or ""), language=None)
