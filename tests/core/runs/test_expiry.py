"""What nobody will finish any more is removed."""

import os

from core import environment
from core.runs.expiry import sweep_leftovers
from core.storage import path_aside
from core.training import run_files


def test_half_written_files_of_yesterday_go_wherever_they_lie() -> None:
    of_run, of_snapshot = (path_aside(folder) for folder in (run_files.folder("run"), run_files.snapshots("run")))
    of_torch = environment.weights_dir() / "resnet18-f37072fd.pth.0a1b2c.partial"
    fresh, whole = path_aside(run_files.folder("run")), run_files.best_weights("run")
    for file in (of_run, of_snapshot, of_torch, fresh, whole):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"half")
    for file in (of_run, of_snapshot, of_torch, whole):
        os.utime(file, (0, 0))
    sweep_leftovers()
    assert [file.exists() for file in (of_run, of_snapshot, of_torch, fresh, whole)] == [False] * 3 + [True] * 2
