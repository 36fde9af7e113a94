"""Folders, database, processors and limits of this machine. Environment variables override most of them."""

import json
import logging
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from platformdirs import user_cache_path, user_data_path

from core import container

APP = "torch-classroom"
PACKAGES = ("core", "pages")


def data_dir() -> Path:
    """The folder of downloaded data sets: `DATA_DIR`, by default in the user's cache. It may be read-only."""
    return Path(os.environ.get("DATA_DIR") or user_cache_path(APP) / "data")


def weights_dir() -> Path:
    """The folder of downloaded weights, below `data_dir`."""
    return data_dir() / "weights"


def state_dir() -> Path:
    """The folder of runs, checkpoints and prepared images: `STATE_DIR`, by default the user's data folder."""
    return Path(os.environ.get("STATE_DIR") or user_data_path(APP))


def database_url() -> str:
    """The SQLAlchemy URL of the run database: `DATABASE_URL`, by default a SQLite file in the state folder."""
    return os.environ.get("DATABASE_URL") or f"sqlite:///{state_dir() / 'runs.db'}"


def memory() -> int:
    """Bytes of memory that this process may use: the container's limit if there is one, else the machine's memory."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 8 * 2**30
    return min(machine, container.memory() or machine)


def processors() -> int:
    """How many processors this process may use, at least 1. A container may have fewer than the machine."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, int(container.processors() or allowed)))


def training_slots() -> int:
    """How many runs may train at once: `TRAINING_SLOTS`, by default one for every two processors."""
    return int(os.environ.get("TRAINING_SLOTS") or max(1, processors() // 2))


def runs_bytes() -> float:
    """Bytes of disk space for the files of all runs: `RUNS_GB`, by default a quarter of the disk."""
    return _gigabytes_or_quarter("RUNS_GB")


def _gigabytes_or_quarter(variable: str) -> float:
    if gigabytes := os.environ.get(variable):
        return float(gigabytes) * 1e9
    state_dir().mkdir(parents=True, exist_ok=True)  # disk_usage needs an existing folder
    return shutil.disk_usage(state_dir()).total / 4


def waiting_per_visitor() -> int:
    """How many runs of one visitor may wait for their turn: `WAITING_PER_VISITOR`, by default 10."""
    return int(os.environ.get("WAITING_PER_VISITOR") or 10)


def waiting() -> int:
    """How many runs of all visitors may wait for their turn: `WAITING`, by default 300."""
    return int(os.environ.get("WAITING") or 300)


def waiting_per_address() -> int:
    """How many runs from one internet address may wait: `WAITING_PER_ADDRESS`, by default 120, for a whole school."""
    return int(os.environ.get("WAITING_PER_ADDRESS") or 120)


def trusted_proxies() -> int:
    """How many proxies stand before the server and say whom they ask for: `TRUSTED_PROXIES`, by default none."""
    return int(os.environ.get("TRUSTED_PROXIES") or 0)


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
    """Seconds that a run may train while another owner's run waits: `TURN_SECONDS`, by default 60."""
    return float(os.environ.get("TURN_SECONDS") or 60)


def folder_paths_allowed() -> bool:
    """Whether visitors may import images from folders of this server: `ALLOW_FOLDER_PATHS=1`, by default no."""
    return os.environ.get("ALLOW_FOLDER_PATHS") == "1"


def classes() -> str:
    """Who may open a class: `CLASSES`, "open" (default): everybody, "password": who knows the teachers', or "off"."""
    wanted = os.environ.get("CLASSES") or "open"
    return wanted if wanted in ("open", "password") else "off"


def teacher_password() -> str:
    """The password that opens classes where `CLASSES=password`: `TEACHER_PASSWORD`. Empty: nobody knows it."""
    return os.environ.get("TEACHER_PASSWORD") or ""


def class_days() -> float:
    """After how many days the runs and names of a class that ended are deleted: `CLASS_DAYS`, by default 30."""
    return float(os.environ.get("CLASS_DAYS") or 30)


def class_images_hours() -> float:
    """After how many hours the images that a class brought are deleted: `CLASS_IMAGES_HOURS`, by default 24."""
    return float(os.environ.get("CLASS_IMAGES_HOURS") or 24)


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


def own_days() -> float:
    """After how many days imported images, and runs that only their link opens, are deleted: `OWN_DAYS`, default 30."""
    return float(os.environ.get("OWN_DAYS") or 30)


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
