"""The class that this browser is in: what every page shows of it, and what is locked for a pupil."""

from pathlib import PurePath

import streamlit as st

from core.classes import room as rooms
from core.classes import together
from core.classes.room import Room
from core.classes.wall import SETTINGS
from core.config import RunConfig, from_json
from core.runs import membership
from core.runs.membership import Rules
from pages.components.shell import address, identity, state
from pages.components.shell.i18n import _, escaped
from pages.components.shell.links import BOARD, RUN, VIEW, settings_link
from pages.components.shell.queue import queue, store

TICK_SECONDS = 3.0


def class_here() -> Room | None:
    """The class that this browser is in. Read once for each time that a page is drawn, and kept for `is_locked`."""
    found = rooms.room_of(store().database, identity.owner())
    state.keep_room(found)
    return found


def class_line() -> None:
    """What a class has to say on every page: where to start, what is locked, the pause, the run that all look at."""
    room = class_here()
    if room is None:
        return
    page = address.this_page()
    doing = SETTINGS if page == address.TRAIN_PAGE and not address.text(RUN) else PurePath(page).stem
    rooms.touch(store().database, room, owner=identity.owner(), page=doing)
    if room.teacher:
        if room.open and page != address.CLASS_PAGE:
            _teacher_line(room, page)
    else:
        with st.container():  # of the page, not of the fragment: what follows keeps its place when an update is skipped
            st.fragment(_pupil_line, run_every=TICK_SECONDS)(room)


def _teacher_line(room: Room, page: str) -> None:
    """On every other page the teacher can send the class there."""
    with st.container(horizontal=True, vertical_alignment="center", key="class-line"):
        st.page_link(
            address.CLASS_PAGE,
            label=_("{name} · code {code}", name=escaped(room.name), code=room.code),
            icon=":material/groups:",
        )
        if st.button(
            _("Everyone starts here"),
            icon=":material/campaign:",
            key="everyone-here",
            help=_("Shows every pupil a link to this page with the settings that it has now."),
        ):
            query, config = _here(page)
            together.start_here(
                store().database, room.id, teacher=identity.owner(), page=page, query=query, config=config
            )
            st.toast(_("Every pupil has the link now."), icon=":material/check:")


def _here(page: str) -> tuple[dict[str, str], RunConfig | None]:
    """This page's query, and the settings that it stands for."""
    draft = state.draft()
    if page == address.TRAIN_PAGE and draft and not address.text(RUN):
        return settings_link(draft.recipe, draft.config), draft.config
    return address.settings(), None


def _pupil_line(drawn: Room) -> None:
    room = rooms.room_of(store().database, identity.owner())
    # The whole page, where a setting may now be changed or no more. What was typed stays in its fields.
    if room is None or (room.id, room.open, room.unlocked) != (drawn.id, drawn.open, drawn.unlocked):
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key="class-line"):
        st.page_link(
            address.CLASS_PAGE,
            label=f"**{escaped(room.nickname)}** · {escaped(room.name)}",
            icon=":material/back_hand:" if room.hand_up else ":material/person:",
        )
        if not room.open:
            st.badge(_("The class has ended"), icon=":material/flag:", color="gray")
            return
        if start := together.start_of(room.start):
            page, query = start
            st.page_link(page, label=_("Start here"), icon=":material/campaign:", query_params=query)
        # On the page Class a button leads there: a link to the same page loses its query at the next click.
        if room.board and address.this_page() != address.CLASS_PAGE:
            st.page_link(
                address.CLASS_PAGE, label=_("Board"), icon=":material/leaderboard:", query_params={VIEW: BOARD}
            )
        if room.spotlight:
            st.page_link(
                address.TRAIN_PAGE,
                label=_("Look at this run together"),
                icon=":material/visibility:",
                query_params={RUN: room.spotlight},
            )
        if room.paused:
            st.badge(_("Your teacher paused all runs"), icon=":material/pause_circle:", color="orange")
        if room.unlocked is not None:
            st.badge(_("Your teacher locked some settings"), icon=":material/lock:", color="gray")


# --- locks --------------------------------------------------------------------------------------------------------


def rules() -> Rules | None:
    """What the class allows on this page, as it was when the page was drawn; the store checks again."""
    room = state.room()
    if room is None or not room.open:
        return None
    start = from_json(room.start["config"]) if room.start and room.start.get("config") else None
    board = (room.board or "", room.board_dataset or "")
    return Rules(room.id, room.teacher, room.paused, start, room.unlocked, *board)


def with_board(config: RunConfig) -> RunConfig:
    """Settings without the images that the class's board keeps back from this browser, if there are any."""
    return membership.with_board(rules(), config)


def any_locked() -> bool:
    """Whether this browser may change some settings only."""
    found = rules()
    return found is not None and found.locked


def is_locked(path: str) -> bool:
    """Whether the teacher keeps this browser from changing a setting, by its dotted path."""
    found = rules()
    return found is not None and found.locked and membership.is_locked(path, found.unlocked or ())


def locked_help() -> str:
    """Why a setting can't be changed."""
    return _("Your teacher locked this setting for the class.")


def wake() -> None:
    """Have the queue look for runs that may go on."""
    queue().wake()
