"""Zip archives as other systems write them."""

import io
import zipfile
from collections.abc import Mapping

_UTF8 = 0x800


class _Member(zipfile.ZipInfo):
    """A member whose name is written in a code page, without a flag that says so, as Windows does."""

    encoding = "ascii"

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode(self.encoding), self.flag_bits & ~_UTF8


def zipped(files: Mapping[str, bytes], encoding: str | None = None) -> bytes:
    """The files as a zip; with `encoding`, their names are written in that code page."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            member: zipfile.ZipInfo | str = name
            if encoding:
                member = _Member(name)
                member.encoding = encoding
            archive.writestr(member, content)
    return data.getvalue()
