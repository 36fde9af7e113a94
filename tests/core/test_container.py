"""Limits of a container: in files as Linux writes them, and of a real control group."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import container, environment

UNIFIED = "0::/docker/one\n"
VERSION_1 = "5:cpu,cpuacct:/docker/one\n4:memory:/docker/one\n1:name=systemd:/docker/one\n"
NO_LIMIT = 9_223_372_036_854_771_712  # what version 1 writes for none


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        (UNIFIED, {"docker/one/cpu.max": "150000 100000\n"}, 1.5),
        (UNIFIED, {"docker/one/cpu.max": "max 100000\n"}, None),
        (UNIFIED, {"docker/one/cpu.max": "max 100000\n", "docker/cpu.max": "400000 100000\n"}, 4.0),
        (UNIFIED, {"docker/one/cpu.max": "50000 100000\n", "docker/cpu.max": "400000 100000\n"}, 0.5),
        ("0::/\n", {"cpu.max": "200000 100000\n"}, 2.0),
        (UNIFIED, {"cpu.max": "200000 100000\n"}, 2.0),  # its group has another name outside of the container
        (UNIFIED, {"unified/docker/one/cpu.max": "300000 100000\n"}, 3.0),
        (VERSION_1, {"cpu/docker/one/cpu.cfs_quota_us": "250000", "cpu/docker/one/cpu.cfs_period_us": "100000"}, 2.5),
        (VERSION_1, {"cpu,cpuacct/cpu.cfs_quota_us": "100000", "cpu,cpuacct/cpu.cfs_period_us": "50000"}, 2.0),
        (VERSION_1, {"cpu/docker/one/cpu.cfs_quota_us": "-1", "cpu/docker/one/cpu.cfs_period_us": "100000"}, None),
        ("", {}, None),
        (UNIFIED, {"docker/one/cpu.max": "nonsense"}, None),
        (UNIFIED, {"docker/one/cpu.max": "100000 0"}, None),
    ],
)
def test_the_processors_of_a_container(
    tmp_path: Path, groups: str, files: dict[str, str], expected: float | None
) -> None:
    write(tmp_path, {"proc/self/cgroup": groups} | {f"sys/fs/cgroup/{name}": text for name, text in files.items()})
    assert container.processors(tmp_path) == expected


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        (UNIFIED, {"docker/one/memory.max": "1073741824\n"}, 2**30),
        (UNIFIED, {"docker/one/memory.max": "max\n"}, None),
        (VERSION_1, {"memory/docker/one/memory.limit_in_bytes": "536870912\n"}, 2**29),
        (VERSION_1, {"memory/memory.limit_in_bytes": f"{NO_LIMIT}\n"}, NO_LIMIT),
    ],
)
def test_the_memory_of_a_container(tmp_path: Path, groups: str, files: dict[str, str], expected: int | None) -> None:
    write(tmp_path, {"proc/self/cgroup": groups} | {f"sys/fs/cgroup/{name}": text for name, text in files.items()})
    assert container.memory(tmp_path) == expected


def test_a_machine_without_control_groups_has_no_limit(tmp_path: Path) -> None:
    assert container.processors(tmp_path) is None
    assert container.memory(tmp_path) is None


@pytest.mark.parametrize(("allowed", "expected"), [(None, 4), (8.0, 4), (2.9, 2), (0.5, 1)])
def test_the_smaller_of_affinity_and_quota_counts_and_at_least_one(
    monkeypatch: pytest.MonkeyPatch, allowed: float | None, expected: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(container, "processors", lambda: allowed)
    assert environment.processors() == expected
    assert environment.training_slots() == max(1, expected // 2)


def test_a_real_quota_is_seen() -> None:
    """A process in a control group of its own with half of a processor and 100 MB."""
    limits = {"cpu": ("cpu.cfs_quota_us", "50000"), "memory": ("memory.limit_in_bytes", "104857600")}
    groups = {name: Path("/sys/fs/cgroup") / name / f"classroom-{os.getpid()}" for name in limits}
    try:
        for name, (file, value) in limits.items():
            groups[name].mkdir()
            (groups[name] / file).write_text(value)
    except OSError as error:
        for group in groups.values():
            if group.exists():
                group.rmdir()
        pytest.skip(f"no control group can be made here: {error}")
    join = "".join(f"open({str(group / 'cgroup.procs')!r}, 'w').write('0');" for group in groups.values())
    look = "from core import container, environment as here;"
    look += "print(container.processors(), here.processors(), container.memory())"
    try:
        done = subprocess.run([sys.executable, "-c", f"{join} {look}"], capture_output=True, text=True, check=True)
    finally:
        for group in groups.values():
            group.rmdir()
    assert done.stdout.split() == ["0.5", "1", "104857600"]
