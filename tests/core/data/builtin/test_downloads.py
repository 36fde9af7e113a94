"""Downloads, without a network."""

import os
from pathlib import Path

from core import environment
from core.data.builtin.downloads import download
from core.storage import path_aside


def test_what_a_killed_download_left_is_swept_and_one_under_way_is_not() -> None:
    root = environment.data_dir()
    killed, under_way = path_aside(root), path_aside(root)
    for rest in (killed, under_way):
        rest.mkdir(parents=True)
        (rest / "half.gz").write_bytes(b"half")
    os.utime(killed, (1_000, 1_000))

    def fetch(folder: Path) -> None:
        (folder / "images").write_bytes(b"whole")

    for _ in download("Images", fetch, arriving=5, expected=5):
        pass
    assert sorted(root.iterdir()) == sorted([under_way, root / "images"])
