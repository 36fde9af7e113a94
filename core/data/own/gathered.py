"""What becomes of gathered pictures: a set to import, a training, and their end."""

import shutil
from dataclasses import replace
from functools import partial

from core.data.own import stored
from core.data.own.entries import Entry, Skipped, Source
from core.data.own.gathering import changing, folder, of, read, root
from core.data.own.layout import nothing, refusal
from core.data.own.sources import read_file


def source(owner: str) -> Source:
    """The pictures as a source to import. Raises DataError where there are none."""
    entries, skipped = [], []
    for one in of(owner).classes:
        for number, picture in enumerate(one.pictures, 1):
            shown = f"{one.name}/{picture.name or f'photo-{number:03d}.jpg'}"
            if picture.name and (reason := refusal(picture.name)):
                skipped.append(Skipped(shown, reason))
            else:
                entries.append(Entry(shown, one.name, None, partial(read_file, str(picture.path))))
    if not entries:
        raise nothing(skipped)
    return Source(sorted(entries, key=lambda entry: (entry.label, entry.name)), skipped)


def note_training(owner: str, run: str, version: str) -> None:
    """Remember which run was trained on which version of the pictures."""
    with changing(owner) as change:
        change.state = replace(change.state, run=run, trained=version)


def note_prepared(owner: str, name: str, version: str) -> None:
    """Remember the set that was imported of these pictures. The one before it goes, unless somebody owns it."""
    with changing(owner) as change:
        if change.state.prepared != name:
            _drop(change.state.prepared)
        change.state = replace(change.state, prepared=name, prepared_version=version)


def _drop(name: str) -> None:
    if name and stored.exists(name) and not any(stored.folder(name).glob("owner-*")):
        stored.delete(name)


def forget(owner: str) -> None:
    """Delete everything that `owner` gathered."""
    _drop(of(owner).prepared)
    shutil.rmtree(folder(owner), ignore_errors=True)


def gathered_before(moment: float) -> list[str]:
    """Owners whose last picture came before this time (seconds since 1970)."""
    owners = []
    for file in root().glob("*/set.json"):
        about = read(file.parent)
        if about and file.stat().st_mtime < moment:
            owners.append(str(about["owner"]))
    return owners
