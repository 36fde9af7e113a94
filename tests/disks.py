"""A small disk, to be filled to its last byte."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SHARED_MEMORY = Path("/dev/shm")
_MOST = 256 * 2**20  # bytes of the machine's memory that may be filled


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """An empty folder on a disk with so many bytes free.

    It is a disk of its own where the user may mount one. A container that doesn't allow it has a small /dev/shm, of
    which the rest is filled. The test is skipped where there is neither, except in CI.
    """
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if shutil.which("mount") and subprocess.run(mount, capture_output=True, check=False).returncode == 0:
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
        return
    if not SHARED_MEMORY.is_dir() or shutil.disk_usage(SHARED_MEMORY).total > _MOST:
        assert not os.environ.get("CI"), "no small disk can be had here"
        pytest.skip("needs the right to mount a small disk")
    folder = SHARED_MEMORY / uuid.uuid4().hex
    folder.mkdir()
    try:
        fill(folder / "rest", leaving=size)
        yield folder
    finally:
        shutil.rmtree(folder)


def fill(file: Path, *, leaving: int = 0) -> None:
    """Write a file of zeros that leaves so many bytes of its disk free."""
    with file.open("wb") as opened:
        if (rest := shutil.disk_usage(file.parent).free - leaving) > 0:
            os.posix_fallocate(opened.fileno(), 0, rest)
