"""Stored image sets: decoded once at import, then mapped into memory.

`images-<content>` is a set as imported. `images-<content>-<choices>` is the same set with some images left out or
relabelled, or with classes merged. Both parts are digests, so the same name means the same images on every server.
Who imported them, under which title, is in a file for each owner: nobody sees what others call the same images.

    <state folder>/datasets/<content>/
        pixels-<n>.bin          uint8, one image after the other, each [height, width, 3]; one file for each decoder
        index.npz               position, size, label, digest, … of each image
        meta.json               classes, file names, what was skipped
        choices-<choices>.json  images left out, labels changed, classes merged
        owner-<owner>           the key of an owner's links, the owner's title, when they were imported
        squares-<size>.npy      the images at one size, see `core.data.own.squares`
"""

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core import environment
from core.data.own.decoders import cannot_store, shard
from core.data.own.entries import Skipped
from core.data.own.names import display
from core.errors import DataError
from core.messages import as_message, say
from core.progress import Progress
from core.storage import path_aside, write_text

Bytes = NDArray[np.uint8]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]
NAME = re.compile(r"images-(?P<content>[0-9a-f]{16})(-(?P<choices>[0-9a-f]{12}))?")


def preparing(done: int, total: int, name: str | None = None) -> Progress:
    """The progress of an import or of another size. The last one of an import has the name of the new set."""
    return Progress(say("Preparing image {done} of {total}", done=done, total=total), done / total, name)


@dataclass(frozen=True)
class Choices:
    """Manual changes: rows left out, row → class number, and class number → the class that it is merged into.

    Rows and numbers refer to the images and the classes as imported.
    """

    excluded: frozenset[int] = frozenset()
    labels: Mapping[int, int] = field(default_factory=dict)
    merged: Mapping[int, int] = field(default_factory=dict)

    def without(self, rows: Iterable[int]) -> "Choices":
        """Also leave these rows out."""
        return replace(self, excluded=self.excluded | {int(row) for row in rows})

    def relabelled(self, labels: Mapping[int, int]) -> "Choices":
        """Also give these rows other labels."""
        return replace(self, labels={**self.labels, **{int(row): int(label) for row, label in labels.items()}})

    def with_merged(self, classes: Mapping[int, int]) -> "Choices":
        """Also take these classes for others."""
        both = {**self.merged, **{int(one): int(other) for one, other in classes.items()}}
        return replace(self, merged={one: both.get(other, other) for one, other in both.items()})

    def unmerged(self) -> "Choices":
        """With all classes as they were imported."""
        return replace(self, merged={})


@dataclass(frozen=True)
class StoredImages:
    """The N images of a set. All arrays have the same order. `rows` are the positions among the imported images."""

    name: str
    classes: tuple[str, ...]
    numbers: tuple[int, ...]  # of each class, its number among the imported ones
    side: int  # largest length of the shorter side in pixels
    labels: Integers  # [N]
    validation: Mask | None  # [N], whether it is from a validation folder; None if there was none
    sizes: Integers  # [N, 2], height and width as stored
    originals: Integers  # [N, 2], height and width of the file
    traits: Bytes  # [N], bits of images.Trait
    digests: Bytes  # [N, 32], SHA-256 of the file
    thumbnails: Bytes  # [N, 16, 16], grey
    files: tuple[str, ...]  # original names
    rows: Integers  # [N]
    skipped: tuple[Skipped, ...]
    choices: Choices
    _pixels: tuple[Bytes, ...]
    _shards: Integers  # [N], which of `_pixels`
    _offsets: Integers  # [N], from which byte on

    def __len__(self) -> int:
        return len(self.labels)

    def image(self, position: int) -> Bytes:
        """One image, uint8 [height, width, 3]."""
        height, width = (int(length) for length in self.sizes[position])
        start = int(self._offsets[position])
        pixels = self._pixels[int(self._shards[position])]
        return pixels[start : start + height * width * 3].reshape(height, width, 3)


@dataclass(frozen=True)
class Summary:
    """Information about an imported set, for menus."""

    name: str
    title: str
    classes: tuple[str, ...]
    images: int
    imported: float  # seconds since 1970


def root() -> Path:
    """The folder of all imported sets."""
    return environment.state_dir() / "datasets"


def is_name(name: str) -> bool:
    """Whether this is the name of an imported set."""
    return NAME.fullmatch(name) is not None


def exists(name: str) -> bool:
    """Whether this server has the set."""
    return (folder(name) / "meta.json").exists() and (_match(name)["choices"] is None or _choices_file(name).exists())


def imported_at(name: str) -> int:
    """When the set was written, in nanoseconds since 1970: it may be deleted and imported again with another title.

    Raises DataError.
    """
    try:
        return (folder(name) / "meta.json").stat().st_mtime_ns
    except OSError as error:
        raise missing() from error


def base_name(name: str) -> str:
    """The name of the set without choices. Raises DataError if this isn't the name of a set."""
    return f"images-{_match(name)['content']}"


def load(name: str) -> StoredImages:
    """Map a set into memory. Raises DataError if it isn't on this server."""
    place = folder(name)
    try:
        meta = json.loads((place / "meta.json").read_text("utf-8"))
        with np.load(place / "index.npz", allow_pickle=False) as file:
            index = {key: file[key] for key in file.files}
        choices = _read_choices(name)
        pixels = tuple(_mapped(shard(place, number)) for number in range(meta["shards"]))
    except OSError as error:
        raise missing() from error
    labels = index["labels"].copy()
    for row, label in choices.labels.items():
        labels[row] = label
    numbers = [number for number in range(len(meta["classes"])) if number not in choices.merged]
    places = {number: place for place, number in enumerate(numbers)}
    placed = [places[choices.merged.get(number, number)] for number in range(len(meta["classes"]))]
    labels = np.array(placed, np.int64)[labels]
    rows = np.setdiff1d(np.arange(len(labels)), np.array(sorted(choices.excluded), dtype=np.int64))
    return StoredImages(
        name=name,
        classes=tuple(meta["classes"][number] for number in numbers),
        numbers=tuple(numbers),
        side=meta["side"],
        labels=labels[rows],
        validation=index["validation"][rows] == 1 if (index["validation"] >= 0).all() else None,
        sizes=index["sizes"][rows],
        originals=index["originals"][rows],
        traits=index["traits"][rows],
        digests=index["digests"][rows],
        thumbnails=index["thumbnails"][rows],
        files=tuple(meta["files"][row] for row in rows),
        rows=rows,
        skipped=tuple(
            Skipped(name, as_message({"template": template, "values": values}))
            for name, template, values in meta["skipped"]
        ),
        choices=choices,
        _pixels=pixels,
        _shards=index["shards"][rows],
        _offsets=index["offsets"][rows],
    )


def _mapped(file: Path) -> Bytes:
    empty = file.stat().st_size == 0  # an empty file can't be mapped
    return np.zeros(0, np.uint8) if empty else np.memmap(file, dtype=np.uint8, mode="r")


def claim(name: str, owner: str, title: str = "") -> None:
    """Record that `owner` imported these images, with a key to give away, under this title. Raises DataError."""
    if not owner.isalnum():
        raise ValueError("an owner is named by letters and digits")
    mark = _mark(name, owner)
    about = _read_mark(mark)
    try:
        known = {"key": about.get("key") or secrets.token_urlsafe(12), "title": display(title) or _title_in(mark)}
        if known != about:
            write_text(mark, json.dumps(known))
        mark.touch()  # its age is the time since the last import
    except OSError as error:
        raise missing() from error


def key_of(name: str, owner: str) -> str | None:
    """The key by which others see the images of this owner. None if the owner didn't import them. Raises DataError."""
    mark = _mark(name, owner)
    if mark.exists() and not _key_in(mark):  # imported by version 0.1
        claim(name, owner)
    return _key_in(mark)


def opens(name: str, owner: str, keys: Collection[str]) -> bool:
    """Whether `owner` imported these images, or one of the keys is the key of somebody who did. Raises DataError."""
    marks = list(folder(name).glob("owner-*"))
    return _mark(name, owner) in marks or any(_key_in(mark) in keys for mark in marks)


def title_of(name: str, owner: str, keys: Collection[str] = ()) -> str:
    """What `owner`, or else somebody whose key is given, calls these images; the classes where nobody does.

    Raises DataError.
    """
    marks = [_mark(name, owner), *(mark for mark in sorted(folder(name).glob("owner-*")) if _key_in(mark) in keys)]
    return next(filter(None, map(_title_in, marks)), "") or usual_title(load(name).classes)


def usual_title(classes: Sequence[str]) -> str:
    """What images without a title are called."""
    return ", ".join(classes[:3])


def _mark(name: str, owner: str) -> Path:
    return folder(name) / f"owner-{owner}"


def _key_in(mark: Path) -> str | None:
    key: str | None = _read_mark(mark).get("key")
    return key


def _title_in(mark: Path) -> str:
    """An owner's title; "" where there is none."""
    about = _read_mark(mark)
    if "title" in about or [*mark.parent.glob("owner-*")] != [mark]:
        return about.get("title", "")
    meta: dict[str, str] = json.loads((mark.parent / "meta.json").read_text("utf-8"))  # where version 0.1 kept it
    return meta.get("title", "")


def _read_mark(mark: Path) -> dict[str, str]:
    try:
        about: dict[str, str] = json.loads(mark.read_text("utf-8"))
    except (OSError, ValueError):  # there is none, or the empty file of version 0.1
        return {}
    return about


def imported_before(moment: float) -> list[tuple[str, str]]:
    """Sets whose last import by an owner was before this time (seconds since 1970), each with that owner."""
    found = []
    for mark in root().glob("[0-9a-f]*/owner-*"):
        try:
            if mark.stat().st_mtime < moment:
                found.append((f"images-{mark.parent.name}", mark.name.removeprefix("owner-")))
        except FileNotFoundError:  # deleted meanwhile
            continue
    return found


def listed(owner: str) -> list[Summary]:
    """The sets that `owner` imported, newest first."""
    found = []
    for mark in root().glob(f"[0-9a-f]*/owner-{owner}"):
        place = mark.parent
        try:
            meta = json.loads((place / "meta.json").read_text("utf-8"))
            imported = mark.stat().st_mtime
        except OSError:
            continue  # deleted meanwhile
        name, classes = f"images-{place.name}", tuple(meta["classes"])
        title = _title_in(mark) or usual_title(classes)
        found.append(Summary(name, title, classes, len(meta["files"]), imported))
    return sorted(found, key=lambda summary: summary.imported, reverse=True)


def forget(name: str, owner: str) -> None:
    """Remove a set from the owner's list, and delete it if nobody else imported the same images. Raises DataError."""
    (folder(name) / f"owner-{owner}").unlink(missing_ok=True)
    if not any(folder(name).glob("owner-*")):
        delete(name)


def delete(name: str) -> None:
    """Delete a set with all its choices. Runs that have it open can use it until they end."""
    place = folder(name)
    aside = path_aside(root())
    try:
        os.replace(place, aside)
    except OSError as error:
        raise missing() from error
    shutil.rmtree(aside, ignore_errors=True)


# --- choices ------------------------------------------------------------------------------------------------------


def choose(name: str, choices: Choices) -> str:
    """Save these choices and return the name of the set with them. The set `name` doesn't change.

    Raises:
        DataError: the set doesn't exist, or a choice doesn't fit it.
    """
    base = load(base_name(name))
    labels = {row: label for row, label in choices.labels.items() if row not in choices.excluded}
    numbers = (*labels.values(), *choices.merged, *choices.merged.values())
    if (
        any(not 0 <= row < len(base) for row in (*choices.excluded, *labels))
        or any(not 0 <= number < len(base.classes) for number in numbers)
        or choices.merged.keys() & set(choices.merged.values())
    ):
        raise DataError(say("This image or class doesn't exist. Reload the page."))
    if len(choices.excluded) == len(base):
        raise DataError(say("No image would be left. Keep at least one."))
    changed = {row: label for row, label in labels.items() if base.labels[row] != label}
    if not choices.excluded and not changed and not choices.merged:
        return base.name
    about: dict[str, object] = {"excluded": sorted(choices.excluded), "labels": sorted(changed.items())}
    if choices.merged:  # otherwise sets keep the names that they had before classes could be merged
        about["merged"] = sorted(choices.merged.items())
    text = json.dumps(about)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    chosen = f"{base.name}-{digest}"
    try:
        write_text(_choices_file(chosen), text)
    except OSError as error:
        raise cannot_store(error.strerror) from error
    return chosen


def _read_choices(name: str) -> Choices:
    if _match(name)["choices"] is None:
        return Choices()
    text = json.loads(_choices_file(name).read_text("utf-8"))
    return Choices(frozenset(text["excluded"]), dict(text["labels"]), dict(text.get("merged", ())))


def _choices_file(name: str) -> Path:
    return folder(name) / f"choices-{_match(name)['choices']}.json"


def _match(name: str) -> dict[str, str | None]:
    match = NAME.fullmatch(name)
    if match is None:
        raise missing()
    return match.groupdict()


def folder(name: str) -> Path:
    """The folder of a set. Raises DataError if this isn't the name of a set."""
    return root() / str(_match(name)["content"])


def missing() -> DataError:
    """The error if a set can't be opened."""
    return DataError(say("These images aren't on this server. Import them again."))
