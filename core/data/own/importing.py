"""Imports images into a stored set: decodes every file once, on all cores, with constant memory.

    for progress in importing(archive("photos.zip")): ...
    images = stored.load(progress.name)

Ending the loop early, or closing the iterator, cancels the import and removes its files.
"""

import hashlib
import json
import os
import shutil
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, wait
from pathlib import Path

import numpy as np

from core.data.own import stored
from core.data.own.decoders import THUMBNAIL, Answer, Decoders, Picture, cannot_store
from core.data.own.entries import Entry, Skipped, Source
from core.data.own.quota import Room
from core.data.own.stored import Integers, preparing
from core.errors import DataError
from core.messages import Message, as_json, say
from core.progress import Progress
from core.storage import path_aside, size_of, sweep

SIDE = 256  # pixels of the shorter side: what the usual "resize to 256, crop to 224" needs
_FORMAT = 3  # raise it when the same files would become other pixels
_CHUNK, _CHUNK_BYTES = 32, 4 * 2**20  # files that go to a decoder at once
_SECONDS_BETWEEN_REPORTS = 0.1


def importing(
    source: Source,
    *,
    side: int = SIDE,
    per_class: int | None = None,
    seed: int = 0,
    room: Room | None = None,
) -> Generator[Progress]:
    """Decode and store the images of a source. The last progress has the name of the new set.

    With `per_class`, this many images of each class are chosen at random with `seed`. Unreadable images are skipped and
    listed in the set. It may take `room` on the disk; None: any. Closes the source.

    Raises:
        DataError: the source is undecided, no image can be read, or the archive or the images take too much.
    """
    partial = path_aside(stored.root())
    try:
        if source.undecided:
            raise DataError(say("Several things could name the class. Choose one of them."))
        sweep(stored.root())
        partial.mkdir(parents=True)
        entries = _limited(source.entries, per_class, seed)
        name = yield from _write(partial, entries, _Writer(side, source.skipped), room)
        yield preparing(len(entries), len(entries), name)
    except OSError as error:
        raise cannot_store(error.strerror) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        source.close()


def _write(partial: Path, entries: list[Entry], writer: "_Writer", room: Room | None) -> Generator[Progress, None, str]:
    """Write the set into `partial`, then rename it to its digest. Returns the set's name."""
    reported = time.monotonic()
    with Decoders(partial, writer.side, len(entries)) as decoders:
        for outcome in _decoded(entries, decoders):
            if outcome is not None:
                writer.add(*outcome)
            if time.monotonic() - reported > _SECONDS_BETWEEN_REPORTS:
                reported = time.monotonic()
                if room:
                    room.check(size_of(partial))
                yield preparing(writer.seen, len(entries))
    digest = writer.finish(partial)
    if room:
        room.check(size_of(partial))
    target = stored.root() / digest
    try:
        os.replace(partial, target)
    except OSError:
        if not target.exists():  # otherwise the same images are already stored
            raise
    return f"images-{digest}"


_Pending = deque[tuple[list[Entry], Future[list[Answer]]]]


def _decoded(entries: list[Entry], decoders: Decoders) -> Iterator[tuple[Entry, Answer] | None]:
    """Yield each entry with its image, or the reason why there is none. Yields None while waiting."""
    pending: _Pending = deque()
    chunk: list[tuple[Entry, bytes]] = []
    for entry in entries:
        data = entry.read()
        if isinstance(data, Message):
            yield entry, data
            continue
        chunk.append((entry, data))
        if len(chunk) == _CHUNK or sum(len(data) for _, data in chunk) > _CHUNK_BYTES:
            yield from _submit(pending, chunk, decoders)
            chunk = []
    yield from _submit(pending, chunk, decoders)
    while pending:
        yield from _oldest(pending)


def _submit(
    pending: _Pending, chunk: list[tuple[Entry, bytes]], decoders: Decoders
) -> Iterator[tuple[Entry, Answer] | None]:
    """Submit files to the decoders. Waits for earlier ones if there are too many."""
    pending.append(([entry for entry, _ in chunk], decoders.submit([data for _, data in chunk])))
    if len(pending) > 2 * decoders.processes:
        yield from _oldest(pending)


def _oldest(pending: _Pending) -> Iterator[tuple[Entry, Answer] | None]:
    entries, answers = pending.popleft()
    while not wait([answers], timeout=_SECONDS_BETWEEN_REPORTS).done:
        yield None
    yield from zip(entries, answers.result(), strict=True)


class _Writer:
    """Collects the index of the images, while the decoders write the pixels."""

    def __init__(self, side: int, skipped: Sequence[Skipped]) -> None:
        self.side = side
        self.seen = 0
        self._skipped = list(skipped)
        self._entries: list[Entry] = []
        self._pictures: list[Picture] = []

    def add(self, entry: Entry, answer: Answer) -> None:
        """Add the next image, or skip it."""
        self.seen += 1
        if isinstance(answer, Message):
            self._skipped.append(Skipped(entry.name, answer))
        else:
            self._entries.append(entry)
            self._pictures.append(answer)

    def finish(self, folder: Path) -> str:
        """Write the index and the metadata. Returns the digest of the content, 16 hexadecimal digits."""
        if not self._entries:
            last = self._skipped[-1]
            raise DataError(say("No image can be read. {name}: {reason}", name=last.name, reason=last.reason))
        classes = sorted({entry.label for entry in self._entries})
        index = self._index(classes)
        np.savez(folder / "index.npz", **index)  # type: ignore[arg-type]  # its stub takes the arrays for its options
        meta = {
            "side": self.side,
            "classes": classes,
            "shards": 1 + max(picture.shard for picture in self._pictures),
            "files": [entry.name for entry in self._entries],
            "skipped": [(one.name, *as_json(one.reason).values()) for one in self._skipped],
        }
        (folder / "meta.json").write_text(json.dumps(meta), "utf-8")
        # Names belong to it: nobody sees what the files of somebody else with the same images are called.
        content = hashlib.sha256(json.dumps([_FORMAT, self.side, classes, meta["files"], meta["skipped"]]).encode())
        for key in ("labels", "validation", "digests"):
            content.update(index[key].tobytes())
        return content.hexdigest()[:16]

    def _index(self, classes: list[str]) -> dict[str, Integers | stored.Bytes | np.ndarray]:
        numbers = {name: number for number, name in enumerate(classes)}
        thumbnails = b"".join(picture.thumbnail for picture in self._pictures)
        return {
            "shards": np.array([picture.shard for picture in self._pictures], np.int64),
            "offsets": np.array([picture.offset for picture in self._pictures], np.int64),
            "sizes": np.array([(picture.height, picture.width) for picture in self._pictures], np.int64),
            "originals": np.array([picture.original for picture in self._pictures], np.int64),
            "traits": np.array([picture.traits for picture in self._pictures], np.uint8),
            "labels": np.array([numbers[entry.label] for entry in self._entries], np.int64),
            "validation": np.array(
                [_UNSPLIT if e.validation is None else e.validation for e in self._entries], np.int8
            ),
            "digests": np.frombuffer(b"".join(one.sha256 for one in self._pictures), np.uint8).reshape(-1, 32),
            "thumbnails": np.frombuffer(thumbnails, np.uint8).reshape(-1, THUMBNAIL, THUMBNAIL),
        }


_UNSPLIT = -1


def _limited(entries: list[Entry], per_class: int | None, seed: int) -> list[Entry]:
    """At most `per_class` of each class, of training and validation images together."""
    if per_class is None:
        return entries
    names = sorted({entry.label for entry in entries})
    numbers = {name: number for number, name in enumerate(names)}
    labels = np.array([numbers[entry.label] for entry in entries], dtype=np.int64)
    return [entries[position] for position in limited(labels, per_class, seed)]


def limited(labels: Integers, per_class: int, seed: int = 0) -> Integers:
    """Positions of at most `per_class` random images of each class, in order."""
    generator = np.random.default_rng(seed)
    drawn = [generator.permutation(np.flatnonzero(labels == label))[:per_class] for label in np.unique(labels)]
    return np.sort(np.concatenate(drawn))
