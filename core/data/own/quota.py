"""How much of the disk images of one's own may take: those of one visitor, and all visitors' together.

A set counts with the sizes that were prepared of it (see `squares`). These can be made again, so that the longest
unused go where another one needs their room. Photos that the server itself imported belong to nobody and count nowhere.
"""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core import environment
from core.data.own import gathering, stored
from core.errors import DataError
from core.messages import Message, say
from core.storage import size_of

SIZES = "squares-*.npy"
_MEGABYTE, _GIGABYTE = 1e6, 1e9


@dataclass(frozen=True)
class Room:
    """What an import may still take, and what to say where that isn't enough."""

    left: float  # bytes
    message: Message

    def check(self, size: int) -> None:
        """Raises DataError where so many bytes are too many."""
        if size > self.left:
            raise DataError(self.message)


def room(owner: str) -> Room:
    """What `owner` may still import."""
    for_owner = environment.own_bytes_per_visitor() - used(owner)
    in_all = _size(_sets()) + _size(stored.root().glob(".partial-*")) + size_of(gathering.root())
    for_all = environment.own_bytes() - in_all
    return Room(for_owner, _too_much()) if for_owner <= for_all else Room(for_all, _full())


def used(owner: str) -> int:
    """Bytes that the sets of `owner` take, and the pictures that are still being gathered."""
    return _size(_sets(owner)) + size_of(gathering.folder(owner))


def make_room(name: str, needed: int) -> None:
    """See to it that `needed` bytes more may be written for this set. Raises DataError where they may not."""
    owners = [mark.name.removeprefix("owner-") for mark in stored.folder(name).glob("owner-*")]
    if not owners:
        return
    per_visitor, in_all = environment.own_bytes_per_visitor(), environment.own_bytes()
    if not any(_freed(_sets(owner), per_visitor, needed) for owner in owners):
        raise DataError(_too_much())
    if not _freed(_sets(), in_all, needed):
        raise DataError(_full())


def _sets(owner: str = "*") -> set[Path]:
    """The folders of an owner's sets, or of everybody's."""
    return {mark.parent for mark in stored.root().glob(f"[0-9a-f]*/owner-{owner}")}


def _size(places: Iterable[Path]) -> int:
    return sum(size_of(place) for place in places)


def _freed(places: Collection[Path], most: float, needed: int) -> bool:
    """Remove prepared sizes, the longest unused first, until so much more fits. Removes none where it never would."""
    sizes: list[tuple[float, int, Path]] = []
    for file in (file for place in places for file in place.glob(SIZES)):
        with suppress(FileNotFoundError):
            found = file.stat()
            sizes.append((found.st_mtime, found.st_size, file))
    total = _size(places)
    if total - sum(size for _used, size, _file in sizes) + needed > most:
        return False
    for _used, size, file in sorted(sizes):
        if total + needed <= most:
            break
        file.unlink(missing_ok=True)  # whoever has it mapped keeps it
        total -= size
    return True


def _too_much() -> Message:
    limit = round(environment.own_bytes_per_visitor() / _MEGABYTE)
    return say(
        "The images of one visitor may take {limit} MB on this server. Delete a set of yours on the page Data, import "
        "fewer images for each class, or choose a smaller image size.",
        limit=limit,
    )


def _full() -> Message:
    limit = round(environment.own_bytes() / _GIGABYTE, 1)
    return say(
        "All visitors' images together have filled the {limit} GB that this server has for them. Delete a set of "
        "yours on the page Data, or ask whoever runs the server.",
        limit=limit,
    )
