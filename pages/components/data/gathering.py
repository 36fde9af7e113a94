"""The way Camera of Bring your own: record pictures class by class, alone or with other phones, and train on them."""

import streamlit as st

from core import environment
from core.data.own import gathered, gathering, quota
from core.data.own.gathering import Gathering, New
from core.errors import DataError
from pages.components.data.gathered_training import prepare_in_background, train_now
from pages.components.shell import address, identity, uploads
from pages.components.shell.i18n import _, escaped, plural, said
from pages.components.shell.layout import errors_shown
from pages.components.shell.share import qr_code
from pages.components.widgets.camera import recorder

ADD = "add"  # in the address: the key of a set that somebody may add to
_KEY = "classroom.data.set_key"  # of this session's link; the server keeps only its digest
LEAST = 2  # pictures of a class to train on


def gathering_view() -> None:
    """Record, share and train. A fragment: only this part is drawn again when pictures arrive."""
    st.fragment(_view)()


def _view() -> None:
    with errors_shown():
        st.caption(_where())
        recorder(key="recorder")
        found = gathering.of(identity.owner())
        with st.container(horizontal=True, vertical_alignment="center"):
            _train_button(found)
            _share(found)
            _start_over(found)


def add_files() -> Gathering:
    """The way Files for each class: uploads join what is gathered, each with its name. What is gathered so far."""
    owner = identity.owner()
    name = st.text_input(_("Class"), key="class_name", max_chars=60, placeholder=_("such as cup"), width=260).strip()
    st.caption(uploads.several_files())
    uploads.explain_refusal("files", uploads.PICTURE_MB, _("Make the image smaller."))
    files = st.file_uploader(
        _("Images of this class"),
        accept_multiple_files=True,
        key=uploads.field_key("files"),
        max_upload_size=uploads.PICTURE_MB,
    )
    with errors_shown():
        if st.button(_("Add to class"), icon=":material/add:", key="add", disabled=not (name and files)):
            quota.room(owner).check(sum(file.size for file in files))
            pictures = [New(file.getvalue(), name=file.name) for file in files]
            gathering.add(owner, gathering.add_class(owner, name).id, pictures, most=gathering.FILES)
            uploads.give_back()
            st.rerun()
    found = gathering.of(owner)
    if found.pictures:
        listed = " · ".join(f"**{escaped(one.name)}** {len(one.pictures)}" for one in found.classes)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(listed)
            st.button(
                _("Remove all"), icon=":material/delete:", key="empty", on_click=gathered.forget, args=[found.owner]
            )
    return found


def _where() -> str:
    return _(
        "Before the first picture: the pictures go to this server. Only you see them, and whoever gets a link from "
        "you to a run on them. They are deleted after {days} days, or when you delete them here.",
        days=f"{environment.own_days():g}",
    )


def _train_button(found: Gathering) -> None:
    filled = [one for one in found.classes if len(one.pictures) >= LEAST]
    obstacle = None
    if len(filled) < LEAST:
        obstacle = _("Record pictures of at least two classes.")
    elif len(filled) < len(found.classes):
        small = next(one.name for one in found.classes if len(one.pictures) < LEAST)
        obstacle = _("Record pictures of {name}, or remove this class.", name=escaped(small))
    stale = found.run and found.trained != found.version
    pressed = st.button(
        _("Train again") if found.run else _("Train"),
        type="primary",
        icon=":material/play_arrow:",
        key="train-gathered",
        disabled=obstacle is not None,
        help=obstacle,
    )
    if stale and not obstacle:
        st.caption(_("The network doesn't know the latest pictures yet."))
    if obstacle:
        return
    prepare_in_background(found)
    if pressed:
        train_now(found)


def _share(found: Gathering) -> None:
    """The link by which other phones add to this set."""
    with st.popover(_("Add from other phones"), icon=":material/qr_code_2:"):
        key = st.session_state.get(_KEY)
        if not found.key_digest:
            st.markdown(_("Everyone with the link can add pictures to your classes. They can't see or delete any."))
            ready = bool(found.classes)
            hint = None if ready else _("Add a class first.")
            st.button(_("Make a link"), key="open-set", disabled=not ready, help=hint, on_click=_open, args=[found])
            return
        if key:
            link = f"{str(st.context.url or '').split('?')[0]}?{ADD}={key}"
            st.code(link, language=None, wrap_lines=True)
            st.image(
                qr_code(link), width=220, caption=_("Scan it with the camera of a phone."), alt=_("QR code of the link")
            )
        else:
            st.markdown(_("A link is open, but this page no longer knows it. Make a new one; the old one then ends."))
            st.button(_("Make a new link"), key="renew-set", on_click=_open, args=[found])
        st.button(_("End the link"), key="close-set", on_click=_close, args=[found])


def _open(found: Gathering) -> None:
    st.session_state[_KEY] = gathering.let_others_add(found.owner)


def _close(found: Gathering) -> None:
    gathering.let_nobody_add(found.owner)
    st.session_state.pop(_KEY, None)


def _start_over(found: Gathering) -> None:
    if not found.classes:
        return
    with st.popover(_("Start over"), type="tertiary", icon=":material/delete:"):
        deleted = plural("This deletes one picture.", "This deletes all {number} pictures.", found.pictures)
        st.markdown(f"{deleted} {_('Networks that were trained on them stay.')}")
        st.button(_("Delete all"), key="forget-gathered", on_click=_forget, args=[found])


def _forget(found: Gathering) -> None:
    gathered.forget(found.owner)
    st.session_state.pop(_KEY, None)


def add_view(key: str) -> None:
    """What a phone shows that opened somebody's link: it adds pictures, and sees none but its own."""
    try:
        gathering.owner_by(key)
    except DataError as error:
        st.error(said(error.message), icon=":material/link_off:")
        if st.button(_("Open the page Data"), key="leave-set"):
            address.go(address.DATA_PAGE)
        return
    st.caption(
        _(
            "The pictures go to the set of the person who gave you the link. That person sees them and can delete "
            "them. They are deleted after {days} days.",
            days=f"{environment.own_days():g}",
        )
    )
    recorder(key="recorder", set_key=key)
