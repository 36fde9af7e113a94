"""Uploads, which Streamlit keeps in the server's memory: bounded for each file and for all visitors, and given back.

Streamlit forgets an upload only with its session. So a page empties its field once it has read the files, and what was
uploaded on one page goes when the visitor opens another.
"""

import json
from collections.abc import Callable

import streamlit as st
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from core import environment
from core.data.own.images import ALLOWED
from core.messages import say
from pages.components.shell import identity, state, upload_limits
from pages.components.shell.formats import count
from pages.components.shell.i18n import _, translate

PICTURE_MB = 64  # of one picture
LARGE_MB = 200  # of one archive or network: `server.maxUploadSize`, which the server checks for every file
LOOK_SECONDS = 1.0  # between two looks for whether a sentence still stands
_ICON = ":material/upload_file:"
_MEGABYTE = 2**20
_TOO_LARGE = 413  # HTTP: content too large

# Streamlit marks a refused upload and tells the server nothing of it. This asks for the page again, which says why.
_WATCH = """
const known = new WeakSet();
export default function ({ setTriggerValue }) {
    const watcher = new MutationObserver(() => {
        for (const mark of document.querySelectorAll("[data-testid=stFileChipIconError]")) {
            if (!known.has(mark)) setTriggerValue("refused", true);
            known.add(mark);
        }
    });
    watcher.observe(document.body, { childList: true, subtree: true });
    return () => watcher.disconnect();
}
"""
_watch = st.components.v2.component("classroom_uploads", js=_WATCH)


def field_key(name: str) -> str:
    """The key of an upload field; another one after `give_back`, which makes a new, empty field."""
    return f"{name}-{state.uploads_given_back()}"


def limits() -> str:
    """What to say beside a field for archives."""
    return _(
        "Up to {size} MB, one archive at a time. All visitors' uploads together may take {all} MB: if yours is "
        "refused, try again in a minute.",
        size=LARGE_MB,
        all=count(environment.uploads_bytes() / 1e6),
    )


def several_files() -> str:
    """What to say beside a field for several images."""
    return _(
        "{formats}, up to {size} MB each. Save HEIC photos as JPEG first; phones call it “most compatible”. More than "
        "100 images come faster as a folder or a zip.",
        formats=ALLOWED,
        size=PICTURE_MB,
    )


def explain_refusal(name: str, megabytes: int, remedy: str = "") -> None:
    """Say below a field, in the page's words, why the browser doesn't send a file: its own sentence can't be seen.

    Args:
        name: As in `field_key`.
        megabytes: The field's `max_upload_size`.
        remedy: What to do.
    """
    sentence = " ".join([_("A file in red is larger than {size} MB, so it isn't sent.", size=megabytes), remedy])
    quoted = json.dumps(sentence, ensure_ascii=False).replace("<", r"\3c ")
    field = f".st-key-{field_key(name)}:has([aria-invalid=true])::after"
    st.html(f"<style>{field} {{content: {quoted}; color: light-dark(#a4262c, #ff9a9a); font-size: 0.9rem}}</style>")


def give_back() -> None:
    """Forget all uploads of this session, and have its fields empty in the next run of the page."""
    context = get_script_run_ctx()
    if context and runtime.exists():
        runtime.get_instance().uploaded_file_mgr.remove_session_files(context.session_id)
    state.count_uploads_given_back()


def bound() -> None:
    """Have this server refuse what is too much. To be called by every page; it does something once."""
    manager = runtime.get_instance().uploaded_file_mgr if runtime.exists() else None
    if isinstance(manager, MemoryUploadedFileManager) and "add_file" not in vars(manager):
        manager.add_file = bounded(manager, _visitor)  # type: ignore[assignment,method-assign]


def _visitor(session_id: str) -> str:
    """Whose session this is: all tabs of a browser have the same visitor."""
    client = runtime.get_instance().get_client(session_id)
    context = client.client_context if client else None
    return (identity.known_owner(context.cookies) if context else None) or session_id


def bounded(
    manager: MemoryUploadedFileManager, visitor: Callable[[str], str] = str
) -> Callable[[str, UploadedFileRec], None]:
    """The manager's `add_file`, which raises HTTPException for a file that is too much.

    `visitor` says whose session one is. The new archive of a visitor takes the place of the one before.
    """
    add_file = manager.add_file

    def add(session_id: str, file: UploadedFileRec) -> None:
        if not _is_large(file) and len(file.data) > PICTURE_MB * _MEGABYTE:
            sentence = say(
                "A picture may have {number} MB at most. Make it smaller, then try again.", number=PICTURE_MB
            )
            raise upload_limits.refuse(session_id, _TOO_LARGE, sentence)
        if _is_large(file):  # one at a time
            me = visitor(session_id)
            for session in [one for one in list(manager.file_storage) if visitor(one) == me]:
                for earlier in [one for one in list(manager.file_storage[session].values()) if _is_large(one)]:
                    manager.remove_file(session, earlier.file_id)
        if upload_limits.bytes_in(manager) + len(file.data) > environment.uploads_bytes():
            raise upload_limits.refuse(session_id, _TOO_LARGE, upload_limits.TOO_MUCH)
        add_file(session_id, file)
        upload_limits.accept(session_id)

    return add


def _is_large(file: UploadedFileRec) -> bool:
    return file.name.casefold().endswith(upload_limits.LARGE)


def watch() -> None:
    """Have the page drawn again once an upload is refused. It shows nothing."""
    _watch(key="uploads", on_refused_change=lambda: None)


def show_refusal() -> None:
    """Say why the last upload was refused, above a field that is empty again."""
    refusal = _refusal()
    if refusal and not refusal.read:
        refusal.read = True
        give_back()
        st.toast(translate(refusal.sentence), icon=_ICON)  # the field may be a screen below
    if refusal:
        st.fragment(_why_refused, run_every=LOOK_SECONDS)()


def _why_refused() -> None:
    """The sentence, until another upload has arrived."""
    if refusal := _refusal():
        st.error(translate(refusal.sentence), icon=_ICON)


def _refusal() -> upload_limits.Refusal | None:
    context = get_script_run_ctx()
    return upload_limits.refusal(context.session_id) if context else None


def leave(page: str) -> None:
    """Forget what was uploaded on another page."""
    if state.moved_to(page):
        if context := get_script_run_ctx():
            upload_limits.forget(context.session_id)
        give_back()
