"""Files are whole or not there, and what is left behind goes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.storage import limit, path_aside, replacing, sweep, write_text

WRITE_FOR_EVER = """
import sys, time
from pathlib import Path
from core.storage import replacing
with replacing(Path(sys.argv[1]), sync=True) as aside, aside.open("wb") as file:
    file.write(b"half of the new")
    file.flush()
    print("writing", flush=True)
    time.sleep(60)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("sync", [False, True])
def test_a_file_takes_the_place_of_the_old_one(tmp_path: Path, sync: bool) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    with replacing(target, sync=sync) as aside:
        aside.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert names(tmp_path) == ["file"]


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    with replacing(tmp_path / "folder") as aside:
        aside.mkdir()
        (aside / "inside").write_text("x")
        assert not (tmp_path / "folder").exists()
    assert names(tmp_path / "folder") == ["inside"]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_an_error_leaves_the_old_one_and_nothing_else(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "kept"
    target.write_text("old")

    def fail_half_way() -> None:
        with replacing(target) as aside:
            if kind == "folder":
                aside.mkdir()
            else:
                aside.write_text("half")
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        fail_half_way()
    assert target.read_text() == "old"
    assert names(tmp_path) == ["kept"]


def test_where_the_folder_is_gone_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_text(tmp_path / "deleted" / "file", "x")
    assert names(tmp_path) == []


def test_a_kill_leaves_the_old_file_and_a_rest_that_is_swept(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITE_FOR_EVER, str(target)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert writer.stdout
    assert writer.stdout.readline() == b"writing\n"
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    assert target.read_text() == "old"
    assert len(names(tmp_path)) == 2
    sweep(tmp_path)
    assert len(names(tmp_path)) == 2, "it may still be written"
    sweep(tmp_path, seconds=0)
    assert names(tmp_path) == ["file"]


def test_the_sweep_takes_old_rests_only(tmp_path: Path) -> None:
    old, new = path_aside(tmp_path), path_aside(tmp_path)
    old.mkdir()
    new.write_text("x")
    (tmp_path / "kept").write_text("x")
    of_torch = tmp_path / "resnet18.pth.0123456789abcdef.partial"
    of_torch.write_text("x")
    two_days_ago = time.time() - 2 * 86_400
    for rest in (old, of_torch):
        os.utime(rest, (two_days_ago, two_days_ago))
    sweep(tmp_path)
    assert names(tmp_path) == sorted([new.name, "kept"])


def test_the_longest_unused_make_room(tmp_path: Path) -> None:
    for number in range(4):
        folder = tmp_path / f"{number}px"
        folder.mkdir()
        (folder / "pixels").write_bytes(bytes(100))
        os.utime(folder, (number, number))
    (tmp_path / "another").write_bytes(bytes(1_000))
    limit(tmp_path, "*px", 250)
    assert names(tmp_path) == ["2px", "3px", "another"]
    limit(tmp_path, "*px", 0)
    assert names(tmp_path) == ["another"]


def test_what_another_process_removes_meanwhile_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.npy", "b.npy"):
        (tmp_path / name).write_bytes(bytes(100))
    glob = Path.glob

    def removed_meanwhile(folder: Path, pattern: str) -> list[Path]:
        found = list(glob(folder, pattern))
        (tmp_path / "a.npy").unlink(missing_ok=True)
        return found

    monkeypatch.setattr(Path, "glob", removed_meanwhile)
    limit(tmp_path, "*.npy", 150)
    assert [path.name for path in tmp_path.iterdir()] == ["b.npy"]


def test_making_room_sweeps_what_a_killed_writer_left(tmp_path: Path) -> None:
    rest = path_aside(tmp_path)
    rest.write_bytes(bytes(100))
    os.utime(rest, (0, 0))
    limit(tmp_path, "*.npy", 1_000)
    assert names(tmp_path) == []
