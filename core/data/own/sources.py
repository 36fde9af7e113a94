"""Where images of one's own come from, and which class each belongs to.

A source lists files by the parts of their names and reads them on demand. Names are only ever shown, sorted and used
as class names: no path is built from one.
"""

import os
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from core import environment
from core.data.own.entries import LIMITS, Entry, File, Limits, Skipped, Source, too_many_files
from core.data.own.images import MAX_BYTES
from core.data.own.layout import arrange, nothing, refusal
from core.data.own.names import display, is_ignored, parts_of
from core.errors import DataError
from core.messages import Message, say


def folder(path: str | Path, limits: Limits = LIMITS) -> Source:
    """The images below a folder of this server, one folder a class. Links are not followed.

    Raises:
        DataError: the server doesn't allow it, the folder doesn't exist, or there is nothing to use in it.
    """
    if not environment.folder_paths_allowed():
        raise DataError(
            say(
                "This server doesn't open folders. Upload the images, or let whoever runs the server set "
                "ALLOW_FOLDER_PATHS=1."
            )
        )
    root = Path(path).expanduser()
    if not root.is_dir():
        raise DataError(say("There is no folder {path} on the server. Check its spelling.", path=display(str(root))))
    return folder_of_classes(root, limits)


def folder_of_classes(root: Path, limits: Limits = LIMITS) -> Source:
    """The images below a folder that the server itself names. Raises DataError where there is nothing to use in it."""
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
    """Everything below a folder that isn't a folder itself, with the parts of its name."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        return  # not ours to read
    for entry in entries:
        parts = (*above, display(entry.name)) if display(entry.name) else above
        if is_ignored(parts[-1:]):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path, parts)
        else:
            yield entry, parts


def uploads(files: Iterable[tuple[str, bytes]], limits: Limits = LIMITS, *, labelled: bool = True) -> Source:
    """Uploaded files with their relative names, such as `Cat/1.jpg`, as a browser sends a folder.

    Where they needn't be `labelled`, images in no folder of a class have the label "".

    Raises:
        DataError: see `arrange`.
    """
    listed = [File(parts_of(name), partial(_given, data)) for name, data in files]
    if len(listed) > limits.files:
        raise too_many_files(limits)
    return arrange(listed, [], limits, labelled=labelled)


def by_class(images: Iterable[tuple[str, str, bytes]]) -> Source:
    """Single images put into named classes: (class, file name, bytes) each. Raises DataError."""
    entries = []
    skipped = []
    for label, name, data in images:
        shown = display(label)
        if not shown:
            raise DataError(say("A class has no name. Name each class before you add images to it."))
        if reason := refusal(name):
            skipped.append(Skipped(f"{shown}/{display(name)}", reason))
            continue
        entries.append(Entry(f"{shown}/{display(name)}", shown, None, partial(_given, data)))
    if not entries:
        raise nothing(skipped)
    return Source(sorted(entries, key=lambda entry: (entry.label, entry.name)), skipped)


LINK = say("It is a link, and links are not followed. Put the image itself there.")


def _given(data: bytes) -> bytes | Message:
    return data


def read_file(place: str) -> bytes | Message:
    """The bytes of a file, one more than are allowed at most, or why they can't be had."""
    try:
        with open(place, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        return say("The file can't be read ({reason}).", reason=error.strerror or "")
