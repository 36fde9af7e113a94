"""Uploads, which Streamlit keeps in the server's memory: bounded for each file and for all visitors, and given back.

Streamlit forgets an upload only with its session. So a page empties its field once it has read the files, and what was
uploaded on one page goes when the visitor opens another.
"""

from collections.abc import Callable

from starlette.exceptions import HTTPException
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from core import environment
from pages.components.shell import state
from pages.components.shell.formats import count
from pages.components.shell.i18n import _

PICTURE_MB = 64  # of one picture
LARGE_MB = 200  # of one archive or network: `server.maxUploadSize`, which the server checks for every file
_LARGE = (".zip", ".safetensors")
_MEGABYTE = 2**20
_TOO_LARGE = 413  # HTTP: content too large


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
        manager.add_file = bounded(manager)  # type: ignore[assignment,method-assign]


def bounded(manager: MemoryUploadedFileManager) -> Callable[[str, UploadedFileRec], None]:
    """The manager's `add_file`, which raises HTTPException for a file that is too much."""
    add_file = manager.add_file

    def add(session_id: str, file: UploadedFileRec) -> None:
        if not _is_large(file) and len(file.data) > PICTURE_MB * _MEGABYTE:
            raise HTTPException(_TOO_LARGE, f"a picture may have {PICTURE_MB} MB")
        mine = dict(manager.file_storage.get(session_id, {}))
        if _is_large(file):  # one at a time
            for earlier in [one for one in mine.values() if _is_large(one)]:
                manager.remove_file(session_id, earlier.file_id)
        everybody = [len(one.data) for files in list(manager.file_storage.values()) for one in list(files.values())]
        if sum(everybody) + len(file.data) > environment.uploads_bytes():
            raise HTTPException(_TOO_LARGE, "all visitors' uploads together are too large: try again in a minute")
        add_file(session_id, file)

    return add


def _is_large(file: UploadedFileRec) -> bool:
    return file.name.casefold().endswith(_LARGE)


def leave(page: str) -> None:
    """Forget what was uploaded on another page."""
    if state.moved_to(page):
        give_back()
