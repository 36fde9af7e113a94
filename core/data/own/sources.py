"""Sources of imported images, and the class of each image.

A source lists files and reads them on demand. Their names are shown, sorted and used as class names, but never used as
paths.
"""

import os
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from core import environment
from core.data.own.entries import LIMITS, File, Limits, Skipped, Source, too_many_files
from core.data.own.images import MAX_BYTES
from core.data.own.layout import arrange
from core.data.own.names import display, is_ignored, parts_of
from core.errors import DataError
from core.messages import Message, say


def folder(path: str | Path, limits: Limits = LIMITS) -> Source:
    """The images in a folder of this server, with a folder for each class. Links aren't followed.

    Raises:
        DataError: the server doesn't allow it, the folder doesn't exist, or it has no usable image.
    """
    if not environment.folder_paths_allowed():
        raise DataError(
            say(
                "This server doesn't allow folders. Upload the images, or ask the person who runs the server to set "
                "ALLOW_FOLDER_PATHS=1."
            )
        )
    root = Path(path).expanduser()
    if not root.is_dir():
        raise DataError(say("There is no folder {path} on the server. Check the spelling.", path=display(str(root))))
    return folder_of_classes(root, limits)


def folder_of_classes(root: Path, limits: Limits = LIMITS) -> Source:
    """The images in a trusted folder. Raises DataError if it has no usable image."""
    files: list[File] = []
    skipped: list[Skipped] = []
    for found, parts in _walk(root, ()):
        if found.is_symlink() or not found.is_file():
            skipped.append(Skipped("/".join(parts), LINK))
        else:
            files.append(File(parts, partial(read_file, found.path)))
        if len(files) + len(skipped) > limits.files:
            raise too_many_files(limits)
    return arrange(files, skipped, limits)


def _walk(folder: str | Path, above: tuple[str, ...]) -> Iterator[tuple["os.DirEntry[str]", tuple[str, ...]]]:
    """All files below a folder, with the parts of their paths."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        return  # not readable
    for entry in entries:
        parts = (*above, display(entry.name)) if display(entry.name) else above
        if is_ignored(parts[-1:]):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path, parts)
        else:
            yield entry, parts


def uploads(files: Iterable[tuple[str, bytes]], limits: Limits = LIMITS, *, labelled: bool = True) -> Source:
    """Uploaded files with their relative paths, such as `Cat/1.jpg`.

    Without `labelled`, images outside of class folders have the label "".

    Raises:
        DataError: see `arrange`.
    """
    listed = [File(parts_of(name), partial(_given, data)) for name, data in files]
    if len(listed) > limits.files:
        raise too_many_files(limits)
    return arrange(listed, [], limits, labelled=labelled)


LINK = say("It is a link. Replace it with the image itself.")


def _given(data: bytes) -> bytes | Message:
    return data


def read_file(place: str) -> bytes | Message:
    """Read a file, at most one byte more than allowed. Returns a message if it can't be read."""
    try:
        with open(place, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        return say("The file can't be read ({reason}).", reason=error.strerror or "")
