"""Files: how large a folder is."""

import stat
from pathlib import Path


def size_of(folder: Path, pattern: str = "*") -> int:
    """Bytes in the files below a folder that match, while files come and go."""
    total = 0
    for file in folder.rglob(pattern):
        try:
            found = file.stat()
        except FileNotFoundError:
            continue
        if stat.S_ISREG(found.st_mode):
            total += found.st_size
    return total
