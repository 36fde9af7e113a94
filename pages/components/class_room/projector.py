"""What fills a projector: the code to join, or the wall without controls."""

import streamlit as st

from core.classes.room import Room
from core.errors import ClassError
from pages.components.class_room.tiles import on_wall, read_wall
from pages.components.shell import address
from pages.components.shell.i18n import _, escaped, plural
from pages.components.shell.links import CODE
from pages.components.shell.share import qr_code
from pages.components.widgets.wall import wall_widget

TICK_SECONDS = 1.5
# The whole screen belongs to the class: no menu, no bar.
_ALONE = """<style>
[data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stExpandSidebarButton"], .st-key-class-line {
  display: none !important; }
.stMainBlockContainer { padding: 1.2rem 2rem 0.5rem !important; max-width: none !important; }
.st-key-join-code h1 { font-size: min(13vw, 30vh) !important; line-height: 1; letter-spacing: 0.06em;
  padding: 0 !important; white-space: nowrap; font-variant-numeric: tabular-nums; }
.st-key-join-code [data-testid="stImage"] img { width: min(100%, 74vh) !important; image-rendering: pixelated; }
</style>"""


def projector(room: Room, view: str) -> None:
    """The code for those who join, or the wall for those who have."""
    st.html(_ALONE)
    if view == "link":
        _code(room)
    else:
        with st.container():
            st.fragment(_wall, run_every=TICK_SECONDS)(room, address.text("names") != "off")
    _back()


def _code(room: Room) -> None:
    """The code, the link and its QR code."""
    link = f"{address.root()}/Class?{CODE}={room.code}"
    with st.container(key="join-code"):
        left, right = st.columns([3, 2], vertical_alignment="center", gap="large")
        with left:
            st.markdown(f"### {escaped(room.name)}")
            st.markdown(_("Open this address, then type the code:"))
            st.markdown(f"### {escaped(f'{address.root()}/Class')}")
            st.title(room.code, anchor=False)
        with right:
            st.image(
                qr_code(link),
                width="stretch",
                caption=_("Scan it with the camera of a phone."),
                alt=_("QR code of the link"),
            )


def _wall(room: Room, names: bool) -> None:
    try:
        found = read_wall(room)
    except ClassError:
        st.rerun()
    st.markdown(f"### {escaped(room.name)} · {escaped(room.code)}")
    wall_widget(
        on_wall(found, "name", only_help=False, names=names), key="wall", label=_("One tile for each pupil"), large=True
    )
    st.caption(plural("{number} pupil", "{number} pupils", len(found.tiles)))


def _back() -> None:
    with st.container(horizontal=True):
        st.page_link(address.CLASS_PAGE, label=_("Back"), icon=":material/arrow_back:", query_params={})
        if address.text("view") == "projector":
            hidden = address.text("names") == "off"
            st.page_link(
                address.CLASS_PAGE,
                label=_("Show names") if hidden else _("Hide names"),
                icon=":material/badge:",
                query_params={"view": "projector"} | ({} if hidden else {"names": "off"}),
            )
