"""What the machine gives: folders, database, processors, device. Each may be set by an environment variable."""

import logging
import os
import shutil
from pathlib import Path

from platformdirs import user_cache_path, user_data_path

APP = "torch-classroom"


def data_dir() -> Path:
    """Where downloaded data sets live: `DATA_DIR`, by default a folder in the user's cache. May be read-only."""
    return Path(os.environ.get("DATA_DIR") or user_cache_path(APP) / "data")


def state_dir() -> Path:
    """Where runs, checkpoints and prepared data live: `STATE_DIR`, by default the user's data folder."""
    return Path(os.environ.get("STATE_DIR") or user_data_path(APP))


def database_url() -> str:
    """The SQLAlchemy URL of the run database: `DATABASE_URL`, by default a SQLite file in the state folder."""
    return os.environ.get("DATABASE_URL") or f"sqlite:///{state_dir() / 'runs.db'}"


def memory() -> int:
    """Bytes of memory that this process may use: the container's where it has a limit, else the machine's."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 8 * 2**30
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            return min(machine, int(Path(file).read_text()))
        except (OSError, ValueError):  # there is no such limit
            continue
    return machine


def processors() -> int:
    """The processors this process may use, which in a container can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def training_slots() -> int:
    """How many runs may train at once: `TRAINING_SLOTS`, by default one for every two processors."""
    return int(os.environ.get("TRAINING_SLOTS") or max(1, processors() // 2))


def runs_bytes() -> float:
    """What the files of all runs may take on the disk: `RUNS_GB`, by default a quarter of the disk."""
    return _gigabytes_or_quarter("RUNS_GB")


def _gigabytes_or_quarter(variable: str) -> float:
    if gigabytes := os.environ.get(variable):
        return float(gigabytes) * 1e9
    state_dir().mkdir(parents=True, exist_ok=True)  # so that there is a disk to ask about
    return shutil.disk_usage(state_dir()).total / 4


def waiting_per_visitor() -> int:
    """How many runs of one visitor may wait for their turn: `WAITING_PER_VISITOR`, by default 10."""
    return int(os.environ.get("WAITING_PER_VISITOR") or 10)


def waiting() -> int:
    """How many runs of all visitors may wait for their turn: `WAITING`, by default 300."""
    return int(os.environ.get("WAITING") or 300)


def uploads_bytes() -> float:
    """What all visitors' uploads together may take of the server's memory: `UPLOADS_MB`, by default 300 MB."""
    return float(os.environ.get("UPLOADS_MB") or 300) * 1e6


def own_bytes_per_visitor() -> float:
    """What one visitor's own images may take on the disk: `OWN_MB_PER_VISITOR`, by default 4,000 MB."""
    return float(os.environ.get("OWN_MB_PER_VISITOR") or 4_000) * 1e6


def own_bytes() -> float:
    """What all visitors' own images may take on the disk: `OWN_GB`, by default a quarter of the disk."""
    return _gigabytes_or_quarter("OWN_GB")


def turn_seconds() -> float:
    """How long a run may train while somebody else waits: `TURN_SECONDS`, by default a minute."""
    return float(os.environ.get("TURN_SECONDS") or 60)


def folder_paths_allowed() -> bool:
    """Whether people may name a folder of this server to take images from: `ALLOW_FOLDER_PATHS=1`, by default not."""
    return os.environ.get("ALLOW_FOLDER_PATHS") == "1"


def set_up_logging() -> None:
    """Send the log of all rooms of core to standard error, from `LOG_LEVEL` on: DEBUG, INFO (default), WARNING, ERROR.

    To be called once by each process. Messages name runs by their id; they hold no secret, name or address of a person.
    """
    log = logging.getLogger("core")
    if not log.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s [%(process)d] %(message)s"))
        log.addHandler(handler)
    wanted = os.environ.get("LOG_LEVEL", "").upper() or "INFO"
    known = wanted in logging.getLevelNamesMapping()
    log.setLevel(wanted if known else "INFO")
    if not known:
        log.warning("LOG_LEVEL is %r, which is no level: INFO is used", wanted)
