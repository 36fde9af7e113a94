"""Small sets of images, imported or zipped."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from core.data.own import stored
from core.data.own.importing import importing
from core.data.own.sources import uploads
from core.data.own.stored import StoredImages
from tests.core.data.own.pictures import jpeg
from tests.runs import ME


def pets(cats: int = 3, dogs: int = 2) -> dict[str, bytes]:
    files = {f"Cat/{number}.jpg": jpeg(number) for number in range(cats)}
    return files | {f"Dog/{number}.jpg": jpeg(100 + number, 30, 50) for number in range(dogs)}


def imported(files: dict[str, bytes], **options: Any) -> StoredImages:
    *_, last = importing(uploads(files.items()), **options)
    assert last.name
    return stored.load(last.name)


def brought(files: dict[str, bytes], title: str = "", **options: Any) -> StoredImages:
    """Images that the browser of the tests imported."""
    images = imported(files, **options)
    stored.claim(images.name, ME, title)
    return images


class _Unflagged(zipfile.ZipInfo):
    """A member whose name is in a code page that the archive doesn't tell, as Windows writes it."""

    page = "ascii"

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode(self.page), self.flag_bits & ~0x800


def zipped(files: Mapping[Any, bytes], method: int = zipfile.ZIP_DEFLATED, *, page: str | None = None) -> io.BytesIO:
    """An archive of contents by their names or their `ZipInfo`s; with `page`, names in this code page."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in files.items():
            member = name
            if page:
                member = _Unflagged(name)
                member.page = page
            archive.writestr(member, data)
    return file
