"""What the container that the app runs in allows it: Linux's control groups, version 1 and 2.

A group's limit holds for all groups below it, so each is looked for from the process's own group upwards.
Source: the kernel's documentation, "Control Group v2" and "CPU bandwidth control".
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path("/")


def processors(root: Path = ROOT) -> float | None:
    """How many processors' time the process may use, such as 1.5; None without a limit.

    Args:
        root: Where `proc` and `sys` are; another folder in tests.
    """
    limits = []
    for folder in _folders(root, "cpu"):
        words = (_read(folder / "cpu.max") or _quota_of_version_1(folder)).split()
        if len(words) == 2 and all(word.isdigit() for word in words):  # else "max 100000"
            quota, period = map(int, words)
            if period:
                limits.append(quota / period)
    return min(limits, default=None)


def memory(root: Path = ROOT) -> int | None:
    """How many bytes of memory the process and its children may use; None without a limit. `root` as above."""
    limits = []
    for folder in _folders(root, "memory"):
        text = _read(folder / "memory.max") or _read(folder / "memory.limit_in_bytes")
        if text.isdigit():  # else "max"
            limits.append(int(text))
    return min(limits, default=None)


def _quota_of_version_1(folder: Path) -> str:
    return f"{_read(folder / 'cpu.cfs_quota_us')} {_read(folder / 'cpu.cfs_period_us')}"  # -1 without a limit


def _folders(root: Path, controller: str) -> Iterator[Path]:
    """The folders of the process's group and of those above, in each hierarchy that has this controller."""
    base = root / "sys/fs/cgroup"
    for line in _read(root / "proc/self/cgroup").splitlines():
        _number, controllers, group = line.split(":", 2)
        names = controllers.split(",")
        if controllers and controller not in names:
            continue
        # Version 2 has one hierarchy and no names; `unified` where version 1 is used beside it.
        for mount in (base / controller, base / controllers) if controllers else (base, base / "unified"):
            path = PurePosixPath(group.lstrip("/"))
            # A container may not see its group under the name that it has outside: then only the uppermost is there.
            for above in (path, *path.parents):
                if (mount / above).is_dir():
                    yield mount / above


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
