"""The page Class of its teacher: the wall, and what the teacher does with everybody."""

import streamlit as st

from core.classes.room import Room
from core.classes.wall import Order
from core.errors import ClassError
from core.messages import N_
from pages.components.class_room import controls
from pages.components.class_room.curves import curves_view
from pages.components.class_room.entrance import entrance
from pages.components.class_room.one import one_pupil
from pages.components.class_room.tiles import HELP_WORDS, line_note, on_wall, read_wall
from pages.components.shell import address
from pages.components.shell.i18n import _, escaped, plural
from pages.components.shell.layout import page_title
from pages.components.shell.links import BOARD, PUPIL, VIEW
from pages.components.widgets.wall import wall_widget

TICK_SECONDS = 1.5
CURVES = "curves"
ORDERS: dict[Order, str] = {
    "name": N_("Name"),
    "doing": N_("State"),
    "accuracy": N_("Accuracy"),
    "runs": N_("Runs"),
    "hand": N_("Hand"),
}


def lead(room: Room) -> None:
    """The whole page."""
    if nickname := address.text(PUPIL):
        one_pupil(room, nickname)
        return
    if address.text(VIEW) == CURVES:
        curves_view(room)
        return
    page_title(escaped(room.name))
    if room.open:
        _head(room)
    else:
        st.info(_("This class has ended. Collect what you need, then delete it."), icon=":material/flag:")
        with st.container(horizontal=True):
            controls.end_menu(room)
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        order = st.segmented_control(
            _("Sort by"),
            list(ORDERS),
            default="name",
            required=True,
            format_func=lambda one: _(ORDERS[one]),
            key="wall-order",
        )
        only_help = st.toggle(_("Needs help"), key="wall-help", help=_(HELP_WORDS))
    with st.container():
        st.fragment(_wall, run_every=TICK_SECONDS)(room, order, only_help)
    if not room.open:
        st.divider()
        entrance("")


def _head(room: Room) -> None:
    """The code, and what is done with everybody."""
    with st.container(horizontal=True, vertical_alignment="center", key="class-head"):
        if st.button(f"**{room.code}**", icon=":material/qr_code_2:", key="show-code", help=_("Fills the screen.")):
            address.go(address.CLASS_PAGE, {VIEW: "link"})
        if st.button(_("Projector"), icon=":material/cast:", key="projector", help=_("The wall without controls.")):
            address.go(address.CLASS_PAGE, {VIEW: "projector"})
        if st.button(
            _("Curves"), icon=":material/ssid_chart:", key="curves", help=_("All pupils' curves on one chart.")
        ):
            address.go(address.CLASS_PAGE, {VIEW: CURVES})
        if st.button(_("Board"), icon=":material/leaderboard:", key="board", help=_("A contest on hidden images.")):
            address.go(address.CLASS_PAGE, {VIEW: BOARD})
        controls.start_menu(room)
        controls.lock_menu(room)
        controls.pause_button(room)
        controls.end_menu(room)


def _wall(room: Room, order: Order, only_help: bool) -> None:
    """The tiles; the line below them where somebody waits."""
    try:
        found = read_wall(room)
    except ClassError:  # deleted from another device
        st.rerun()
    tiles = on_wall(found, order, only_help=only_help)
    if not found.tiles:
        st.info(_("Nobody is here yet. Show the code: pupils open Class and type it."), icon=":material/group_add:")
        return
    if not tiles:
        st.info(_("Nobody needs help right now."), icon=":material/check_circle:")
    clicked = wall_widget(tiles, key="wall", label=_("One tile for each pupil"))
    number = plural("{number} pupil", "{number} pupils", len(found.tiles))
    st.caption(" · ".join([number, *line_note(found)]))
    if clicked in {tile.key for tile in tiles}:
        address.go(address.CLASS_PAGE, {PUPIL: clicked})
