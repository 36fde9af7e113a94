"""How many processors there are to use, by affinity and by the quota of control groups."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from core import environment
from core.environment import processors

ROOT = Path(__file__).parents[2]
V2, V1 = "0::{path}\n", "5:cpuset:/\n3:cpu,cpuacct:{path}\n0::/\n"
# What is decided by their number, printed by a process of its own.
DECIDED = """
from pathlib import Path
from core import environment
from core.config import parse
from core.data.own import opener
from core.data.own.decoders import Decoders
from core.recipes import recipe
from core.training.device import threads
wide = recipe("cats-dogs-transfer").config
decoders = Decoders(Path("."), 8, 100).processes
print(environment.processors(), environment.training_slots(), threads(wide), opener.PROCESSES, decoders)
"""


@pytest.fixture(autouse=True)
def eight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(range(8)), raising=False)


def system(folder: Path, groups: str, files: dict[str, str]) -> Path:
    """A system with these groups of the process and these files below /sys/fs/cgroup."""
    for name, content in {"proc/self/cgroup": groups, **{f"sys/fs/cgroup/{k}": v for k, v in files.items()}}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        (V2.format(path="/"), {"cpu.max": "max 100000\n"}, 8),
        (V2.format(path="/"), {"cpu.max": "200000 100000\n"}, 2),
        (V2.format(path="/"), {"cpu.max": "350000 100000\n"}, 3),
        (V2.format(path="/"), {"cpu.max": "50000 100000\n"}, 1),
        (V2.format(path="/"), {"cpu.max": "9900000 100000\n"}, 8),
        (V2.format(path="/a/b"), {"a/b/cpu.max": "max 100000", "a/cpu.max": "300000 100000", "cpu.max": "max 1"}, 3),
        (V2.format(path="/host/only"), {"cpu.max": "400000 100000\n"}, 4),
        (V2.format(path="/"), {"cpu.max": "nonsense"}, 8),
        (V1.format(path="/"), {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 8),
        (V1.format(path="/x"), {"cpu/x/cpu.cfs_quota_us": "50000\n", "cpu/x/cpu.cfs_period_us": "25000\n"}, 2),
        (V1.format(path="/docker/1"), {"cpu/cpu.cfs_quota_us": "150000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1),
        (V1.format(path="/x"), {"cpu/x/cpu.cfs_quota_us": "200000\n"}, 8),
        (V1.format(path="/x"), {"cpu/x/cpu.cfs_quota_us": "200000\n", "cpu/x/cpu.cfs_period_us": "0\n"}, 8),
        ("", {}, 8),
    ],
)
def test_the_smaller_of_affinity_and_quota_counts(
    tmp_path: Path, groups: str, files: dict[str, str], expected: int
) -> None:
    assert processors(system(tmp_path, groups, files)) == expected


def test_without_control_groups_affinity_counts(tmp_path: Path) -> None:
    assert processors(tmp_path) == 8


def test_a_quota_of_one_gives_one_slot_and_one_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRAINING_SLOTS", raising=False)
    monkeypatch.setattr(environment, "_quota", lambda _system: 1.0)
    assert environment.training_slots() == 1


@pytest.fixture
def limited() -> Iterator[Path]:
    """A real control group whose processes get the time of one processor; skipped where none can be made."""
    for file, content in (("cpu.max", "100000 100000"), ("cpu/cpu.cfs_quota_us", "100000")):
        top, name = (Path("/sys/fs/cgroup") / file).parent, Path(file).name
        group = top / f"classroom-test-{uuid4().hex[:8]}"
        if not (top / "cgroup.procs").exists() or not os.access(top, os.W_OK):
            continue
        group.mkdir()
        try:
            if (group / name).exists():
                (group / name).write_text(content)
                yield group
                return
        finally:
            group.rmdir()
    pytest.skip("control groups can't be made here")


def test_under_a_real_quota_of_one_processor_all_that_depends_on_it_is_one(limited: Path, tmp_path: Path) -> None:
    entered = f"open({str(limited / 'cgroup.procs')!r}, 'w').write('0')\n"
    env = {name: value for name, value in os.environ.items() if name != "TRAINING_SLOTS"}
    done = subprocess.run(
        [sys.executable, "-c", entered + DECIDED], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["1"] * 5
