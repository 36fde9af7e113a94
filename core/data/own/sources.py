"""Sources of imported images, and the class of each image.

A source lists files and reads them on demand. Their names are shown, sorted and used as class names, but never used as
paths.
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
    """The limits of a source. The defaults allow 25,000 photos."""

    archive_bytes: int = 2**30
    unpacked_bytes: int = 4 * 2**30
    files: int = 50_000
    classes: int = 1_000


LIMITS = Limits()


Read = Callable[[], bytes | Message]  # returns the file, or why it can't be read; DataError ends the import


@dataclass(frozen=True)
class File:
    """A file of a source: the parts of its path, safe to show, and how to read it."""

    parts: tuple[str, ...]
    read: Read


@dataclass(frozen=True)
class Entry:
    """An image to import."""

    name: str
    label: str
    validation: bool | None  # whether it is in `val/` instead of `train/`; None: the app splits
    read: Read


@dataclass(frozen=True)
class Skipped:
    """A skipped file, and the reason."""

    name: str
    reason: Message


@dataclass
class Source:
    """Images to import, in a fixed order, and skipped files. Call `close` if they aren't imported."""

    entries: list[Entry]
    skipped: list[Skipped]
    close: Callable[[], None] = field(default=lambda: None)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in alphabetical order."""
        return tuple(sorted({entry.label for entry in self.entries}))


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
        if _is_ignored(parts[-1:]):
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


def by_class(images: Iterable[tuple[str, str, bytes]]) -> Source:
    """Single images with their classes: (class, file name, bytes). Raises DataError."""
    entries = []
    for label, name, data in images:
        shown = display(label)
        if not shown:
            raise DataError(say("A class has no name. Name each class before you add images to it."))
        entries.append(Entry(f"{shown}/{display(name)}", shown, None, partial(_given, data)))
    if not entries:
        raise _nothing([])
    return Source(sorted(entries, key=_order), [])


LINK = say("It is a link. Replace it with the image itself.")


def too_many_files(limits: Limits) -> DataError:
    """The error if a source has more than `limits.files` files."""
    return DataError(
        say("There are more than {limit} files. Use fewer, or make several data sets.", limit=limits.files)
    )


def _given(data: bytes) -> bytes | Message:
    return data


def read_file(place: str) -> bytes | Message:
    """Read a file, at most one byte more than allowed. Returns a message if it can't be read."""
    try:
        with open(place, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        return say("The file can't be read ({reason}).", reason=error.strerror or "")


# --- folders as classes -------------------------------------------------------------------------------------------


def _is_ignored(parts: Sequence[str]) -> bool:
    return any(part.startswith(".") or part.casefold() in _IGNORED for part in parts)


def _refusal(parts: Sequence[str]) -> Message | None:
    """The reason to skip a file with this name. None if it may be an image."""
    suffix = PurePosixPath(parts[-1]).suffix.casefold()
    if suffix in EXTENSIONS:
        return None
    if suffix in _ARCHIVES:
        return say("It is an archive. Unpack it and put its images into one folder for each class.")
    if suffix in (".heic", ".heif", ".avif"):
        return say("This format isn't supported. Save the image as JPEG (on phones: “most compatible”).")
    return say("It isn't an image. These formats are allowed: {formats}.", formats=_ALLOWED)


def arrange(
    files: Iterable[File], skipped: Iterable[Skipped] = (), limits: Limits = LIMITS, *, labelled: bool = True
) -> Source:
    """Find the class of each file: its first folder below `train/` and `val/`, or below the common folders.

    Raises:
        DataError: there is no image, none is in a class folder (if `labelled`), or there are too many classes.
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
        raise DataError(
            say("The images aren't in folders. Put the images of each class into a folder with the name of the class.")
        )
    if len(source.classes) > limits.classes:
        raise DataError(say("There are more than {limit} classes. Use fewer folders.", limit=limits.classes))
    return source


def _below_what_all_share(images: list[File]) -> list[File]:
    """Remove common outer folders, as long as most images still have a folder for their class."""
    depth = 0
    while True:
        inside = [file.parts for file in images if len(file.parts) > depth + 1]
        deeper = sum(len(parts) > depth + 2 for parts in inside)
        if len({parts[depth] for parts in inside}) != 1 or 2 * deeper <= len(inside):
            break
        depth += 1
    return [File(file.parts[min(depth, len(file.parts) - 1) :], file.read) for file in images]


def _split_folders(images: list[File]) -> dict[str, bool]:
    """Top folder → whether it is for validation. Empty if the images aren't split.

    "train" is an ordinary class unless there is also a validation folder, or no other folder.
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
        return Skipped(name, say("It is outside of the folders for training and validation."))
    folders = file.parts[1:-1] if split else file.parts[:-1]
    if not folders and not labelled:
        return Entry(name, "", None, file.read)
    if not folders:
        return Skipped(name, say("It isn't in the folder of a class. Move it into one."))
    both = len(set(split.values())) == 2
    return Entry(name, folders[0], split[file.parts[0]] if both else None, file.read)


def _order(entry: Entry) -> tuple[bool, str, str]:
    """The order of torchvision's `ImageFolder`, so that the exported script splits the same images."""
    return bool(entry.validation), entry.label, entry.name


def _nothing(skipped: Sequence[Skipped]) -> DataError:
    """The error if there is no image, with the first reason."""
    if not skipped:
        return DataError(say("There is no image here. These formats are allowed: {formats}.", formats=_ALLOWED))
    return DataError(
        say("There is no usable image here. {name}: {reason}", name=skipped[0].name, reason=skipped[0].reason)
    )
