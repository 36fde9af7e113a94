"""The board of a class: its teacher opens and reveals it, pupils submit runs, and everybody sees who stands where."""

import math
import secrets
from statistics import fmean

import streamlit as st

from core.classes import board
from core.classes import room as rooms
from core.classes.board import Standing, Submission
from core.classes.room import Room
from core.config import from_json
from core.data import held_back
from core.data.catalog import info
from core.errors import ClassError
from core.runs.tasks import Task
from pages.components.shell import address, identity
from pages.components.shell.formats import count, percent
from pages.components.shell.i18n import _, escaped, plural
from pages.components.shell.layout import errors_shown, page_title, show_error
from pages.components.shell.links import BOARD, RUN, VIEW
from pages.components.shell.queue import store
from pages.components.shell.tasks import task_runner, wait_for
from pages.components.widgets.standings import Row, Score, standings_widget

TICK_SECONDS = 2.0


def board_view(room: Room) -> None:
    """The whole page, for the teacher and for pupils."""
    label = _("Back to the wall") if room.teacher else _("Back to the class")
    if st.button(label, icon=":material/arrow_back:", type="tertiary", key="to-wall"):
        address.go(address.CLASS_PAGE)
    page_title(_("Board of {name}", name=escaped(room.name)), "Accuracy", "Validation", "Overfitting")
    if room.board is None:
        _no_board(room)
        return
    st.markdown(_how_it_works(room))
    if room.teacher:
        _reveal(room)
    elif not room.revealed:
        with st.container(border=True):
            _submit(room)
    with st.container():
        st.fragment(_standings, run_every=TICK_SECONDS)(room, _replay(room))
    if room.revealed:
        _why(room)


def _how_it_works(room: Room) -> str:
    title = _(info(room.board_dataset or "").title)
    if room.revealed:
        return _("The result: how often each network was right on hidden images of {title}.", title=title)
    return _(
        "Some images of {title} are hidden: no network of this class learns from them. The board shows how often your "
        "network is right on one half of them. The other half decides in the end.",
        title=title,
    )


# --- the teacher --------------------------------------------------------------------------------------------------


def _no_board(room: Room) -> None:
    if not room.teacher or not room.open:
        st.info(_("This class has no board."), icon=":material/leaderboard:")
        return
    st.markdown(
        _(
            "A board hides some images from the whole class. Pupils submit runs, which the server scores on these "
            "images. From now on no run of this class learns from them; earlier runs can't be submitted."
        )
    )
    with st.form("board", width=560):
        names = board.datasets()
        chosen = st.selectbox(
            _("Data set"),
            names,
            index=names.index(_usual(room, names)),
            format_func=lambda name: _(info(name).title),
            key="board-dataset",
        )
        share = st.slider(
            _("Share of hidden images"),
            round(100 * board.SMALLEST_SHARE),
            round(100 * board.LARGEST_SHARE),
            round(100 * board.SHARE),
            step=5,
            format="%d %%",
            key="board-share",
            help=_("More make the result surer, and leave fewer to learn from."),
        )
        tries = st.number_input(
            _("Submissions of each pupil"), 1, board.MOST_TRIES, board.TRIES, key="board-tries", width=200
        )
        pressed = st.form_submit_button(_("Open the board"), type="primary", icon=":material/leaderboard:")
    if pressed:
        try:
            board.open_board(
                store().database, room.id, chosen, teacher=identity.owner(), share=share / 100, tries=int(tries)
            )
        except ClassError as error:
            show_error(error)
        else:
            address.go(address.CLASS_PAGE, {VIEW: BOARD})


def _usual(room: Room, names: list[str]) -> str:
    """The data set of where everyone starts, if a board can keep its images back."""
    start = room.start["config"] if room.start else None
    wanted = from_json(start).data.dataset if start else "digits"
    return wanted if wanted in names else "digits"


def _reveal(room: Room) -> None:
    if room.revealed or not room.open:
        return
    with st.popover(_("Reveal the result"), icon=":material/celebration:", type="primary"):
        st.markdown(_("The other half of the hidden images decides. After that the board takes no more runs."))
        if st.button(_("Reveal it to everybody"), type="primary", key="reveal"):
            with errors_shown():
                board.reveal(store().database, room.id, teacher=identity.owner())
                st.rerun()


# --- pupils -------------------------------------------------------------------------------------------------------


def _submit(room: Room) -> None:
    """The pupil's own runs to submit, and what became of those submitted."""
    sent = board.submitted(store().database, room.id, owner=identity.owner())
    left = (room.board_tries or 0) - len(sent)
    found = board.submittable(store().database, room.id, room.board or "", owner=identity.owner())
    names = {run_id: f"{name} · {percent(accuracy)}" for run_id, name, accuracy in found}
    if not room.open:
        st.info(_("The class has ended, so the board takes no more runs."), icon=":material/flag:")
    elif not names and left > 0:
        st.info(
            _("No run to submit. Train one; when it has finished, submit it here."), icon=":material/model_training:"
        )
    elif left > 0:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = st.selectbox(
                _("Your run, with its validation accuracy"),
                list(names),
                format_func=lambda run_id: names.get(run_id, run_id),
                key="board-run",
                width=420,
            )
            told = plural("Submit ({number} left)", "Submit ({number} left)", left)
            if st.button(told, type="primary", icon=":material/upload:", key="submit-run"):
                _send(room, chosen)
    else:
        st.caption(_("You have used all your submissions."))
    for number, one in enumerate(sent, 1):
        _outcome(number, one)
    st.caption(_("A new score takes the place of your old one only if it is better by more than chance could make it."))


def _send(room: Room, run_id: str) -> None:
    try:
        number = board.submit(store().database, room.id, run_id, owner=identity.owner())
    except ClassError as error:
        show_error(error)
        return
    task_runner().submit(_task(number, run_id), identity.owner(), watched=False)
    st.rerun()


def _outcome(number: int, one: Submission) -> None:
    name = escaped(one.run) if one.run else _("a deleted run")
    if one.stands is None:
        st.markdown(_("{number}. {name}: is being scored", number=number, name=name))
        wait_for(_task(one.id, one.run_id))
    elif one.stands:
        st.markdown(_("{number}. {name}: counts", number=number, name=name))
    else:
        st.markdown(
            _("{number}. {name}: not better by more than chance, so your score stays", number=number, name=name)
        )


def _task(number: int, run_id: str) -> Task:
    return Task(board.SCORE, run_id, (number,))


# --- the board ----------------------------------------------------------------------------------------------------


def _replay(room: Room) -> str:
    if not room.revealed:
        return ""
    pressed = st.button(_("Show it again"), icon=":material/replay:", type="tertiary", key="replay")
    return secrets.token_hex(4) if pressed else ""


def _standings(drawn: Room, replay: str) -> None:
    room = rooms.room_of(store().database, identity.owner())
    if room is None or (room.id, room.revealed, room.open) != (drawn.id, drawn.revealed, drawn.open):
        st.rerun()
    found = board.standings(store().database, room.id, viewer=identity.owner())
    waiting = board.waiting(store().database, room.id)
    if room.teacher:
        _have_scored(waiting)
    if not found and not waiting:
        st.info(_("Nobody has submitted a run yet."), icon=":material/hourglass_empty:")
        return
    standings_widget([_row(one) for one in found], key="standings", label=_("The board, the best first"), replay=replay)
    number = sum(one.tries for one in found)
    told = [plural("{number} submission", "{number} submissions", number)] if number else []
    if waiting:
        told.append(plural("{number} is being scored", "{number} are being scored", len(waiting)))
    st.caption(" · ".join(told))


def _have_scored(waiting: list[tuple[int, str]]) -> None:
    """Have scored what waits, where the pupil left the page or the server started anew. What failed stays so."""
    for number, run_id in waiting:
        task = _task(number, run_id)
        status = task_runner().status(task, identity.owner())
        if status is None or status.state != "failed":
            task_runner().submit(task, identity.owner())


def _row(one: Standing) -> Row:
    detail = plural("{number} submission", "{number} submissions", one.tries)
    after = None
    if one.private is not None and one.private_place is not None:
        after = Score(one.private_place, one.private, percent(one.private))
        detail = _("public {before}, private {after}", before=one.public_place, after=one.private_place)
        if one.public_place != one.private_place:
            detail += f" · {percent(one.public)} → {percent(one.private)}"
    before = Score(one.public_place, one.public, percent(one.public))
    return Row(one.nickname, one.nickname, detail, before, after, own=one.owner == identity.owner())


def _why(room: Room) -> None:
    """Why places change."""
    found = board.standings(store().database, room.id, viewer=identity.owner())
    moved = max(found, key=lambda one: abs(one.public_place - (one.private_place or 0)))
    number, typical = _half(room), fmean(one.private or 0.0 for one in found)
    with st.expander(_("Why do places change?"), icon=":material/help:"):
        if moved.public_place != moved.private_place:
            told = _("{name}: public place {before}, private place {after}.", **_places(moved))
            st.markdown(f"**{told}**")
        st.markdown(
            _(
                "Each half has about {number} images, so chance alone moves a score by about {spread}. Pupils whose "
                "scores are closer than that can change places. Whoever picked the best of many runs by the public "
                "score also picked luck with these images, and luck doesn't carry over to new ones.",
                number=count(number),
                spread=percent(math.sqrt(typical * (1 - typical) / max(1, number))),
            )
        )
        for one in found[:3]:
            st.page_link(
                address.TRAIN_PAGE,
                label=_("Run of {name}", name=escaped(one.nickname)),
                icon=":material/show_chart:",
                query_params={RUN: one.run_id},
            )


def _places(one: Standing) -> dict[str, object]:
    return {"name": escaped(one.nickname), "before": one.public_place, "after": one.private_place}


def _half(room: Room) -> int:
    """About how many images each half has."""
    return round(info(room.board_dataset or "").splits["train"] * held_back.share(room.board or "") / 2)
