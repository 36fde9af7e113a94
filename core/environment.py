"""What the machine gives: folders, database, processors, device. Each may be set by an environment variable."""

import json
import logging
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from platformdirs import user_cache_path, user_data_path

APP = "torch-classroom"
PACKAGES = ("core", "pages")


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
    if gigabytes := os.environ.get("RUNS_GB"):
        return float(gigabytes) * 1e9
    state_dir().mkdir(parents=True, exist_ok=True)  # so that there is a disk to ask about
    return shutil.disk_usage(state_dir()).total / 4


def turn_seconds() -> float:
    """How long a run may train while somebody else waits: `TURN_SECONDS`, by default a minute."""
    return float(os.environ.get("TURN_SECONDS") or 60)


def folder_paths_allowed() -> bool:
    """Whether people may name a folder of this server to take images from: `ALLOW_FOLDER_PATHS=1`, by default not."""
    return os.environ.get("ALLOW_FOLDER_PATHS") == "1"


class JsonLines(logging.Formatter):
    """One JSON object a line, for programs that read logs."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON: time (UTC), level, logger, process, message, and the trace where there is one."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line)


def set_up_logging() -> None:
    """Send the log of all packages to standard error, from `LOG_LEVEL` on: DEBUG, INFO (default), WARNING, ERROR.

    `LOG_FORMAT=json` makes each line a JSON object. To be called once by each process. Messages name runs by their id;
    they hold no secret, name or address of a person.
    """
    wanted = os.environ.get("LOG_LEVEL", "").upper() or "INFO"
    known = wanted in logging.getLevelNamesMapping()
    plain = logging.Formatter("%(asctime)s %(levelname)s %(name)s [%(process)d] %(message)s")
    for package in PACKAGES:
        log = logging.getLogger(package)
        if not log.handlers:
            handler = logging.StreamHandler()
            handler.setFormatter(JsonLines() if os.environ.get("LOG_FORMAT") == "json" else plain)
            log.addHandler(handler)
        log.setLevel(wanted if known else "INFO")
    if not known:
        logging.getLogger(__name__).warning("LOG_LEVEL is %r, which is no level: INFO is used", wanted)
