"""Where images of one's own come from, and which class each belongs to.

A source lists files by the parts of their names and reads them on demand. Names are only ever shown, sorted and used
as class names: no path is built from one.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath

from core import environment
from core.data.own.images import EXTENSIONS, MAX_BYTES
from core.data.own.names import display, parts_of
from core.errors import DataError
from core.messages import Message, say

TRAIN = frozenset({"train", "training"})
VALIDATION = frozenset({"val", "valid", "validation"})
TEST = frozenset({"test", "testing"})
_IGNORED = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
_ARCHIVES = frozenset({".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"})
_ALLOWED = "JPEG, PNG, WebP, BMP, GIF, TIFF"


@dataclass(frozen=True)
class Limits:
    """How much a source may hold. The defaults let a class set of 25,000 photos through."""

    archive_bytes: int = 2**30
    unpacked_bytes: int = 4 * 2**30
    files: int = 50_000
    classes: int = 1_000


LIMITS = Limits()


Read = Callable[[], bytes | Message]  # the file, or why it can't be had; DataError stops the whole import


@dataclass(frozen=True)
class File:
    """A file as its source lists it: the parts of its name, fit to be shown, and how to read it."""

    parts: tuple[str, ...]
    read: Read


@dataclass(frozen=True)
class Entry:
    """An image to import."""

    name: str
    label: str
    validation: bool | None  # which of `train/` and `val/` it lay in; None: the app splits
    read: Read


@dataclass(frozen=True)
class Skipped:
    """A file that is left out, and why."""

    name: str
    reason: Message


@dataclass
class Source:
    """Images to import, in a fixed order, and what was left out. `close` when done, if nobody imports them."""

    entries: list[Entry]
    skipped: list[Skipped]
    close: Callable[[], None] = field(default=lambda: None)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in alphabetical order."""
        return tuple(sorted({entry.label for entry in self.entries}))


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
    """The images below a folder that the server itself names. Raises DataError if there is nothing to use in it."""
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
        if _is_ignored(parts[-1:]):
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
    for label, name, data in images:
        shown = display(label)
        if not shown:
            raise DataError(say("A class has no name. Name each class before you add images to it."))
        entries.append(Entry(f"{shown}/{display(name)}", shown, None, partial(_given, data)))
    if not entries:
        raise _nothing([])
    return Source(sorted(entries, key=_order), [])


LINK = say("It is a link, and links are not followed. Put the image itself there.")


def too_many_files(limits: Limits) -> DataError:
    """What to say where a source holds more than `limits.files`."""
    return DataError(
        say("There are more than {limit} files. Take fewer, or make several data sets.", limit=limits.files)
    )


def _given(data: bytes) -> bytes | Message:
    return data


def read_file(place: str) -> bytes | Message:
    """The bytes of a file, one more than are allowed at most, or why they can't be had."""
    try:
        with open(place, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        return say("The file can't be read ({reason}).", reason=error.strerror or "")


# --- folders as classes -------------------------------------------------------------------------------------------


def _is_ignored(parts: Sequence[str]) -> bool:
    return any(part.startswith(".") or part.casefold() in _IGNORED for part in parts)


def _refusal(parts: Sequence[str]) -> Message | None:
    """Why a file of this name isn't tried as an image."""
    suffix = PurePosixPath(parts[-1]).suffix.casefold()
    if suffix in EXTENSIONS:
        return None
    if suffix in _ARCHIVES:
        return say("It is an archive inside. Unpack it, and put its images into folders, one for each class.")
    if suffix in (".heic", ".heif", ".avif"):
        return say("This format can't be read. Save the image as JPEG; phones call it “most compatible”.")
    return say("It isn't an image. Allowed are {formats}.", formats=_ALLOWED)


def arrange(
    files: Iterable[File], skipped: Iterable[Skipped] = (), limits: Limits = LIMITS, *, labelled: bool = True
) -> Source:
    """Which file belongs to which class: the first folder below `train/` and `val/`, or below what all share.

    Raises:
        DataError: there is no image, none lies in a folder although they are `labelled`, or there are too many classes.
    """
    left_out = list(skipped)
    images = []
    for file in files:
        if not file.parts or _is_ignored(file.parts):
            continue
        reason = _refusal(file.parts)
        if reason:
            left_out.append(Skipped("/".join(file.parts), reason))
        else:
            images.append(file)
    if not images:
        raise _nothing(left_out)
    images = _below_what_all_share(images)
    split = _split_folders(images)
    entries = []
    for file in images:
        entry = _entry(file, split, labelled)
        if isinstance(entry, Entry):
            entries.append(entry)
        else:
            left_out.append(entry)
    source = Source(sorted(entries, key=_order), left_out)
    if not entries:
        raise DataError(say("No image lies in a folder. Put the images of each class into a folder with its name."))
    if len(source.classes) > limits.classes:
        raise DataError(say("There are more than {limit} classes. Put them into fewer folders.", limit=limits.classes))
    return source


def _below_what_all_share(images: list[File]) -> list[File]:
    """Without the folders around all of it, as long as most images have a further folder for their class."""
    depth = 0
    while True:
        inside = [file.parts for file in images if len(file.parts) > depth + 1]
        deeper = sum(len(parts) > depth + 2 for parts in inside)
        if len({parts[depth] for parts in inside}) != 1 or 2 * deeper <= len(inside):
            break
        depth += 1
    return [File(file.parts[min(depth, len(file.parts) - 1) :], file.read) for file in images]


def _split_folders(images: list[File]) -> dict[str, bool]:
    """Top folder → whether it is for validation; empty where the images aren't split.

    "train" is a class like any other unless a validation folder stands beside it (or it stands alone).
    """
    tops = {file.parts[0] for file in images if len(file.parts) > 2}
    training = {top for top in tops if top.casefold() in TRAIN}
    validation = {top for top in tops if top.casefold() in VALIDATION} or {
        top for top in tops if top.casefold() in TEST
    }
    if training and (validation or training == tops):
        return dict.fromkeys(training, False) | dict.fromkeys(validation, True)
    return {}


def _entry(file: File, split: dict[str, bool], labelled: bool) -> Entry | Skipped:
    name = "/".join(file.parts)
    if split and file.parts[0] not in split:
        return Skipped(name, say("It lies beside the folders for training and validation, not in them."))
    folders = file.parts[1:-1] if split else file.parts[:-1]
    if not folders and not labelled:
        return Entry(name, "", None, file.read)
    if not folders:
        return Skipped(name, say("It lies in no folder of a class. Move it into one."))
    both = len(set(split.values())) == 2
    return Entry(name, folders[0], split[file.parts[0]] if both else None, file.read)


def _order(entry: Entry) -> tuple[bool, str, str]:
    """The order of torchvision's `ImageFolder`: plain code on the same folder holds out the same images."""
    return bool(entry.validation), entry.label, entry.name


def _nothing(skipped: Sequence[Skipped]) -> DataError:
    """There is no image at all; the first reason may explain it."""
    if not skipped:
        return DataError(say("There is no image here. Allowed are {formats}.", formats=_ALLOWED))
    return DataError(
        say("There is no image to use here. {name}: {reason}", name=skipped[0].name, reason=skipped[0].reason)
    )
