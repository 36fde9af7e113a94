"""The tab Bring your own: import images from a zip, files, a folder, the camera, or a path on the server."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import streamlit as st

from core import environment
from core.data import catalog
from core.data.own import gathered, quota, stored
from core.data.own.archives import archive
from core.data.own.entries import LIMITS, Source
from core.data.own.images import ALLOWED
from core.data.own.importing import importing
from core.data.own.sources import folder
from core.errors import DataError
from core.messages import N_, say
from pages.components.data.gathering import add_files, gathering_view
from pages.components.data.import_preview import Open, decide
from pages.components.data.view import View, change
from pages.components.shell import address, identity, uploads
from pages.components.shell.formats import count
from pages.components.shell.i18n import _, plural, said, translate
from pages.components.shell.layout import errors_shown
from pages.components.widgets.folder import folder_field

WAY = "way"  # in the address
WAYS = {
    "zip": N_("Zip archive"),
    "classes": N_("Files for each class"),
    "folder": N_("Folder on this computer"),
    "camera": N_("Camera"),
    "path": N_("Folder on the server"),
}
_LAYOUT = N_(
    "One folder for each class, such as `Cat` and `Dog`. If these lie in the folders `train` and `val`, the app keeps "
    "that split."
)


def import_tab(view: View, next_tab: str) -> None:
    """Choose images, import them, and open `next_tab`."""
    ways = [way for way in WAYS if way != "path" or environment.folder_paths_allowed()]
    start = address.choice(WAY, ways, "zip")
    way = st.segmented_control(
        _("Source"), ways, default=start, format_func=lambda way: _(WAYS[way]), key="way", required=True
    )
    if way != start:
        address.put(WAY, str(way))
    if way == "camera":
        gathering_view()
        return
    st.markdown(
        _(
            "Import images that are sorted into classes. The server turns them upright, converts them to RGB, checks "
            "them and stores them."
        )
    )
    st.caption(
        _(
            "Only your browser lists the images and your runs on them. Others see them only with a link from you. The "
            "images are deleted after {days} days, or when you delete them under Checks and labels.",
            days=f"{environment.own_days():g}",
        )
    )
    chosen = _SOURCES[str(way)]()
    decision = None
    if chosen:
        with errors_shown():
            decision = decide(chosen.open, chosen.key)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.text_input(_("Title"), key="title", max_chars=80, placeholder=_("such as Pets"), width=260)
        per_class = st.number_input(
            _("Limit per class"),
            2,
            LIMITS.files,
            None,
            placeholder=_("all"),
            key="per_class",
            width=200,
            help=_(
                "Picks this many images of each class at random, the same ones every time. 2,500 are enough to start."
            ),
        )
        pressed = st.button(
            _("Import"),
            type="primary",
            icon=":material/upload:",
            key="import",
            disabled=decision is None,
            help=None if decision else _("Choose what names the class.") if chosen else _("Choose images first."),
        )
    with st.expander(_("File types and limits")):
        st.markdown(_limits())
    if pressed and chosen and decision:
        in_classes = way == "classes"
        _import(view, lambda: decision.applied(chosen.open), title, per_class, next_tab, in_classes=in_classes)


def _import(
    view: View, source: Callable[[], Source], title: str, per_class: int | None, next_tab: str, *, in_classes: bool
) -> None:
    """Import with a progress bar. Cancel or any other widget stops it; nothing of it is kept."""
    bar = st.progress(0.0, _("Reading the list of files"))
    cancel = st.empty()
    # The click itself stops this run of the script.
    cancel.button(_("Cancel"), icon=":material/close:", key="cancel")
    name = None
    try:
        with closing(importing(source(), per_class=per_class, room=quota.room(identity.owner()))) as steps:
            for step in steps:
                bar.progress(step.fraction or 0.0, translate(step.message))
                name = step.name
        if name is None:
            raise DataError(say("The import ended early. Try again."))
        stored.claim(name, identity.owner(), title)
    except DataError as error:
        st.error(said(error.message), icon=":material/error:")
        return
    finally:
        bar.empty()
        cancel.empty()
    if in_classes:
        gathered.forget(identity.owner())
    uploads.give_back()
    change(view, catalog.usual(name), tab=next_tab)
    st.rerun()


# --- sources ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Chosen:
    """Files that a person chose: how to list them, and what tells them from others."""

    open: Open
    key: str


def _from_zip() -> _Chosen | None:
    st.caption(f"{_(_LAYOUT)} {uploads.limits()}")
    uploads.explain_refusal("zip", uploads.LARGE_MB, _("Take fewer or smaller images."))
    file = st.file_uploader(
        _("Zip archive"),
        key=uploads.field_key("zip"),
        label_visibility="collapsed",
        max_upload_size=uploads.LARGE_MB,
    )
    return _Chosen(lambda encoding: archive(file, encoding=encoding), file.file_id) if file else None


def _from_folder() -> _Chosen | None:
    st.caption(f"{_(_LAYOUT)} {uploads.limits()}")
    file = folder_field("folder", most_files=LIMITS.files)
    return _Chosen(lambda encoding: archive(file, encoding=encoding), file.file_id) if file else None


def _from_path() -> _Chosen | None:
    st.caption(_(_LAYOUT))
    path = st.text_input(_("Path of the folder"), key="path", placeholder="/data/photos")
    return _Chosen(lambda _encoding: folder(path), path) if path else None


def _from_classes() -> _Chosen | None:
    found = add_files()
    return _Chosen(lambda _encoding: gathered.source(found.owner), found.version) if found.pictures else None


_SOURCES: dict[str, Callable[[], _Chosen | None]] = {
    "zip": _from_zip,
    "classes": _from_classes,
    "folder": _from_folder,
    "path": _from_path,
}


def _limits() -> str:
    lines = [
        _(
            "{formats}, up to 25 megapixels and {size} MB each; of an animation the first frame.",
            formats=ALLOWED,
            size=uploads.PICTURE_MB,
        ),
        _(
            "Zip archives up to {size} MB, without a password. Zip archives inside are unpacked, too.",
            size=uploads.LARGE_MB,
        ),
        plural("One file.", "Up to {number} files, in up to {classes} classes.", LIMITS.files, classes=LIMITS.classes),
        _("Up to {size} GB when unpacked.", size=LIMITS.unpacked_bytes // 2**30),
        _(
            "Your images may take {limit} MB on this server, with all sizes prepared of them. You have used {used} MB.",
            limit=count(round(environment.own_bytes_per_visitor() / 1e6)),
            used=count(round(quota.used(identity.owner()) / 1e6)),
        ),
        _("Files that can't be read are left out and listed. All others are imported."),
    ]
    return "\n".join(f"- {line}" for line in lines)
