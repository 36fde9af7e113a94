"""Joining a class, or opening one."""

import streamlit as st

from core import environment
from core.classes import handover, room
from core.classes.codes import JOIN_LENGTH
from core.errors import ClassError
from pages.components.shell import address, identity, state
from pages.components.shell.i18n import _, translate
from pages.components.shell.layout import errors_shown, show_error
from pages.components.shell.links import CODE
from pages.components.shell.queue import store


def entrance(code: str) -> None:
    """The form to join, filled in by a link, and the form to open a class."""
    join, open_one = st.columns([3, 2], gap="large")
    with join:
        _join(code)
    with open_one:
        if environment.classes() != "off" and not code:
            _open()


def _join(code: str) -> None:
    st.subheader(_("Join a class"), anchor=False)
    with st.form("join"):
        st.text_input(
            _("Code"),
            code,
            max_chars=20,
            key="code",
            placeholder="ABC234",
            help=_("{number} letters and digits, on the screen in front.", number=JOIN_LENGTH),
        )
        # A callback: it is done before anything that arrives meanwhile can interrupt the page, and so lose the click.
        st.form_submit_button(
            _("Join"), type="primary", icon=":material/login:", width="stretch", on_click=_enter, key="join-class"
        )
    st.caption(data_sentence())
    with st.expander(_("I was in the class on another device")), st.form("continue", border=False):
        typed = st.text_input(_("“Continue here” code"), max_chars=30, key="continue-code")
        if st.form_submit_button(_("Continue here"), icon=":material/devices:"):
            _continue(typed)


def _enter() -> None:
    """Join with the code that was typed. The page that follows is the pupil's."""
    with errors_shown():
        typed = str(st.session_state["code"])
        room.join(store().database, typed, owner=identity.owner(), address=identity.visitor(), translate=translate)
        address.put(CODE, "")


def _continue(typed: str) -> None:
    """Become the visitor that the other device is."""
    try:
        secret = handover.accept(store().database, typed, address=identity.visitor())
    except ClassError as error:
        show_error(error)
        return
    state.forget_visitor()
    state.keep_secret(secret)
    address.go(address.CLASS_PAGE)


def data_sentence() -> str:
    """What becomes of a pupil's data, in one sentence."""
    return _(
        "You get a made-up name. Your teacher and your class see your runs; images that you bring are deleted {hours} "
        "hours after the class, everything else after {days} days.",
        hours=round(environment.class_images_hours()),
        days=round(environment.class_days()),
    )


def _open() -> None:
    st.subheader(_("Open a class"), anchor=False)
    with st.form("open"):
        name = st.text_input(_("Name of the class"), max_chars=room.NAME_LENGTH, key="class-name", placeholder="8b")
        hours = st.number_input(
            _("Ends after hours"),
            value=room.IDLE_HOURS,
            step=1.0,
            format="%.3g",
            key="class-hours",
            help=_("Counted from the last click of anybody in the class. You can end it sooner."),
        )
        password = ""
        if environment.classes() == "password":
            password = st.text_input(_("Teachers' password"), type="password", key="class-password")
        pressed = st.form_submit_button(_("Open a class"), icon=":material/add:", width="stretch")
    st.caption(_("For teachers: pupils join with a code, and you see what all of them do."))
    if pressed:
        try:
            room.open_class(
                store().database, name, teacher=identity.owner(), hours=float(hours or 0.0), password=password
            )
        except ClassError as error:
            show_error(error)
        else:
            address.go(address.CLASS_PAGE)
